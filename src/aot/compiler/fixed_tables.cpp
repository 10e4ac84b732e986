// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/fixed_tables.hpp"

#include <string>
#include <unordered_map>

#include "binary/default_visitor.hpp"
#include "binary/instructions.hpp"

namespace shallop::aot {
namespace {

// A larger table is left to the general form, as an array entry takes eight bytes; and so is an empty one, which would
// be a symbol without bytes.
constexpr uint64_t fixed_elements = 1 << 20;

// Marks the tables that some instruction changes.
class ChangedTables : public DefaultVisitor<ChangedTables> {
 public:
  explicit ChangedTables(size_t tables) : changed_(tables) {}
  void other() {}
  void table_set(TableIndex table) { changed_[table.value] = true; }
  void table_grow(TableIndex table) { changed_[table.value] = true; }
  void table_fill(TableIndex table) { changed_[table.value] = true; }
  void table_init(ElementIndex, TableIndex table) { changed_[table.value] = true; }
  void table_copy(TableIndex target, TableIndex) { changed_[target.value] = true; }
  bool operator[](size_t table) const { return changed_[table]; }

 private:
  std::vector<bool> changed_;
};

// Reads an initialiser of the one form that is looked for; anything else leaves `known` false.
class Initializer : public DefaultVisitor<Initializer> {
 public:
  explicit Initializer(const Expression& expression) { visit_instructions(expression, *this); }
  void other() { known = false; }
  void end() {}
  void constant(ValueType, uint64_t bits) { offset = bits; }
  void ref_null(ValueType) {}
  void ref_func(FuncIndex index) { function = index; }

  bool known = true;
  uint64_t offset = 0;
  std::optional<FuncIndex> function;
};

bool apply(const ElementSegment& segment, FixedTable& table) {
  const Initializer offset(segment.offset);
  const auto* indices = std::get_if<std::vector<FuncIndex>>(&segment.entries);
  const auto* expressions = std::get_if<std::vector<Expression>>(&segment.entries);
  const size_t count = indices != nullptr ? indices->size() : expressions->size();
  // One that is out of bounds ends the instantiation; nothing of the module runs then.
  if (!offset.known || offset.offset > table.size() || count > table.size() - offset.offset) return false;
  for (size_t i = 0; i < count; ++i) {
    std::optional<FuncIndex>& element = table[offset.offset + i];
    if (indices != nullptr) {
      element = (*indices)[i];
    } else {
      const Initializer entry((*expressions)[i]);
      if (!entry.known) return false;
      element = entry.function;
    }
  }
  return true;
}

}  // namespace

std::vector<std::optional<FixedTable>> find_fixed_tables(const Module& module) {
  std::vector<std::optional<FixedTable>> tables(module.table_types.size());
  ChangedTables changed(tables.size());
  if (!tables.empty()) {
    for (const Function& each : module.functions) visit_instructions(each.body, changed);
  }
  for (size_t i = module.imported_tables; i < tables.size(); ++i) {
    const TableType& type = module.table_types[i];
    const bool is_small = type.limits.minimum != 0 && type.limits.minimum <= fixed_elements;
    if (!changed[i] && type.element == ValueType::funcref && is_small) {
      tables[i].emplace(type.limits.minimum);
    }
  }
  for (const Export& each : module.exports) {
    if (each.kind == ExternKind::table) tables[each.index].reset();
  }
  for (const ElementSegment& segment : module.elements) {
    std::optional<FixedTable>* table = segment.mode == SegmentMode::active ? &tables[segment.table.value] : nullptr;
    if (table != nullptr && *table && !apply(segment, **table)) table->reset();
  }
  return tables;
}

std::vector<TypeIndex> first_equal_types(const Module& module) {
  std::vector<TypeIndex> first(module.types.size());
  std::unordered_map<std::string, uint32_t> known;
  for (uint32_t i = 0; i < first.size(); ++i) first[i] = {known.emplace(text(module.types[i]), i).first->second};
  return first;
}

}  // namespace shallop::aot
