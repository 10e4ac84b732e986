// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/fixed_tables.hpp"

#include <gtest/gtest.h>

#include "binary/decode.hpp"
#include "support/module_builder.hpp"
#include "validation/validated_module.hpp"

namespace shallop::aot {
namespace {

// Four elements, of which the second and third are set; `change` is the body of a function of the module.
struct Sample {
  explicit Sample(const Body& change = {}) {
    const TypeIndex nothing = module.type({}, {});
    imported = module.import_function("env", "f", nothing);
    table = module.table({.element = ValueType::funcref, .limits = {.minimum = 4, .maximum = {}}});
    defined = module.function(nothing, change);
    module.active_elements(table, Body().i32(1), {imported, defined});
  }
  std::optional<FixedTable> find() const {
    const auto validated = validate(decode(module.build()));
    return find_fixed_tables(**validated).at(0);
  }

  ModuleBuilder module;
  FuncIndex imported;
  FuncIndex defined;
  TableIndex table;
};

TEST(FixedTables, HoldWhatActiveSegmentsPutThere) {
  const Sample sample;
  const FixedTable expected{std::nullopt, sample.imported, sample.defined, std::nullopt};
  EXPECT_EQ(sample.find(), expected);
}

TEST(FixedTables, AreNotThoseThatOthersSee) {
  Sample sample;
  sample.module.export_("table", ExternKind::table, sample.table.value);
  EXPECT_FALSE(sample.find());
}

TEST(FixedTables, AreNotThoseThatAnInstructionChanges) {
  EXPECT_FALSE(Sample(Body().i32(0).ref_null(ValueType::funcref).op(Opcode::table_set, 0)).find());
  EXPECT_FALSE(Sample(Body().ref_null(ValueType::funcref).i32(1).op(Opcode::table_grow, 0).op(Opcode::drop)).find());
  EXPECT_FALSE(Sample(Body().i32(0).i32(1).i32(1).op(Opcode::table_copy, 0, 0)).find());
  EXPECT_TRUE(Sample(Body().i32(0).op(Opcode::table_get, 0).op(Opcode::drop)).find());
}

TEST(FixedTables, AreNotThoseWhoseContentsTheHostDecides) {
  ModuleBuilder module;
  module.import_table("env", "t", {.element = ValueType::funcref, .limits = {.minimum = 1, .maximum = {}}});
  const GlobalIndex offset = module.import_global("env", "g", {.type = ValueType::i32, .is_mutable = false});
  const FuncIndex function = module.function(module.type({}, {}), Body());
  const TableIndex table = module.table({.element = ValueType::funcref, .limits = {.minimum = 1, .maximum = {}}});
  module.active_elements(table, Body().op(Opcode::global_get, offset.value), {function});
  const auto validated = validate(decode(module.build()));
  const auto tables = find_fixed_tables(**validated);
  EXPECT_FALSE(tables.at(0)) << "imported";
  EXPECT_FALSE(tables.at(1)) << "filled from a place that an import tells";
}

TEST(FixedTables, AreNotEmpty) {
  ModuleBuilder module;
  module.table({.element = ValueType::funcref, .limits = {.minimum = 0, .maximum = {}}});
  const auto validated = validate(decode(module.build()));
  EXPECT_FALSE(find_fixed_tables(**validated).at(0));
}

TEST(FixedTables, TypesAreComparedByStructure) {
  ModuleBuilder module;
  module.type({ValueType::i32}, {});
  module.type({}, {ValueType::i32});
  module.type({ValueType::i32}, {});
  const auto validated = validate(decode(module.build()));
  EXPECT_EQ(first_equal_types(**validated), (std::vector<TypeIndex>{{0}, {1}, {0}}));
}

}  // namespace
}  // namespace shallop::aot
