// SPDX-License-Identifier: Apache-2.0
// Exceptions on their way through native frames, and from one engine's to the other's. What single instructions do is
// the official suite's subject (tests/spec).
#include "runtime/store.hpp"
#include "unit/aot_compiler/engines.hpp"

namespace shallop::aot {
namespace {

using enum ValueType;
using enum Opcode;

// Calls the function of type () -> () that it was given, and passes on how that ended.
Completion call_back(FunctionInstance& callee, Instance*, Slot* values) noexcept {
  FunctionInstance& function = **static_cast<FunctionInstance**>(callee.host);
  return function.entry(function, nullptr, values);
}

class NativeExceptions : public testing::TestWithParam<std::tuple<Engine, Engine>> {
 protected:
  Instance& add_first(const ModuleBuilder& module) { return engines_.add(module, std::get<0>(GetParam())); }
  Instance& add_second(const ModuleBuilder& module) { return engines_.add(module, std::get<1>(GetParam())); }

  Engines engines_{size_t{1} << 20};
};

INSTANTIATE_TEST_SUITE_P(, NativeExceptions,
                         testing::Values(std::tuple(Engine::native_o0, Engine::native_o2),
                                         std::tuple(Engine::native_o2, Engine::native_o0),
                                         std::tuple(Engine::native_o2, Engine::interpreted),
                                         std::tuple(Engine::interpreted, Engine::native_o2)),
                         [](const auto& info) {
                           return name_of(std::get<0>(info.param)) + "Then" + name_of(std::get<1>(info.param));
                         });

// Type 0 is () -> (), type 1 that of tag 1, which carries an i32 and a v128; tag 0 carries nothing.
ModuleBuilder two_tags() {
  ModuleBuilder module;
  module.type({});
  module.type({i32, v128});
  module.tag({0});
  module.tag({1});
  return module;
}

// 1 if `function` returns, 2 if it throws tag 0.
Body catching(FuncIndex function) {
  return Body()
      .block(block)
      .try_table({}, {{0, 0, 0}})
      .op(call, function.value)
      .op(end)
      .i32(1)
      .op(return_)
      .op(end)
      .i32(2);
}

TEST_P(NativeExceptions, CarryTheirValuesThroughFramesToALabel) {
  ModuleBuilder module = two_tags();
  const FuncIndex thrower = module.function(module.type({i32}), Body().op(local_get, 0).v128(5, 6).op(throw_, 1));
  const FuncIndex between = module.function(module.type({i32}), Body().op(local_get, 0).op(call, thrower.value));
  const TypeIndex caught = module.type({}, {i32, v128});
  // What waits on the stack below the label stays; so do locals, as they are when the exception leaves.
  module.export_function("f", module.function(module.type({i32}, {i32, i32, v128, i32}),
                                              Body()
                                                  .i32(7)
                                                  .block(block, caught)
                                                  .try_table({}, {{0, 1, 0}})
                                                  .i32(11)
                                                  .op(local_set, 1)
                                                  .op(local_get, 0)
                                                  .op(call, between.value)
                                                  .i32(12)
                                                  .op(local_set, 1)
                                                  .op(end)
                                                  .op(unreachable)
                                                  .op(end)
                                                  .op(local_get, 1),
                                              {{1, i32}}));
  engines_.expect(add_first(module), "f", {Value::i32(9)},
                  {Value::i32(7), Value::i32(9), Value{v128, {5, 6}}, Value::i32(11)});
}

// Between thrower and catcher: nobody, a host function, or a module that knows nothing of exceptions.
TEST_P(NativeExceptions, CrossInstancesAndHostFunctions) {
  ModuleBuilder thrower = two_tags();
  thrower.export_("tag", ExternKind::tag, 0).export_function("throw", thrower.function({0}, Body().op(throw_, 0)));
  Instance& inner = add_first(thrower);
  engines_.linker().define_instance("inner", inner);
  FunctionInstance* target = std::get<FunctionInstance*>(inner.find_export("throw").value());
  engines_.linker().define("host", "call",
                           &engines_.store().add_host_function(FuncType(), call_back, static_cast<void*>(&target)));
  for (const auto& [name, engine] :
       {std::pair("first", std::get<0>(GetParam())), std::pair("second", std::get<1>(GetParam()))}) {
    ModuleBuilder between;
    between.type({});
    between.import_function("inner", "throw", {0});
    between.export_function("call", between.function({0}, Body().op(call, 0)));
    engines_.linker().define_instance(name, engines_.add(between, engine));
  }

  ModuleBuilder module;
  module.type({});
  module.import_tag("inner", "tag", {0});
  const TypeIndex number = module.type({}, {i32});
  const std::pair<const char*, const char*> ways[] = {
      {"inner", "throw"}, {"host", "call"}, {"first", "call"}, {"second", "call"}};
  std::vector<FuncIndex> imports;
  for (const auto& [of, name] : ways) imports.push_back(module.import_function(of, name, {0}));
  for (size_t i = 0; i < std::size(ways); ++i) {
    module.export_function(std::to_string(i), module.function(number, catching(imports[i])));
  }
  Instance& instance = add_second(module);
  for (size_t i = 0; i < std::size(ways); ++i) engines_.expect(instance, std::to_string(i), {}, {Value::i32(2)});
}

// Through a table that others may change: own functions, and those of another instance.
TEST_P(NativeExceptions, LeaveIndirectCalls) {
  ModuleBuilder thrower = two_tags();
  thrower.export_("tag", ExternKind::tag, 0).export_function("throw", thrower.function({0}, Body().op(throw_, 0)));
  engines_.linker().define_instance("inner", add_first(thrower));

  ModuleBuilder module;
  module.type({});
  module.import_tag("inner", "tag", {0});
  const FuncIndex foreign = module.import_function("inner", "throw", {0});
  module.table({.element = funcref, .limits = {.minimum = 4, .maximum = {}}});
  module.export_("table", ExternKind::table, 0);
  const FuncIndex own = module.function({0}, Body().op(throw_, 0));
  const FuncIndex quiet = module.function({0}, Body());
  module.active_elements({0}, Body().i32(0), {foreign, own, quiet});
  module.export_function("f", module.function(module.type({i32}, {i32}), Body()
                                                                             .block(block)
                                                                             .try_table({}, {{0, 0, 0}})
                                                                             .op(local_get, 0)
                                                                             .op(call_indirect, 0, 0)
                                                                             .op(end)
                                                                             .i32(1)
                                                                             .op(return_)
                                                                             .op(end)
                                                                             .i32(2)));
  Instance& instance = add_second(module);
  engines_.expect(instance, "f", {Value::i32(0)}, {Value::i32(2)});
  engines_.expect(instance, "f", {Value::i32(1)}, {Value::i32(2)});
  engines_.expect(instance, "f", {Value::i32(2)}, {Value::i32(1)});
  EXPECT_EQ(std::get<Trap>(engines_.call(instance, "f", {Value::i32(3)})).code, TrapCode::uninitialized_element);
  EXPECT_EQ(std::get<Trap>(engines_.call(instance, "f", {Value::i32(4)})).code, TrapCode::undefined_element);
}

TEST_P(NativeExceptions, ThatNobodyCatchesAreTheOutcome) {
  ModuleBuilder module = two_tags();
  module.export_("oops", ExternKind::tag, 1);
  const FuncIndex thrower = module.function({0}, Body().i32(8).v128(1, 2).op(throw_, 1));
  module.export_function("f", module.function({0}, Body().try_table({}, {{0, 0, 0}}).op(call, thrower.value).op(end)));
  module.export_function("next", module.function(module.type({}, {i32}), Body().i32(1)));
  Instance& instance = add_first(module);
  const Outcome outcome = engines_.call(instance, "f");
  ASSERT_TRUE(std::holds_alternative<UncaughtException>(outcome));
  const ExceptionInstance& exception = *std::get<UncaughtException>(outcome).exception;
  EXPECT_EQ(exception.tag, std::get<TagInstance*>(instance.find_export("oops").value()));
  EXPECT_EQ(exception.values, (std::vector<Slot>{8, 1, 2}));
  engines_.expect(instance, "next", {}, {Value::i32(1)});
}

// The frame is gone when its callee throws.
TEST_P(NativeExceptions, LeaveTheTryTableAroundTailCalls) {
  ModuleBuilder thrower = two_tags();
  thrower.export_function("throw", thrower.function({0}, Body().op(throw_, 0)));
  engines_.linker().define_instance("thrower", add_first(thrower));

  ModuleBuilder module = two_tags();
  const FuncIndex throws = module.import_function("thrower", "throw", {0});
  const FuncIndex within = module.function({0}, Body().op(call, throws.value));
  for (const auto& [name, callee] : {std::pair("out", throws), std::pair("within", within)}) {
    const FuncIndex leaving =
        module.function({0}, Body().try_table({}, {{2, 0}}).op(return_call, callee.value).op(end));
    module.export_function(name, module.function({0}, Body().op(call, leaving.value)));
    module.export_function(std::string("caught_") + name,
                           module.function(module.type({}, {i32}), Body()
                                                                       .block(block)
                                                                       .try_table({}, {{2, 0}})
                                                                       .op(call, leaving.value)
                                                                       .op(end)
                                                                       .op(unreachable)
                                                                       .op(end)
                                                                       .i32(3)));
  }
  Instance& instance = add_second(module);
  for (const std::string name : {"out", "within"}) {
    EXPECT_TRUE(std::holds_alternative<UncaughtException>(engines_.call(instance, name))) << name;
    engines_.expect(instance, "caught_" + name, {}, {Value::i32(3)});
  }
}

// Throws n exceptions and forgets them, while the first is kept in a local, which is a register or a place in the
// frame; then throws that one again, and returns the number that it carries.
TEST_P(NativeExceptions, ThatALocalKeepsStayAlive) {
  ModuleBuilder module = two_tags();
  const TypeIndex caught = module.type({}, {i32, v128, exnref});
  const auto catch_one = [&](const Body& throwing) {
    return Body().block(block, caught).try_table({}, {{1, 1, 0}}).append(throwing).op(end).op(unreachable).op(end);
  };
  const FuncIndex thrower = module.function(module.type({i32}), Body().op(local_get, 0).v128(1, 2).op(throw_, 1));
  const Body keep = catch_one(Body().i32(42).op(call, thrower.value)).op(local_set, 1).op(drop).op(drop);
  const Body forget = catch_one(Body().op(local_get, 0).op(call, thrower.value)).op(drop).op(drop).op(drop);
  const Body loop_body =
      Body().block(loop).append(forget).op(local_get, 0).i32(1).op(i32_sub).op(local_tee, 0).op(br_if, 0).op(end);
  const Body again = catch_one(Body().op(local_get, 1).op(throw_ref)).op(drop).op(drop);
  module.export_function(
      "f", module.function(module.type({i32}, {i32}), Body(keep).append(loop_body).append(again), {{1, exnref}}));
  constexpr uint32_t times = 100'000;
  engines_.expect(add_first(module), "f", {Value::i32(times)}, {Value::i32(42)});
  EXPECT_LT(engines_.store().exceptions().count(), 10'000u);
}

}  // namespace
}  // namespace shallop::aot
