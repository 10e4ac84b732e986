// SPDX-License-Identifier: Apache-2.0
// Tail calls of native code take no stack: within an instance, and to and fro between instances of either engine.
#include "runtime/host_function.hpp"
#include "unit/aot_compiler/engines.hpp"

namespace shallop::aot {
namespace {

using enum ValueType;
using enum Opcode;

constexpr size_t small_stack = 64 << 10;
constexpr uint32_t deep = 1'000'000;
constexpr uint32_t deep_between_instances = 100'000;

struct Nothing {};
// The number of bytes of the caller's memory, and the argument.
uint64_t add_memory_size(Nothing&, Caller caller, uint64_t number) noexcept { return caller.memory().size() + number; }

class NativeTailCalls : public testing::TestWithParam<std::tuple<Engine, Engine>> {
 protected:
  NativeTailCalls() : engines_(small_stack) {
    engines_.linker().define("host", "add_memory_size",
                             &add_host_function<add_memory_size>(engines_.store(), nothing_));
  }
  Instance& add_first(const ModuleBuilder& module) { return engines_.add(module, std::get<0>(GetParam())); }
  Instance& add_second(const ModuleBuilder& module) { return engines_.add(module, std::get<1>(GetParam())); }

  Nothing nothing_;
  Engines engines_;
};

INSTANTIATE_TEST_SUITE_P(, NativeTailCalls,
                         testing::Values(std::tuple(Engine::native_o0, Engine::native_o2),
                                         std::tuple(Engine::native_o2, Engine::native_o0),
                                         std::tuple(Engine::native_o2, Engine::interpreted),
                                         std::tuple(Engine::interpreted, Engine::native_o2)),
                         [](const auto& info) {
                           return name_of(std::get<0>(info.param)) + "Then" + name_of(std::get<1>(info.param));
                         });

// Stops with `at_end` when local 0 is 0; what follows has it less one, and `others` more arguments.
Body countdown(int32_t at_end, uint32_t others) {
  Body body;
  body.op(local_get, 0).op(i32_eqz).block(if_).i32(at_end).op(return_).op(end).op(local_get, 0).i32(1).op(i32_sub);
  for (uint32_t i = 0; i < others; ++i) body.i64(static_cast<int32_t>(i));
  return body;
}

// The second has more parameters than there are registers for, and gives the last of them back.
TEST_P(NativeTailCalls, WithinAnInstanceTakeNoStack) {
  ModuleBuilder module;
  const TypeIndex few = module.type({i32}, {i32});
  const TypeIndex many = module.type({i32, i64, i64, i64, i64, i64, i64, i64, i64, i64}, {i32});
  module.table({.element = funcref, .limits = {.minimum = 2, .maximum = {}}});
  const FuncIndex even = module.function(few, countdown(1, 9).op(return_call, 1));
  const FuncIndex odd = module.function(many, Body()
                                                  .op(local_get, 9)
                                                  .i64(8)
                                                  .op(i64_ne)
                                                  .block(if_)
                                                  .op(unreachable)
                                                  .op(end)
                                                  .append(countdown(0, 0).op(return_call, 0)));
  const FuncIndex indirect = module.function(few, countdown(7, 0).i32(0).op(return_call_indirect, few.value, 0));
  module.active_elements({0}, Body().i32(0), {indirect, odd});
  module.export_function("even", even).export_function("indirect", indirect);
  Instance& instance = add_first(module);
  engines_.expect(instance, "even", {Value::i32(deep)}, {Value::i32(1)});
  engines_.expect(instance, "even", {Value::i32(deep + 1)}, {Value::i32(0)});
  engines_.expect(instance, "indirect", {Value::i32(deep)}, {Value::i32(7)});
}

// Results behind the first go to the place that the first caller provided.
TEST_P(NativeTailCalls, PassOnSeveralResults) {
  ModuleBuilder module;
  const TypeIndex type = module.type({i32, i64}, {i32, v128, f64, i64});
  const FuncIndex last = module.function(type, Body().op(local_get, 0).v128(1, 2).f64(0.5).op(local_get, 1));
  const FuncIndex middle = module.function(type, Body().op(local_get, 0).i64(6).op(return_call, last.value));
  module.export_function("f", module.function(type, Body().op(local_get, 0).op(local_get, 1).op(call, middle.value)));
  engines_.expect(add_first(module), "f", {Value::i32(4), Value::i64(5)},
                  {Value::i32(4), Value{v128, {1, 2}}, Value::f64(0.5), Value::i64(6)});
}

// Two instances that call each other through a table that they share: both from outside and from a frame of their own.
TEST_P(NativeTailCalls, BetweenInstancesTakeNoStack) {
  const TableType table{.element = funcref, .limits = {.minimum = 2, .maximum = {}}};
  engines_.linker().define("shared", "table", &engines_.store().add_table(table));
  const auto half = [&](int32_t own, uint32_t own_parameters, uint32_t other_parameters) {
    ModuleBuilder module;
    const auto type_with = [&](uint32_t more) {
      std::vector<ValueType> parameters{i32};
      parameters.insert(parameters.end(), more, i64);
      return module.type(parameters, {i32});
    };
    const TypeIndex type = type_with(own_parameters);
    const TypeIndex other = type_with(other_parameters);
    module.import_table("shared", "table", table);
    const FuncIndex function =
        module.function(type, countdown(own, other_parameters).i32(1 - own).op(return_call_indirect, other.value, 0));
    module.active_elements({0}, Body().i32(own), {function});
    module.export_function("f", function);
    Body nested;
    nested.op(local_get, 0);
    for (uint32_t i = 0; i < own_parameters; ++i) nested.i64(0);
    module.export_function(
        "nested", module.function(module.type({i32}, {i32}), nested.op(call, function.value).i32(10).op(i32_add)));
    return module;
  };
  Instance& first = add_first(half(0, 0, 11));
  Instance& second = add_second(half(1, 11, 0));
  engines_.expect(first, "f", {Value::i32(deep_between_instances)}, {Value::i32(0)});
  engines_.expect(first, "nested", {Value::i32(deep_between_instances + 1)}, {Value::i32(11)});
  engines_.expect(second, "nested", {Value::i32(deep_between_instances)}, {Value::i32(11)});
}

TEST_P(NativeTailCalls, OfHostFunctionsAreMadeByTheInstanceThatLeaves) {
  ModuleBuilder inner;
  const TypeIndex type = inner.type({i64}, {i64});
  const FuncIndex host = inner.import_function("host", "add_memory_size", type);
  inner.memory({.minimum = 1, .maximum = {}});
  inner.export_function("f",
                        inner.function(type, Body().op(local_get, 0).i64(1).op(i64_add).op(return_call, host.value)));
  inner.export_function("nested", inner.function(type, Body().op(local_get, 0).op(call, 1).i64(2).op(i64_mul)));
  Instance& instance = add_first(inner);
  engines_.linker().define_instance("inner", instance);
  engines_.expect(instance, "f", {Value::i64(4)}, {Value::i64(65'541)});
  engines_.expect(instance, "nested", {Value::i64(4)}, {Value::i64(131'082)});

  ModuleBuilder outer;
  outer.type({i64}, {i64});
  outer.import_function("inner", "f", {0});
  outer.export_function("call", outer.function({0}, Body().op(local_get, 0).op(call, 0)));
  outer.export_function("leave", outer.function({0}, Body().op(local_get, 0).op(return_call, 0)));
  Instance& other = add_second(outer);
  engines_.expect(other, "call", {Value::i64(4)}, {Value::i64(65'541)});
  engines_.expect(other, "leave", {Value::i64(4)}, {Value::i64(65'541)});
}

// A function that was called with arguments on the stack goes on as one that has fewer there, or more: the frames of
// its callers are found all the same.
TEST_P(NativeTailCalls, LeaveTheFramesOfCallersToBeFound) {
  ModuleBuilder module;
  const TypeIndex few = module.type({i32}, {i32});
  const TypeIndex many = module.type({i32, i64, i64, i64, i64, i64, i64, i64, i64, i64}, {i32});
  const TypeIndex more = module.type({i32, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64}, {i32});
  const auto with = [](Body body, int others) {
    for (int i = 0; i < others; ++i) body.i64(i);
    return body;
  };
  const auto called = [&](int others, FuncIndex callee) {  // not in tail position
    return with(Body().op(local_get, 0), others).op(call, callee.value).i32(1).op(i32_add);
  };
  const FuncIndex end_few = module.function(few, Body().op(unreachable));
  const FuncIndex end_more = module.function(more, Body().op(unreachable));
  const FuncIndex to_few = module.function(many, Body().op(local_get, 0).op(return_call, end_few.value));
  const FuncIndex to_more = module.function(many, with(Body().op(local_get, 0), 13).op(return_call, end_more.value));
  const FuncIndex calls_few = module.function(few, called(9, to_few));
  const FuncIndex calls_more = module.function(few, called(9, to_more));
  const FuncIndex first_few = module.function(many, called(0, calls_few));
  const FuncIndex first_more = module.function(many, called(0, calls_more));
  module.export_function("few", module.function(few, called(9, first_few)));
  module.export_function("more", module.function(few, called(9, first_more)));
  Instance& instance = add_first(module);
  const auto frames_of = [&](std::string_view name) {
    std::vector<uint32_t> functions;
    const Outcome outcome = engines_.call(instance, name, {Value::i32(1)});
    for (const BacktraceFrame& each : std::get<Trap>(outcome).backtrace) functions.push_back(each.function.value);
    return functions;
  };
  EXPECT_EQ(frames_of("few"), (std::vector<uint32_t>{0, 4, 6, 8}));
  EXPECT_EQ(frames_of("more"), (std::vector<uint32_t>{1, 5, 7, 9}));
}

// A module without tail calls has the plain convention, and calls those that have another.
TEST_P(NativeTailCalls, AreOpenToModulesThatMakeNone) {
  ModuleBuilder inner;
  const TypeIndex type = inner.type({i32}, {i32});
  const FuncIndex last = inner.function(type, Body().op(local_get, 0).i32(3).op(i32_mul));
  inner.table({.element = funcref, .limits = {.minimum = 1, .maximum = {}}});
  inner.export_("table", ExternKind::table, 0);
  const FuncIndex first = inner.function(type, Body().op(local_get, 0).op(return_call, last.value));
  inner.active_elements({0}, Body().i32(0), {first});
  inner.export_function("f", first);
  engines_.linker().define_instance("inner", add_first(inner));

  ModuleBuilder outer;
  outer.type({i32}, {i32});
  outer.import_function("inner", "f", {0});
  outer.import_table("inner", "table", {.element = funcref, .limits = {.minimum = 1, .maximum = {}}});
  outer.export_function("direct", outer.function({0}, Body().op(local_get, 0).op(call, 0)));
  outer.export_function("indirect", outer.function({0}, Body().op(local_get, 0).i32(0).op(call_indirect, 0, 0)));
  Instance& instance = add_second(outer);
  engines_.expect(instance, "direct", {Value::i32(5)}, {Value::i32(15)});
  engines_.expect(instance, "indirect", {Value::i32(5)}, {Value::i32(15)});
}

}  // namespace
}  // namespace shallop::aot
