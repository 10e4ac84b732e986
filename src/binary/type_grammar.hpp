// SPDX-License-Identifier: Apache-2.0
// Types in the binary format, beyond the single-byte ones of Reader.
// https://webassembly.github.io/spec/core/binary/types.html
#pragma once

#include "binary/reader.hpp"
#include "wasm/types.hpp"

namespace shallop {

FuncType read_function_type(Reader& reader);
TableType read_table_type(Reader& reader);
MemoryType read_memory_type(Reader& reader);
GlobalType read_global_type(Reader& reader);
TagType read_tag_type(Reader& reader);

}  // namespace shallop
