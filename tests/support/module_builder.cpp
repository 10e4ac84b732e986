// SPDX-License-Identifier: Apache-2.0
#include "support/module_builder.hpp"

#include <algorithm>
#include <bit>

namespace shallop {
namespace {

using ByteVector = std::vector<std::byte>;

void append(ByteVector& to, const ByteVector& bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }
void append(ByteVector& to, ValueType type) { to.push_back(static_cast<std::byte>(type)); }
void append(ByteVector& to, uint32_t number) { leb128::append(to, number); }

template <class Tag>
void append(ByteVector& to, Index<Tag> index) {
  leb128::append(to, index.value);
}

void append(ByteVector& to, std::string_view name) {
  append(to, static_cast<uint32_t>(name.size()));
  append(to, bytes_of(name));
}

void append(ByteVector& to, const Limits& limits, bool shared = false) {
  append(to, (limits.maximum ? 1u : 0u) | (shared ? 2u : 0u));
  leb128::append(to, limits.minimum);
  if (limits.maximum) leb128::append(to, *limits.maximum);
}

void append(ByteVector& to, const TableType& type) {
  append(to, type.element);
  append(to, type.limits);
}

void append(ByteVector& to, const GlobalType& type) {
  append(to, type.type);
  append(to, type.is_mutable ? 1u : 0u);
}

void append(ByteVector& to, const LocalGroup& group) {
  append(to, group.count);
  append(to, group.type);
}

void append(ByteVector& to, const Body& body) {
  append(to, body.bytes());
  to.push_back(static_cast<std::byte>(Opcode::end));
}

template <class Element>
void append(ByteVector& to, const std::vector<Element>& vector) {
  append(to, static_cast<uint32_t>(vector.size()));
  for (const Element& each : vector) append(to, each);
}

void append_little_endian(ByteVector& to, uint64_t bits, size_t size) {
  for (size_t i = 0; i < size; ++i) to.push_back(static_cast<std::byte>(bits >> (8 * i)));
}

void append_section(ByteVector& to, SectionId id, const ByteVector& contents) {
  to.push_back(static_cast<std::byte>(id));
  append(to, static_cast<uint32_t>(contents.size()));
  append(to, contents);
}

}  // namespace

ByteVector bytes_of(std::initializer_list<uint8_t> bytes) {
  ByteVector vector;
  for (const uint8_t each : bytes) vector.push_back(std::byte{each});
  return vector;
}

ByteVector bytes_of(std::string_view text) {
  ByteVector vector;
  for (const char each : text) vector.push_back(static_cast<std::byte>(each));
  return vector;
}

void Body::append(Opcode opcode) {
  const auto code = static_cast<uint32_t>(opcode);
  if (code > 0xFF) {
    bytes_.push_back(static_cast<std::byte>(code >> 12));
    leb128::append(bytes_, code & 0xFFF);
  } else {
    bytes_.push_back(static_cast<std::byte>(code));
  }
}

Body& Body::i32(int32_t value) {
  append(Opcode::i32_const);
  leb128::append(bytes_, value);
  return *this;
}

Body& Body::i64(int64_t value) {
  append(Opcode::i64_const);
  leb128::append(bytes_, value);
  return *this;
}

Body& Body::f32(float value) {
  append(Opcode::f32_const);
  append_little_endian(bytes_, std::bit_cast<uint32_t>(value), sizeof(value));
  return *this;
}

Body& Body::f64(double value) {
  append(Opcode::f64_const);
  append_little_endian(bytes_, std::bit_cast<uint64_t>(value), sizeof(value));
  return *this;
}

Body& Body::v128(uint64_t low, uint64_t high) {
  append(Opcode::v128_const);
  append_little_endian(bytes_, low, sizeof(low));
  append_little_endian(bytes_, high, sizeof(high));
  return *this;
}

Body& Body::block(Opcode opcode) {
  append(opcode);
  return raw({0x40});
}

Body& Body::block(Opcode opcode, ValueType result) {
  append(opcode);
  append(result);
  return *this;
}

Body& Body::block(Opcode opcode, TypeIndex type) {
  append(opcode);
  leb128::append(bytes_, int64_t{type.value});
  return *this;
}

Body& Body::br_table(std::initializer_list<uint32_t> labels, uint32_t default_label) {
  append(Opcode::br_table);
  shallop::append(bytes_, std::vector<uint32_t>(labels));
  leb128::append(bytes_, default_label);
  return *this;
}

Body& Body::try_table(std::optional<ValueType> result, std::initializer_list<std::initializer_list<uint8_t>> clauses) {
  if (result)
    block(Opcode::try_table, *result);
  else
    block(Opcode::try_table);
  leb128::append(bytes_, static_cast<uint32_t>(clauses.size()));
  for (const auto& each : clauses) raw(each);
  return *this;
}

Body& Body::ref_null(ValueType type) {
  append(Opcode::ref_null);
  append(type);
  return *this;
}

Body& Body::select(std::initializer_list<ValueType> types) {
  append(Opcode::select_typed);
  shallop::append(bytes_, std::vector<ValueType>(types));
  return *this;
}

Body& Body::raw(std::initializer_list<uint8_t> bytes) {
  shallop::append(bytes_, bytes_of(bytes));
  return *this;
}

Body& Body::append(const Body& other) {
  shallop::append(bytes_, other.bytes_);
  return *this;
}

ByteVector& ModuleBuilder::entry(SectionId id) {
  Entries& entries = entries_[id];
  ++entries.count;
  return entries.bytes;
}

TypeIndex ModuleBuilder::type(const std::vector<ValueType>& parameters, const std::vector<ValueType>& results) {
  ByteVector& to = entry(SectionId::type);
  to.push_back(std::byte{0x60});
  append(to, parameters);
  append(to, results);
  return {entries_[SectionId::type].count - 1};
}

ByteVector& ModuleBuilder::import_entry(std::string_view module, std::string_view name, ExternKind kind) {
  ByteVector& to = entry(SectionId::import);
  append(to, module);
  append(to, name);
  to.push_back(static_cast<std::byte>(kind));
  return to;
}

FuncIndex ModuleBuilder::import_function(std::string_view module, std::string_view name, TypeIndex type) {
  append(import_entry(module, name, ExternKind::function), type);
  return {functions_++};
}

TableIndex ModuleBuilder::import_table(std::string_view module, std::string_view name, const TableType& type) {
  append(import_entry(module, name, ExternKind::table), type);
  return {tables_++};
}

MemoryIndex ModuleBuilder::import_memory(std::string_view module, std::string_view name, const Limits& limits,
                                         bool shared) {
  append(import_entry(module, name, ExternKind::memory), limits, shared);
  return {memories_++};
}

GlobalIndex ModuleBuilder::import_global(std::string_view module, std::string_view name, const GlobalType& type) {
  append(import_entry(module, name, ExternKind::global), type);
  return {globals_++};
}

TagIndex ModuleBuilder::import_tag(std::string_view module, std::string_view name, TypeIndex type) {
  ByteVector& to = import_entry(module, name, ExternKind::tag);
  to.push_back(std::byte{0});
  append(to, type);
  return {tags_++};
}

TagIndex ModuleBuilder::tag(TypeIndex type) {
  ByteVector& to = entry(SectionId::tag);
  to.push_back(std::byte{0});
  append(to, type);
  return {tags_++};
}

FuncIndex ModuleBuilder::function(TypeIndex type, const Body& body, const std::vector<LocalGroup>& locals) {
  append(entry(SectionId::function), type);
  ByteVector code;
  append(code, locals);
  append(code, body);
  ByteVector& to = entry(SectionId::code);
  append(to, static_cast<uint32_t>(code.size()));
  append(to, code);
  return {functions_++};
}

TableIndex ModuleBuilder::table(const TableType& type) {
  append(entry(SectionId::table), type);
  return {tables_++};
}

MemoryIndex ModuleBuilder::memory(const Limits& limits, bool shared) {
  append(entry(SectionId::memory), limits, shared);
  return {memories_++};
}

GlobalIndex ModuleBuilder::global(const GlobalType& type, const Body& initializer) {
  ByteVector& to = entry(SectionId::global);
  append(to, type);
  append(to, initializer);
  return {globals_++};
}

ModuleBuilder& ModuleBuilder::export_function(std::string_view name, FuncIndex index) {
  return export_(name, ExternKind::function, index.value);
}

ModuleBuilder& ModuleBuilder::export_(std::string_view name, ExternKind kind, uint32_t index) {
  ByteVector& to = entry(SectionId::export_);
  append(to, name);
  to.push_back(static_cast<std::byte>(kind));
  append(to, index);
  return *this;
}

ModuleBuilder& ModuleBuilder::start(FuncIndex index) {
  ByteVector contents;
  append(contents, index);
  return section(SectionId::start, contents);
}

ElementIndex ModuleBuilder::active_elements(TableIndex table, const Body& offset,
                                            const std::vector<FuncIndex>& functions) {
  ByteVector& to = entry(SectionId::element);
  append(to, 2u);
  append(to, table);
  append(to, offset);
  append(to, 0u);  // the element kind: functions
  append(to, functions);
  return {entries_[SectionId::element].count - 1};
}

ElementIndex ModuleBuilder::passive_elements(const std::vector<FuncIndex>& functions) {
  ByteVector& to = entry(SectionId::element);
  append(to, 1u);
  append(to, 0u);
  append(to, functions);
  return {entries_[SectionId::element].count - 1};
}

ElementIndex ModuleBuilder::passive_elements(ValueType type, const std::vector<Body>& expressions) {
  ByteVector& to = entry(SectionId::element);
  append(to, 5u);
  append(to, type);
  append(to, expressions);
  return {entries_[SectionId::element].count - 1};
}

ElementIndex ModuleBuilder::declared_elements(const std::vector<FuncIndex>& functions) {
  ByteVector& to = entry(SectionId::element);
  append(to, 3u);
  append(to, 0u);
  append(to, functions);
  return {entries_[SectionId::element].count - 1};
}

DataIndex ModuleBuilder::active_data(const Body& offset, std::string_view bytes) {
  ByteVector& to = entry(SectionId::data);
  append(to, 0u);
  append(to, offset);
  append(to, bytes);
  return {entries_[SectionId::data].count - 1};
}

DataIndex ModuleBuilder::passive_data(std::string_view bytes) {
  ByteVector& to = entry(SectionId::data);
  append(to, 1u);
  append(to, bytes);
  return {entries_[SectionId::data].count - 1};
}

ModuleBuilder& ModuleBuilder::custom(std::string_view name, const ByteVector& contents) {
  ByteVector section;
  append(section, name);
  append(section, contents);
  append_section(custom_, SectionId::custom, section);
  return *this;
}

ModuleBuilder& ModuleBuilder::section(SectionId id, const ByteVector& contents) {
  raw_[id] = contents;
  return *this;
}

ByteVector ModuleBuilder::build() const {
  std::map<SectionId, ByteVector> sections = raw_;
  for (const auto& [id, entries] : entries_) {
    ByteVector contents;
    append(contents, entries.count);
    append(contents, entries.bytes);
    sections.emplace(id, std::move(contents));
  }
  // The count lets bodies name data segments.
  if (const auto data = entries_.find(SectionId::data); data != entries_.end()) {
    ByteVector count;
    append(count, data->second.count);
    sections.emplace(SectionId::data_count, std::move(count));
  }

  ByteVector module = bytes_of({0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00});
  using enum SectionId;
  for (const SectionId id :
       {type, import, function, table, memory, tag, global, export_, start, element, data_count, code, data}) {
    if (const auto found = sections.find(id); found != sections.end()) append_section(module, id, found->second);
  }
  append(module, custom_);
  return module;
}

}  // namespace shallop
