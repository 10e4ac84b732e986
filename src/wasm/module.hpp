// SPDX-License-Identifier: Apache-2.0
// A decoded module: one vector per section, bodies and initialisers as spans of the module's own bytes.
// Produced by binary/decode, which has checked the binary format but no typing rule; validation turns it into a
// ValidatedModule. https://webassembly.github.io/spec/core/syntax/modules.html
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "wasm/features.hpp"
#include "wasm/types.hpp"

namespace shallop {

using Bytes = std::span<const std::byte>;

// An instruction sequence in the module's bytes, its closing `end` included; `offset` is that of its first byte.
struct Expression {
  Bytes bytes;
  size_t offset = 0;
};

struct Import {
  std::string module;
  std::string name;
  // A function is imported by type index, all else by its type.
  std::variant<TypeIndex, TableType, MemoryType, GlobalType, TagType> description;
  size_t offset = 0;
  ExternKind kind() const { return static_cast<ExternKind>(description.index()); }
};

struct Export {
  std::string name;
  ExternKind kind = ExternKind::function;
  uint32_t index = 0;
  size_t offset = 0;
};

struct LocalGroup {
  uint32_t count = 0;
  ValueType type = ValueType::i32;
};

// A defined (not imported) function.
struct Function {
  TypeIndex type;
  std::vector<LocalGroup> locals;  // as encoded; their sum is within limits::locals
  Expression body;
};

struct Global {
  GlobalType type;
  Expression initializer;
};

enum class SegmentMode : uint8_t { active, passive, declarative };

struct ElementSegment {
  SegmentMode mode = SegmentMode::passive;
  ValueType type = ValueType::funcref;
  TableIndex table;                                                       // active only
  Expression offset;                                                      // active only
  std::variant<std::vector<FuncIndex>, std::vector<Expression>> entries;  // the two encodings of the binary format
  size_t position = 0;
};

struct DataSegment {
  SegmentMode mode = SegmentMode::passive;
  MemoryIndex memory;  // active only
  Expression offset;   // active only
  Bytes bytes;
  size_t position = 0;
};

// https://webassembly.github.io/spec/core/binary/modules.html#sections
enum class SectionId : uint8_t {
  custom = 0,
  type = 1,
  import = 2,
  function = 3,
  table = 4,
  memory = 5,
  global = 6,
  export_ = 7,
  start = 8,
  element = 9,
  code = 10,
  data = 11,
  data_count = 12,
  tag = 13,
};
inline constexpr size_t section_ids = 14;

struct CustomSection {
  std::string name;
  Bytes bytes;
  size_t offset = 0;
};

struct Module {
  // Owner of every span below.
  std::shared_ptr<const std::vector<std::byte>> bytes;

  std::vector<FuncType> types;
  std::vector<Import> imports;
  std::vector<Function> functions;
  std::vector<TableType> tables;
  std::vector<MemoryType> memories;
  std::vector<TagType> tags;
  std::vector<Global> globals;
  std::vector<Export> exports;
  std::optional<FuncIndex> start;
  size_t start_offset = 0;
  std::vector<ElementSegment> elements;
  std::optional<uint32_t> data_count;
  std::vector<DataSegment> data;
  std::vector<CustomSection> custom_sections;

  // By what decoding and validation go; complete once the module has been validated.
  FeatureUse features;
  // Where the contents of each section begin, by section id, 0 for one that is not there: for messages about entries
  // that keep no offset of their own.
  std::array<size_t, section_ids> section_offsets{};
  size_t offset_of(SectionId id) const { return section_offsets[static_cast<size_t>(id)]; }

  // Index spaces: imports first, then definitions. Filled by the decoder.
  std::vector<TypeIndex> function_types;  // by FuncIndex; a type index may still be out of range before validation
  std::vector<TableType> table_types;
  std::vector<MemoryType> memory_types;
  std::vector<GlobalType> global_types;
  std::vector<TagType> tag_types;  // the type index as in function_types
  uint32_t imported_functions = 0;
  uint32_t imported_tables = 0;
  uint32_t imported_memories = 0;
  uint32_t imported_globals = 0;
  uint32_t imported_tags = 0;
};

}  // namespace shallop
