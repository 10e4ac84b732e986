// SPDX-License-Identifier: Apache-2.0
// One function for each section of the binary format, named after its production: each reads the contents of its
// section into the module. https://webassembly.github.io/spec/core/binary/modules.html#sections
#pragma once

#include <cstddef>
#include <string_view>

#include "binary/reader.hpp"
#include "wasm/module.hpp"

namespace shallop {

// decode.cpp
std::string_view section_name(SectionId id);

// sections.cpp
void read_custom_section(Reader& reader, Module& module);
void read_type_section(Reader& reader, Module& module);
void read_import_section(Reader& reader, Module& module);
void read_function_section(Reader& reader, Module& module);
void read_table_section(Reader& reader, Module& module);
void read_memory_section(Reader& reader, Module& module);
void read_tag_section(Reader& reader, Module& module);
void read_global_section(Reader& reader, Module& module);
void read_export_section(Reader& reader, Module& module);
void read_start_section(Reader& reader, Module& module);

// code_section.cpp
void read_code_section(Reader& reader, Module& module);
[[noreturn]] void fail_function_count(size_t declared, size_t bodies, size_t offset);

// segment_sections.cpp
void read_element_section(Reader& reader, Module& module);
void read_data_count_section(Reader& reader, Module& module);
void read_data_section(Reader& reader, Module& module);
[[noreturn]] void fail_data_count(size_t announced, size_t segments, size_t offset);

}  // namespace shallop
