// SPDX-License-Identifier: Apache-2.0
#include "binary/type_grammar.hpp"

#include <fmt/format.h>

#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

// https://webassembly.github.io/spec/core/binary/types.html#result-types
std::vector<ValueType> read_result_type(Reader& reader, const char* what, uint32_t maximum) {
  std::vector<ValueType> types(reader.count(what, maximum));
  for (ValueType& each : types) each = reader.value_type();
  return types;
}

// The texts are those that the specification's suite has for a number of a single bit.
[[noreturn]] void fail_limits_flags(uint8_t flags, size_t offset) {
  if (flags & 0x80) throw DecodeError(offset, "integer representation too long for the flags of limits");
  if (flags < 0x10) {
    const auto proposal = flags & 0x08   ? UnsupportedProposal::custom_page_sizes
                          : flags & 0x04 ? UnsupportedProposal::memory64
                                         : UnsupportedProposal::shared_everything_threads;
    throw UnsupportedError(
        offset, fmt::format("integer too large for the flags of limits: {:#04x} needs {}", flags, missing(proposal)),
        proposal);
  }
  throw DecodeError(offset,
                    fmt::format("integer too large for the flags of limits: expected 0 or 1, found {:#04x}", flags));
}

// https://webassembly.github.io/threads/core/binary/types.html#limits
constexpr uint8_t has_maximum = 0x01;
constexpr uint8_t is_shared = 0x02;

// `known` are the flags that the type may have.
uint8_t read_limits_flags(Reader& reader, uint8_t known) {
  const size_t offset = reader.offset();
  const uint8_t flags = reader.byte();
  if ((flags & ~known) != 0) fail_limits_flags(flags, offset);
  return flags;
}

Limits read_limits(Reader& reader, uint8_t flags) {
  Limits limits{.minimum = reader.u32_or_u64(), .maximum = {}};
  if ((flags & has_maximum) != 0) limits.maximum = reader.u32_or_u64();
  return limits;
}

}  // namespace

// https://webassembly.github.io/spec/core/binary/types.html#function-types
FuncType read_function_type(Reader& reader) {
  constexpr uint8_t function_form = 0x60;
  const size_t offset = reader.offset();
  const uint8_t form = reader.byte();
  if (form >= 0x4E && form < function_form) {
    constexpr auto proposal = UnsupportedProposal::garbage_collection;
    throw UnsupportedError(
        offset, fmt::format("malformed function type: form {:#04x} needs {}", form, missing(proposal)), proposal);
  }
  if (form != function_form) {
    throw DecodeError(offset, fmt::format("malformed function type: expected 0x60, found {:#04x}", form));
  }
  FuncType type;
  type.parameters = read_result_type(reader, "parameters", limits::parameters);
  type.results = read_result_type(reader, "results", limits::results);
  if (type.results.size() > 1) {
    reader.use(Feature::multi_value, offset, "malformed function type: more than one result needs");
  }
  return type;
}

// https://webassembly.github.io/spec/core/binary/types.html#table-types
TableType read_table_type(Reader& reader) {
  constexpr std::byte initializer_form{0x40};
  if (!reader.at_end() && *reader.position() == initializer_form) {
    constexpr auto proposal = UnsupportedProposal::function_references;
    throw UnsupportedError(
        reader.offset(),
        fmt::format("malformed reference type: a table with an initializer needs {}", missing(proposal)), proposal);
  }
  const ValueType element = reader.reference_type();
  const uint8_t flags = read_limits_flags(reader, has_maximum);
  return {.element = element, .limits = read_limits(reader, flags)};
}

// https://webassembly.github.io/spec/core/binary/types.html#memory-types
MemoryType read_memory_type(Reader& reader) {
  const size_t offset = reader.offset();
  const uint8_t flags = read_limits_flags(reader, has_maximum | is_shared);
  const bool shared = (flags & is_shared) != 0;
  if (shared) reader.use(Feature::threads, offset, "integer too large for the flags of limits: a shared memory needs");
  return {.limits = read_limits(reader, flags), .shared = shared};
}

// https://webassembly.github.io/spec/core/binary/types.html#global-types
GlobalType read_global_type(Reader& reader) {
  const ValueType type = reader.value_type();
  const size_t offset = reader.offset();
  const uint8_t mutability = reader.byte();
  if (mutability > 1) {
    throw DecodeError(offset, fmt::format("malformed mutability: expected 0 or 1, found {:#04x}", mutability));
  }
  return {.type = type, .is_mutable = mutability == 1};
}

// https://webassembly.github.io/spec/core/binary/types.html#tag-types
TagType read_tag_type(Reader& reader) {
  const size_t offset = reader.offset();
  const uint8_t attribute = reader.byte();
  if (attribute != 0) {
    throw DecodeError(offset, fmt::format("malformed tag attribute: expected 0, found {:#04x}", attribute));
  }
  return {.type = TypeIndex{reader.u32()}};
}

}  // namespace shallop
