// SPDX-License-Identifier: Apache-2.0
// Every limit of the implementation, checked before memory is taken for what a module names.
// Where a number is not ours, it is the one that browsers agreed on (WebAssembly JavaScript Interface, "Implementation-
// defined Limits": https://webassembly.github.io/spec/js-api/#limits), so that modules that run there run here.
#pragma once

#include <cstdint>

namespace shallop::limits {

inline constexpr uint32_t module_size_bytes = 1u << 30;
inline constexpr uint32_t types = 1'000'000;
inline constexpr uint32_t functions = 1'000'000;
inline constexpr uint32_t imports = 1'000'000;
inline constexpr uint32_t exports = 1'000'000;
inline constexpr uint32_t globals = 1'000'000;
inline constexpr uint32_t tags = 1'000'000;
inline constexpr uint32_t data_segments = 100'000;
inline constexpr uint32_t element_segments = 10'000'000;
inline constexpr uint32_t tables = 100'000;
inline constexpr uint32_t memories = 100;
inline constexpr uint32_t table_elements = 10'000'000;
// Ours: of all tables of a store together, as they are made and as they grow. Each alone may be as large as above; a
// module of a megabyte could ask for 100,000 of them.
inline constexpr uint64_t table_elements_of_store = 20'000'000;
inline constexpr uint32_t element_segment_entries = 10'000'000;
inline constexpr uint32_t parameters = 1'000;
inline constexpr uint32_t results = 1'000;
inline constexpr uint32_t function_body_size_bytes = 7'654'321;
inline constexpr uint32_t locals = 50'000;
inline constexpr uint32_t name_size_bytes = 100'000;
// Ours: a record is kept for each, and an empty one takes three bytes of a file.
inline constexpr uint32_t custom_sections = 100'000;
// A br_table longer than its function's body cannot be encoded; this is the JavaScript interface's bound on both.
inline constexpr uint32_t branch_table_labels = 7'654'321;
// Catch clauses of one try_table. Ours: lowering keeps a record of 24 bytes for each, which takes two in a file.
inline constexpr uint32_t catch_clauses = 100'000;

// Exceptions that a store keeps at one time, with all that they carry. Ours: a guest could keep as many as a table has
// elements, each with `parameters` values.
inline constexpr size_t exceptions_size_bytes = size_t{64} << 20;

// Depth of nested blocks. Ours: validator and lowering keep one record a level, a hostile body could nest millions.
inline constexpr uint32_t nesting_depth = 50'000;
// Operands of a body while it is validated. Ours: in code that is never reached, a call of two bytes may push as many
// as `results`, so that a body could ask for gigabytes.
inline constexpr uint32_t operands = 1'000'000;
// Values that the branches of all bodies may carry: so many for each byte of the module, and so many for any module.
// Ours: an engine may make code for each value of each branch, and a branch of two bytes may carry as many as
// `results`. Compilers hardly ever let a branch carry two. What blocks and calls take and leave is counted as well
// where it is more than `uncounted_values`.
inline constexpr uint64_t branch_values_per_byte = 1;
inline constexpr uint64_t branch_values_min = 100'000;
inline constexpr size_t uncounted_values = 16;
// Frame slots are addressed with 16 bits by the interpreter (a v128 takes two slots).
inline constexpr uint32_t frame_slots = 65'535;
inline constexpr uint32_t memory_pages = 65'536;  // 4 GiB, the specification's own bound for 32-bit memories
inline constexpr uint64_t page_size_bytes = 65'536;

}  // namespace shallop::limits
