// SPDX-License-Identifier: Apache-2.0
// Tail calls take no stack, whatever they call: within an instance, between instances, host functions.
#include <gtest/gtest.h>

#include "binary/decode.hpp"
#include "interpreter/engine.hpp"
#include "runtime/host_function.hpp"
#include "runtime/instantiate.hpp"
#include "support/module_builder.hpp"

namespace shallop {
namespace {

using enum ValueType;
using enum Opcode;

constexpr uint32_t deep = 1'000'000;

struct Nothing {};
// The number of bytes of the caller's memory, and the argument.
uint64_t add_memory_size(Nothing&, Caller caller, uint64_t number) noexcept { return caller.memory().size() + number; }

class TailCalls : public testing::Test {
 protected:
  TailCalls() : store_({.memory = {}, .stack_size_bytes = 64 << 10}) {
    linker_.define("host", "add_memory_size", &add_host_function<add_memory_size>(store_, nothing_));
  }
  Instance& add(const ModuleBuilder& builder) {
    auto module = validate(decode(builder.build()));
    auto code = interpreter::prepare(module);
    return instantiate(store_, std::move(module), std::move(code), linker_).instance;
  }
  Outcome call(const Instance& instance, std::string_view name, const std::vector<Value>& arguments) {
    return invoke(store_, *std::get<FunctionInstance*>(instance.find_export(name).value()), arguments);
  }

  Nothing nothing_;
  Store store_;
  Linker linker_;
};

// (n, ...) -> n == 0 ? `at_end` : other(n - 1), with more parameters than the other has.
Body countdown(Opcode tail_call, FuncIndex other, uint32_t more_arguments, int32_t at_end) {
  Body body;
  body.op(local_get, 0).op(i32_eqz).block(if_).i32(at_end).op(return_).op(end).op(local_get, 0).i32(1).op(i32_sub);
  for (uint32_t i = 0; i < more_arguments; ++i) body.i64(i);
  return body.op(tail_call, other.value);
}

TEST_F(TailCalls, OfFunctionsWithOtherParametersTakeNoStack) {
  ModuleBuilder module;
  const TypeIndex one = module.type({i32}, {i32});
  const TypeIndex four = module.type({i32, i64, i64, i64}, {i32});
  module.export_function("even", module.function(one, countdown(return_call, {1}, 3, 1)));
  module.function(four, countdown(return_call, {0}, 0, 0));
  Instance& instance = add(module);
  EXPECT_EQ(std::get<Results>(call(instance, "even", {Value::i32(deep)})), Results{Value::i32(1)});
  EXPECT_EQ(std::get<Results>(call(instance, "even", {Value::i32(deep + 1)})), Results{Value::i32(0)});
}

// Two instances that call each other through a table that they share: both from outside and from a frame of their own.
TEST_F(TailCalls, BetweenInstancesTakeNoStack) {
  linker_.define("shared", "table", &store_.add_table({.element = funcref, .limits = {.minimum = 2, .maximum = {}}}));
  const auto half = [](int32_t own, int32_t other, uint32_t parameters_of_other, int32_t at_end) {
    ModuleBuilder module;
    const TypeIndex types[] = {module.type({i32}, {i32}), module.type({i32, i64, i64}, {i32})};
    const bool is_first = own == 0;
    module.import_table("shared", "table", {.element = funcref, .limits = {.minimum = 2, .maximum = {}}});
    Body body;
    body.op(local_get, 0).op(i32_eqz).block(if_).i32(at_end).op(return_).op(end).op(local_get, 0).i32(1).op(i32_sub);
    for (uint32_t i = 1; i < parameters_of_other; ++i) body.i64(i);
    body.i32(other).op(return_call_indirect, types[is_first ? 1 : 0].value, 0);
    const FuncIndex function = module.function(types[is_first ? 0 : 1], body);
    module.active_elements({0}, Body().i32(own), {function});
    module.export_function("f", function);
    if (!is_first) return module;
    module.export_function(
        "nested",
        module.function(types[0], Body().op(local_get, 0).op(Opcode::call, function.value).i32(10).op(i32_add)));
    return module;
  };
  Instance& first = add(half(0, 1, 3, 1));
  add(half(1, 0, 1, 0));
  EXPECT_EQ(std::get<Results>(call(first, "f", {Value::i32(deep)})), Results{Value::i32(1)});
  EXPECT_EQ(std::get<Results>(call(first, "nested", {Value::i32(deep + 1)})), Results{Value::i32(10)});
}

TEST_F(TailCalls, OfHostFunctionsAreMadeByTheInstanceThatLeaves) {
  ModuleBuilder inner;
  const TypeIndex type = inner.type({i64}, {i64});
  const FuncIndex host = inner.import_function("host", "add_memory_size", type);
  inner.memory({.minimum = 1, .maximum = {}});
  inner.export_function("f",
                        inner.function(type, Body().op(local_get, 0).i64(1).op(i64_add).op(return_call, host.value)));
  inner.export_function("nested", inner.function(type, Body().op(local_get, 0).op(Opcode::call, 1).i64(2).op(i64_mul)));
  Instance& instance = add(inner);
  linker_.define_instance("inner", instance);
  EXPECT_EQ(std::get<Results>(call(instance, "f", {Value::i64(4)})), Results{Value::i64(65'541)});
  EXPECT_EQ(std::get<Results>(call(instance, "nested", {Value::i64(4)})), Results{Value::i64(131'082)});

  ModuleBuilder outer;
  outer.type({i64}, {i64});
  outer.import_function("inner", "f", {0});
  outer.export_function("f", outer.function({0}, Body().op(local_get, 0).op(Opcode::call, 0)));
  EXPECT_EQ(std::get<Results>(call(add(outer), "f", {Value::i64(4)})), Results{Value::i64(65'541)});
}

// The frame is gone when its callee throws.
TEST_F(TailCalls, LeaveTheTryTableAroundThem) {
  ModuleBuilder thrower;
  thrower.type({});
  thrower.tag({0});
  thrower.export_function("throw", thrower.function({0}, Body().op(throw_, 0)));
  linker_.define_instance("thrower", add(thrower));

  ModuleBuilder module;
  module.type({});
  const FuncIndex throws = module.import_function("thrower", "throw", {0});
  const FuncIndex local = module.function({0}, Body().op(Opcode::call, throws.value));
  for (const auto& [name, callee] : {std::pair("out", throws), std::pair("within", local)}) {
    const FuncIndex leaving =
        module.function({0}, Body().try_table({}, {{2, 0}}).op(return_call, callee.value).op(end));
    module.export_function(name, module.function({0}, Body().op(Opcode::call, leaving.value)));
  }
  Instance& instance = add(module);
  EXPECT_TRUE(std::holds_alternative<UncaughtException>(call(instance, "out", {})));
  EXPECT_TRUE(std::holds_alternative<UncaughtException>(call(instance, "within", {})));
}

}  // namespace
}  // namespace shallop
