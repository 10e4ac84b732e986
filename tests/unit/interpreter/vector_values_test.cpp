// SPDX-License-Identifier: Apache-2.0
// A v128 is the one value with two slots: on every way between functions, instances and the host, and beside values
// with one. What vector instructions compute is tested elsewhere.
#include <gtest/gtest.h>

#include "binary/decode.hpp"
#include "interpreter/engine.hpp"
#include "runtime/instantiate.hpp"
#include "support/module_builder.hpp"

namespace shallop {
namespace {

using enum ValueType;
using enum Opcode;

Value vector(uint64_t low, uint64_t high) { return {v128, {low, high}}; }

// Subtracts the second vector from the first, and the number from the low lane.
Completion subtract(FunctionInstance&, Instance*, Slot* values) noexcept {
  values[0] = values[0] - values[3] - values[2];
  values[1] = values[1] - values[4];
  return Completion::returned;
}

class VectorValues : public testing::Test {
 protected:
  VectorValues() {
    linker_.define("host", "subtract", &store_.add_host_function({{v128, i64, v128}, {v128}}, subtract, nullptr));
  }

  Instance& add(const ModuleBuilder& builder) {
    auto module = validate(decode(builder.build()));
    auto code = interpreter::prepare(module);
    return instantiate(store_, std::move(module), std::move(code), linker_).instance;
  }
  Results call(const Instance& instance, std::string_view name, const std::vector<Value>& arguments) {
    FunctionInstance& function = *std::get<FunctionInstance*>(instance.find_export(name).value());
    return std::get<Results>(invoke(store_, function, arguments));
  }

  Store store_;
  Linker linker_;
};

TEST_F(VectorValues, PassToTheHostAndBack) {
  ModuleBuilder module;
  const FuncIndex host = module.import_function("host", "subtract", module.type({v128, i64, v128}, {v128}));
  // The result is used beside a vector that waits on the stack.
  module.export_function(
      "f",
      module.function(
          module.type({v128, v128}, {v128}),
          Body().op(local_get, 1).op(local_get, 0).i64(5).op(local_get, 1).op(Opcode::call, host.value).op(i64x2_add)));
  EXPECT_EQ(call(add(module), "f", {vector(100, 200), vector(30, 40)}), (Results{vector(95, 200)}));
}

TEST_F(VectorValues, PassBetweenInstancesAndThroughATable) {
  ModuleBuilder provider;
  const TypeIndex swap_type = provider.type({v128, i32, v128}, {v128, i32, v128});
  provider.export_function("swap",
                           provider.function(swap_type, Body().op(local_get, 2).op(local_get, 1).op(local_get, 0)));
  linker_.define_instance("provider", add(provider));

  ModuleBuilder module;
  const TypeIndex type = module.type({v128, i32, v128}, {v128, i32, v128});
  const FuncIndex imported = module.import_function("provider", "swap", type);
  const FuncIndex own = module.function(type, Body().op(local_get, 0).op(local_get, 1).op(local_get, 2));
  const TableIndex table = module.table({.element = funcref, .limits = {.minimum = 2, .maximum = {}}});
  module.active_elements(table, Body().i32(0), {imported, own});
  const Body arguments = Body().op(local_get, 0).op(local_get, 1).op(local_get, 2);
  module.export_function("direct", module.function(type, Body(arguments).op(Opcode::call, imported.value)));
  for (const int32_t entry : {0, 1}) {
    module.export_function(
        entry == 0 ? "theirs" : "ours",
        module.function(type, Body(arguments).i32(entry).op(call_indirect, type.value, table.value)));
  }

  const std::vector<Value> values{vector(1, 2), Value::i32(3), vector(4, 5)};
  const Results swapped{vector(4, 5), Value::i32(3), vector(1, 2)};
  const Instance& instance = add(module);
  EXPECT_EQ(call(instance, "direct", values), swapped);
  EXPECT_EQ(call(instance, "theirs", values), swapped);
  EXPECT_EQ(call(instance, "ours", values), values);
}

// Whatever ran before in the same slots.
TEST_F(VectorValues, LocalsAreZeroUntilTheyAreWritten) {
  ModuleBuilder module;
  const FuncIndex dirty =
      module.function(module.type({v128, v128, v128}, {v128}),
                      Body().op(local_get, 0).op(local_get, 1).op(v128_or).op(local_get, 2).op(v128_or));
  const FuncIndex clean = module.function(module.type({}, {v128}), Body().op(local_get, 1), {{1, i32}, {1, v128}});
  module.export_function("f", module.function(module.type({v128}, {v128}), Body()
                                                                               .op(local_get, 0)
                                                                               .op(local_get, 0)
                                                                               .op(local_get, 0)
                                                                               .op(Opcode::call, dirty.value)
                                                                               .op(drop)
                                                                               .op(Opcode::call, clean.value)));
  EXPECT_EQ(call(add(module), "f", {vector(~uint64_t{0}, ~uint64_t{0})}), (Results{vector(0, 0)}));
}

TEST_F(VectorValues, AreSavedBeforeTheirLocalIsOverwritten) {
  ModuleBuilder module;
  // Local 0 is on the stack twice when local 1 is written over it.
  module.export_function(
      "f",
      module.function(
          module.type({v128, v128}, {v128, v128}),
          Body().op(local_get, 0).op(local_get, 0).op(local_get, 1).op(local_set, 0).op(i64x2_add).op(local_get, 0)));
  EXPECT_EQ(call(add(module), "f", {vector(1, 2), vector(30, 40)}), (Results{vector(2, 4), vector(30, 40)}));
}

// Values of a block move down over one another when a branch leaves more below them.
TEST_F(VectorValues, MoveToWhereABranchTakesThem) {
  ModuleBuilder module;
  const TypeIndex pair = module.type({}, {v128, v128});
  module.export_function("f", module.function(module.type({v128, v128, i32}, {v128, v128}), Body()
                                                                                                .block(block, pair)
                                                                                                .i32(7)
                                                                                                .op(local_get, 0)
                                                                                                .op(local_get, 1)
                                                                                                .op(i64x2_add)
                                                                                                .v128(8, 9)
                                                                                                .op(local_get, 2)
                                                                                                .op(br_if, 0)
                                                                                                .op(drop)
                                                                                                .op(drop)
                                                                                                .op(drop)
                                                                                                .op(local_get, 1)
                                                                                                .op(local_get, 0)
                                                                                                .op(end)));
  const Instance& instance = add(module);
  EXPECT_EQ(call(instance, "f", {vector(1, 2), vector(30, 40), Value::i32(1)}),
            (Results{vector(31, 42), vector(8, 9)}));
  EXPECT_EQ(call(instance, "f", {vector(1, 2), vector(30, 40), Value::i32(0)}),
            (Results{vector(30, 40), vector(1, 2)}));
}

TEST_F(VectorValues, LiveInGlobalsOfSeveralInstances) {
  ModuleBuilder owner;
  const GlobalIndex sum = owner.global({.type = v128, .is_mutable = true}, Body().v128(1, 2));
  owner.export_("sum", ExternKind::global, sum.value);
  linker_.define_instance("owner", add(owner));

  ModuleBuilder module;
  const GlobalIndex imported = module.import_global("owner", "sum", {.type = v128, .is_mutable = true});
  module.export_function("add", module.function(module.type({v128}, {v128}), Body()
                                                                                 .op(global_get, imported.value)
                                                                                 .op(local_get, 0)
                                                                                 .op(i64x2_add)
                                                                                 .op(global_set, imported.value)
                                                                                 .op(global_get, imported.value)));
  const Instance& instance = add(module);
  EXPECT_EQ(call(instance, "add", {vector(10, 20)}), (Results{vector(11, 22)}));
  EXPECT_EQ(call(instance, "add", {vector(10, 20)}), (Results{vector(21, 42)}));
}

}  // namespace
}  // namespace shallop
