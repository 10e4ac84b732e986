// SPDX-License-Identifier: Apache-2.0
// Exceptions on their ways: through frames, instances and host functions, and out. What the official suite does not
// ask.
#include <gtest/gtest.h>

#include "binary/decode.hpp"
#include "interpreter/engine.hpp"
#include "runtime/instantiate.hpp"
#include "support/module_builder.hpp"

namespace shallop {
namespace {

using enum ValueType;
using enum Opcode;

Completion trap(FunctionInstance& callee, Instance*, Slot*) noexcept {
  return static_cast<Store*>(callee.host)->trap(TrapCode::host_failure);
}

// Calls the function of type () -> () that it was given, and passes on how that ended.
Completion call_back(FunctionInstance& callee, Instance*, Slot* values) noexcept {
  FunctionInstance& function = **static_cast<FunctionInstance**>(callee.host);
  return function.entry(function, nullptr, values);
}

class Exceptions : public testing::Test {
 protected:
  Instance& add(const ModuleBuilder& builder) {
    auto module = validate(decode(builder.build()));
    auto code = interpreter::prepare(module);
    return instantiate(store_, std::move(module), std::move(code), linker_).instance;
  }
  Outcome call(const Instance& instance, std::string_view name, const std::vector<Value>& arguments = {}) {
    return invoke(store_, *std::get<FunctionInstance*>(instance.find_export(name).value()), arguments);
  }
  Outcome run(const ModuleBuilder& module, const std::vector<Value>& arguments = {}) {
    return call(add(module), "f", arguments);
  }
  static Results results(const Outcome& outcome) { return std::get<Results>(outcome); }

  Store store_;
  Linker linker_;
};

// Type 0 is () -> (), tag 0 carries nothing, tag 1 an i32 and a v128.
ModuleBuilder two_tags() {
  ModuleBuilder module;
  module.type({});
  module.tag({0});
  module.tag(module.type({i32, v128}));
  return module;
}

TEST_F(Exceptions, CarryTheirValuesThroughFramesToALabel) {
  ModuleBuilder module = two_tags();
  const FuncIndex thrower = module.function(module.type({i32}), Body().op(local_get, 0).v128(5, 6).op(throw_, 1));
  const FuncIndex between =
      module.function(module.type({i32}), Body().op(local_get, 0).op(Opcode::call, thrower.value));
  const TypeIndex caught = module.type({}, {i32, v128});
  // What waits on the stack below the label stays.
  module.export_function("f", module.function(module.type({i32}, {i32, i32, v128}), Body()
                                                                                        .i32(7)
                                                                                        .block(block, caught)
                                                                                        .try_table({}, {{0, 1, 0}})
                                                                                        .op(local_get, 0)
                                                                                        .op(Opcode::call, between.value)
                                                                                        .op(end)
                                                                                        .op(unreachable)
                                                                                        .op(end)));
  EXPECT_EQ(results(run(module, {Value::i32(9)})), (Results{Value::i32(7), Value::i32(9), Value{v128, {5, 6}}}));
}

TEST_F(Exceptions, AreCaughtByReturning) {
  ModuleBuilder module = two_tags();
  module.export_function(
      "f", module.function(module.type({}, {i32, v128}),
                           Body().try_table({}, {{0, 1, 0}}).i32(3).v128(1, 2).op(throw_, 1).op(end).op(unreachable)));
  EXPECT_EQ(results(run(module)), (Results{Value::i32(3), Value{v128, {1, 2}}}));
}

// A local that was set before the exception left is seen behind the label; one that was not is zero.
TEST_F(Exceptions, LeaveLocalsAsTheyAre) {
  ModuleBuilder module = two_tags();
  module.export_function("f", module.function(module.type({}, {i32, i32}),
                                              Body()
                                                  .block(block)
                                                  .try_table({}, {{2, 0}})
                                                  .i32(4)
                                                  .op(local_set, 0)
                                                  .op(throw_, 0)
                                                  .i32(5)
                                                  .op(local_set, 1)
                                                  .op(end)
                                                  .i32(6)
                                                  .op(local_set, 1)
                                                  .op(end)
                                                  .op(local_get, 0)
                                                  .op(local_get, 1),
                                              {{2, i32}}));
  EXPECT_EQ(results(run(module)), (Results{Value::i32(4), Value::i32(0)}));
}

// The comparison stands before the try_table, the branch that could absorb it inside; and the other way round.
TEST_F(Exceptions, AreCaughtWithinTheBodyOnly) {
  ModuleBuilder module = two_tags();
  const FuncIndex thrower = module.function({0}, Body().op(throw_, 0));
  module.export_function("f", module.function(module.type({i32}, {i32}), Body()
                                                                             .block(block)
                                                                             .block(block)
                                                                             .try_table(i32, {{2, 0}})
                                                                             .op(local_get, 0)
                                                                             .i32(3)
                                                                             .op(i32_eq)
                                                                             .op(end)
                                                                             .op(br_if, 1)
                                                                             .op(Opcode::call, thrower.value)
                                                                             .op(end)
                                                                             .i32(1)
                                                                             .op(return_)
                                                                             .op(end)
                                                                             .i32(2)));
  Instance& instance = add(module);
  EXPECT_EQ(results(call(instance, "f", {Value::i32(3)})), Results{Value::i32(2)});
  EXPECT_TRUE(std::holds_alternative<UncaughtException>(call(instance, "f", {Value::i32(4)})));
}

TEST_F(Exceptions, OfAnotherTagPassByAndSayTheirTag) {
  ModuleBuilder module = two_tags();
  module.export_("oops", ExternKind::tag, 1);
  module.export_function(
      "f", module.function({0}, Body().try_table({}, {{0, 0, 0}}).i32(1).v128(0, 0).op(throw_, 1).op(end)));
  Instance& instance = add(module);
  const Outcome outcome = call(instance, "f");
  ASSERT_TRUE(std::holds_alternative<UncaughtException>(outcome));
  EXPECT_EQ(std::get<UncaughtException>(outcome).exception->tag,
            std::get<TagInstance*>(instance.find_export("oops").value()));
}

TEST_F(Exceptions, CrossInstancesAndHostFunctions) {
  ModuleBuilder thrower = two_tags();
  thrower.export_("tag", ExternKind::tag, 0).export_function("throw", thrower.function({0}, Body().op(throw_, 0)));
  Instance& inner = add(thrower);
  linker_.define_instance("inner", inner);
  FunctionInstance* target = std::get<FunctionInstance*>(inner.find_export("throw").value());
  linker_.define("host", "call", &store_.add_host_function(FuncType(), call_back, static_cast<void*>(&target)));

  ModuleBuilder module;
  module.type({});
  module.import_tag("inner", "tag", {0});
  const FuncIndex direct = module.import_function("inner", "throw", {0});
  const FuncIndex host = module.import_function("host", "call", {0});
  const auto catching = [](FuncIndex function) {
    return Body()
        .block(block)
        .try_table({}, {{0, 0, 0}})
        .op(Opcode::call, function.value)
        .op(end)
        .i32(1)
        .op(return_)
        .op(end)
        .i32(2);
  };
  const TypeIndex number = module.type({}, {i32});
  module.export_function("direct", module.function(number, catching(direct)));
  module.export_function("by_host", module.function(number, catching(host)));
  Instance& instance = add(module);
  EXPECT_EQ(results(call(instance, "direct")), Results{Value::i32(2)});
  EXPECT_EQ(results(call(instance, "by_host")), Results{Value::i32(2)});
}

TEST_F(Exceptions, AreNotTraps) {
  linker_.define("host", "trap", &store_.add_host_function(FuncType(), trap, &store_));
  ModuleBuilder module;
  module.type({});
  module.import_function("host", "trap", {0});
  module.export_function("f", module.function({0}, Body().try_table({}, {{2, 0}}).op(Opcode::call, 0).op(end)));
  EXPECT_EQ(std::get<Trap>(run(module)).code, TrapCode::host_failure);
}

TEST_F(Exceptions, NullReferencesTrap) {
  ModuleBuilder module = two_tags();
  module.export_function("f",
                         module.function({0}, Body().try_table({}, {{2, 0}}).ref_null(exnref).op(throw_ref).op(end)));
  EXPECT_EQ(std::get<Trap>(run(module)).code, TrapCode::null_exception_reference);
}

// f(n): throws and catches with a reference n times, and keeps the first in a table all the while.
ModuleBuilder thrower_in_a_loop() {
  ModuleBuilder module = two_tags();
  module.table({.element = exnref, .limits = {.minimum = 1, .maximum = {}}});
  const TypeIndex caught = module.type({}, {i32, v128, exnref});
  module.export_function("f", module.function(module.type({i32}, {i32}),
                                              Body()
                                                  .block(loop)
                                                  .block(block, caught)
                                                  .try_table({}, {{1, 1, 0}})
                                                  .op(local_get, 0)
                                                  .v128(1, 2)
                                                  .op(throw_, 1)
                                                  .op(end)
                                                  .op(unreachable)
                                                  .op(end)
                                                  .op(local_set, 1)
                                                  .op(drop)
                                                  .op(drop)
                                                  .i32(0)
                                                  .op(table_get, 0)
                                                  .op(ref_is_null)
                                                  .block(if_)
                                                  .i32(0)
                                                  .op(local_get, 1)
                                                  .op(table_set, 0)
                                                  .op(end)
                                                  .op(local_get, 0)
                                                  .i32(1)
                                                  .op(i32_sub)
                                                  .op(local_tee, 0)
                                                  .op(br_if, 0)
                                                  .op(end)
                                                  .block(block, caught)
                                                  .try_table({}, {{1, 1, 0}})
                                                  .i32(0)
                                                  .op(table_get, 0)
                                                  .op(throw_ref)
                                                  .op(end)
                                                  .op(unreachable)
                                                  .op(end)
                                                  .op(drop)
                                                  .op(drop),
                                              {{1, exnref}}));
  return module;
}

TEST_F(Exceptions, ThatNobodyKeepsTakeNoMemory) {
  constexpr uint32_t times = 1'000'000;
  EXPECT_EQ(results(run(thrower_in_a_loop(), {Value::i32(times)})), Results{Value::i32(times)});
  EXPECT_LT(store_.exceptions().count(), 10'000u);
}

}  // namespace
}  // namespace shallop
