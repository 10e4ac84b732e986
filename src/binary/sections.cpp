// SPDX-License-Identifier: Apache-2.0
#include "binary/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "binary/constant_expression.hpp"
#include "binary/type_grammar.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

// An index space holds imports and definitions; the sections count only the latter.
uint32_t read_definition_count(Reader& reader, const char* what, uint32_t maximum, size_t imported) {
  const size_t offset = reader.offset();
  const uint32_t count = reader.count(what, maximum);
  if (count + imported > maximum) {
    throw DecodeError(offset, fmt::format("too many {}: {} with the imported ones, the limit is {}", what,
                                          count + imported, maximum));
  }
  return count;
}

// Room for `count` more elements, each of at least so many bytes in the file: memory for what can be there, at once and
// not by doubling.
template <class Element>
void reserve(std::vector<Element>& elements, uint32_t count, const Reader& reader, size_t size_bytes_min) {
  elements.reserve(elements.size() + std::min<size_t>(count, reader.remaining() / size_bytes_min));
}

// `what` is "import" or "export". https://webassembly.github.io/spec/core/binary/modules.html#import-section
ExternKind read_extern_kind(Reader& reader, const char* what) {
  const size_t offset = reader.offset();
  const uint8_t kind = reader.byte();
  if (kind > static_cast<uint8_t>(ExternKind::tag)) {
    throw DecodeError(offset, fmt::format("malformed {} kind: expected 0 to 4, found {:#04x}", what, kind));
  }
  if (ExternKind{kind} == ExternKind::tag && !reader.note(Feature::exception_handling)) {
    throw DecodeError(offset,
                      fmt::format("malformed {} kind: a tag needs {}", what, missing(Feature::exception_handling)));
  }
  return ExternKind{kind};
}

Import read_import(Reader& reader) {
  Import import;
  import.offset = reader.offset();
  import.module = reader.name();
  import.name = reader.name();
  switch (read_extern_kind(reader, "import")) {
    case ExternKind::function: import.description = TypeIndex{reader.u32()}; break;
    case ExternKind::table: import.description = read_table_type(reader); break;
    case ExternKind::memory: import.description = read_memory_type(reader); break;
    case ExternKind::global: import.description = read_global_type(reader); break;
    case ExternKind::tag: import.description = read_tag_type(reader); break;
  }
  return import;
}

// Imports come first in their index space.
void declare(const Import& import, Module& module) {
  switch (import.kind()) {
    case ExternKind::function:
      module.function_types.push_back(std::get<TypeIndex>(import.description));
      ++module.imported_functions;
      return;
    case ExternKind::table:
      module.table_types.push_back(std::get<TableType>(import.description));
      ++module.imported_tables;
      return;
    case ExternKind::memory:
      module.memory_types.push_back(std::get<MemoryType>(import.description));
      ++module.imported_memories;
      return;
    case ExternKind::global:
      module.global_types.push_back(std::get<GlobalType>(import.description));
      ++module.imported_globals;
      return;
    case ExternKind::tag:
      module.tag_types.push_back(std::get<TagType>(import.description));
      ++module.imported_tags;
      return;
  }
}

}  // namespace

// https://webassembly.github.io/spec/core/binary/modules.html#custom-section
void read_custom_section(Reader& reader, Module& module) {
  const size_t section_offset = reader.offset();
  if (module.custom_sections.size() == limits::custom_sections) {
    throw DecodeError(section_offset,
                      fmt::format("too many custom sections, the limit is {}", limits::custom_sections));
  }
  CustomSection section;
  section.name = reader.name();
  section.offset = reader.offset();
  section.bytes = reader.take(reader.remaining());
  module.custom_sections.push_back(std::move(section));
}

// https://webassembly.github.io/spec/core/binary/modules.html#type-section
void read_type_section(Reader& reader, Module& module) {
  const uint32_t count = reader.count("types", limits::types);
  reserve(module.types, count, reader, 3);
  for (uint32_t i = 0; i < count; ++i) module.types.push_back(read_function_type(reader));
}

// https://webassembly.github.io/spec/core/binary/modules.html#import-section
void read_import_section(Reader& reader, Module& module) {
  const uint32_t count = reader.count("imports", limits::imports);
  reserve(module.imports, count, reader, 4);
  for (uint32_t i = 0; i < count; ++i) {
    module.imports.push_back(read_import(reader));
    declare(module.imports.back(), module);
  }
}

// https://webassembly.github.io/spec/core/binary/modules.html#function-section
void read_function_section(Reader& reader, Module& module) {
  const uint32_t count = read_definition_count(reader, "functions", limits::functions, module.imported_functions);
  reserve(module.function_types, count, reader, 1);
  for (uint32_t i = 0; i < count; ++i) module.function_types.push_back(TypeIndex{reader.u32()});
}

// https://webassembly.github.io/spec/core/binary/modules.html#table-section
void read_table_section(Reader& reader, Module& module) {
  const uint32_t count = read_definition_count(reader, "tables", limits::tables, module.imported_tables);
  reserve(module.tables, count, reader, 3);
  reserve(module.table_types, count, reader, 3);
  for (uint32_t i = 0; i < count; ++i) {
    module.tables.push_back(read_table_type(reader));
    module.table_types.push_back(module.tables.back());
  }
}

// https://webassembly.github.io/spec/core/binary/modules.html#memory-section
void read_memory_section(Reader& reader, Module& module) {
  const uint32_t count = read_definition_count(reader, "memories", limits::memories, module.imported_memories);
  for (uint32_t i = 0; i < count; ++i) {
    module.memories.push_back(read_memory_type(reader));
    module.memory_types.push_back(module.memories.back());
  }
}

// https://webassembly.github.io/spec/core/binary/modules.html#tag-section
void read_tag_section(Reader& reader, Module& module) {
  reader.use(Feature::exception_handling, reader.offset(), "malformed section id 13: a tag section needs");
  const uint32_t count = read_definition_count(reader, "tags", limits::tags, module.imported_tags);
  reserve(module.tags, count, reader, 2);
  reserve(module.tag_types, count, reader, 2);
  for (uint32_t i = 0; i < count; ++i) {
    module.tags.push_back(read_tag_type(reader));
    module.tag_types.push_back(module.tags.back());
  }
}

// https://webassembly.github.io/spec/core/binary/modules.html#global-section
void read_global_section(Reader& reader, Module& module) {
  const uint32_t count = read_definition_count(reader, "globals", limits::globals, module.imported_globals);
  reserve(module.globals, count, reader, 4);
  reserve(module.global_types, count, reader, 4);
  for (uint32_t i = 0; i < count; ++i) {
    const GlobalType type = read_global_type(reader);
    module.globals.push_back({.type = type, .initializer = read_constant_expression(reader)});
    module.global_types.push_back(type);
  }
}

// https://webassembly.github.io/spec/core/binary/modules.html#export-section
void read_export_section(Reader& reader, Module& module) {
  const uint32_t count = reader.count("exports", limits::exports);
  reserve(module.exports, count, reader, 3);
  for (uint32_t i = 0; i < count; ++i) {
    Export exported;
    exported.offset = reader.offset();
    exported.name = reader.name();
    exported.kind = read_extern_kind(reader, "export");
    exported.index = reader.u32();
    module.exports.push_back(std::move(exported));
  }
}

// https://webassembly.github.io/spec/core/binary/modules.html#start-section
void read_start_section(Reader& reader, Module& module) {
  module.start_offset = reader.offset();
  module.start = FuncIndex{reader.u32()};
}

}  // namespace shallop
