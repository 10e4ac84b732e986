// SPDX-License-Identifier: Apache-2.0
// Writes modules in the binary format, so that a test needs no text format and can also write what is not well-formed.
//
//   ModuleBuilder module;
//   const TypeIndex type = module.type({ValueType::i32}, {ValueType::i32});
//   module.export_function("next", module.function(type, Body().op(Opcode::local_get, 0).i32(1).op(Opcode::i32_add)));
//   instantiate(validate(decode(module.build())));
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/leb128.hpp"
#include "wasm/module.hpp"
#include "wasm/opcode.hpp"
#include "wasm/types.hpp"

namespace shallop {

std::vector<std::byte> bytes_of(std::initializer_list<uint8_t> bytes);
std::vector<std::byte> bytes_of(std::string_view text);

// Instructions, one after the other; ModuleBuilder adds the closing `end`.
class Body {
 public:
  // The immediates are indices, or a memory argument's alignment (as the power of two) and offset.
  Body& op(Opcode opcode, std::integral auto... immediates) {
    append(opcode);
    (leb128::append(bytes_, static_cast<uint32_t>(immediates)), ...);
    return *this;
  }
  Body& i32(int32_t value);
  Body& i64(int64_t value);
  Body& f32(float value);
  Body& f64(double value);
  Body& v128(uint64_t low, uint64_t high);
  // block, loop and if_.
  Body& block(Opcode opcode);
  Body& block(Opcode opcode, ValueType result);
  Body& block(Opcode opcode, TypeIndex type);
  Body& br_table(std::initializer_list<uint32_t> labels, uint32_t default_label);
  // `clauses` as encoded: kind, tag (of kinds 0 and 1), label. The result is empty, or one value.
  Body& try_table(std::optional<ValueType> result, std::initializer_list<std::initializer_list<uint8_t>> clauses);
  Body& ref_null(ValueType type);
  Body& select(std::initializer_list<ValueType> types);
  // Something that no function above would write.
  Body& raw(std::initializer_list<uint8_t> bytes);
  Body& append(const Body& other);

  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  void append(Opcode opcode);
  void append(ValueType type) { bytes_.push_back(static_cast<std::byte>(type)); }

  std::vector<std::byte> bytes_;
};

// Sections are written in their order, whatever the order of the calls; but imports have to come before the definitions
// of their index space, as indices are given out at once.
class ModuleBuilder {
 public:
  TypeIndex type(const std::vector<ValueType>& parameters, const std::vector<ValueType>& results = {});

  FuncIndex import_function(std::string_view module, std::string_view name, TypeIndex type);
  TableIndex import_table(std::string_view module, std::string_view name, const TableType& type);
  MemoryIndex import_memory(std::string_view module, std::string_view name, const Limits& limits, bool shared = false);
  GlobalIndex import_global(std::string_view module, std::string_view name, const GlobalType& type);

  TagIndex import_tag(std::string_view module, std::string_view name, TypeIndex type);
  TagIndex tag(TypeIndex type);

  FuncIndex function(TypeIndex type, const Body& body, const std::vector<LocalGroup>& locals = {});
  TableIndex table(const TableType& type);
  MemoryIndex memory(const Limits& limits, bool shared = false);
  GlobalIndex global(const GlobalType& type, const Body& initializer);

  ModuleBuilder& export_function(std::string_view name, FuncIndex index);
  ModuleBuilder& export_(std::string_view name, ExternKind kind, uint32_t index);
  ModuleBuilder& start(FuncIndex index);

  ElementIndex active_elements(TableIndex table, const Body& offset, const std::vector<FuncIndex>& functions);
  ElementIndex passive_elements(const std::vector<FuncIndex>& functions);
  ElementIndex passive_elements(ValueType type, const std::vector<Body>& expressions);
  ElementIndex declared_elements(const std::vector<FuncIndex>& functions);
  DataIndex active_data(const Body& offset, std::string_view bytes);
  DataIndex passive_data(std::string_view bytes);

  // Custom sections stand behind all others.
  ModuleBuilder& custom(std::string_view name, const std::vector<std::byte>& contents);
  // The contents of a section as they are, in place of what was told before.
  ModuleBuilder& section(SectionId id, const std::vector<std::byte>& contents);

  std::vector<std::byte> build() const;

 private:
  // A section that is a vector: the encoded entries, and how many they are.
  struct Entries {
    uint32_t count = 0;
    std::vector<std::byte> bytes;
  };

  std::vector<std::byte>& entry(SectionId id);
  std::vector<std::byte>& import_entry(std::string_view module, std::string_view name, ExternKind kind);

  std::map<SectionId, Entries> entries_;
  std::map<SectionId, std::vector<std::byte>> raw_;
  std::vector<std::byte> custom_;
  uint32_t functions_ = 0;
  uint32_t tables_ = 0;
  uint32_t memories_ = 0;
  uint32_t globals_ = 0;
  uint32_t tags_ = 0;
};

}  // namespace shallop
