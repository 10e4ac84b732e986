// SPDX-License-Identifier: Apache-2.0
// What a trap tells of the stack: through host functions and instances, and of stacks that are deep.
#include "interpreter/backtrace.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "binary/decode.hpp"
#include "interpreter/engine.hpp"
#include "runtime/host_function.hpp"
#include "runtime/instantiate.hpp"
#include "support/module_builder.hpp"

namespace shallop {
namespace {

using enum ValueType;
using enum Opcode;

class Backtrace : public testing::Test {
 protected:
  Instance& add(const ModuleBuilder& builder) {
    auto module = validate(decode(builder.build()));
    auto code = interpreter::prepare(module);
    return instantiate(store_, std::move(module), std::move(code), linker_).instance;
  }
  Trap trap_of(const Instance& instance, std::string_view name, const std::vector<Value>& arguments = {}) {
    return std::get<Trap>(invoke(store_, *std::get<FunctionInstance*>(*instance.find_export(name)), arguments));
  }
  static std::vector<uint32_t> functions(const Trap& trap) {
    std::vector<uint32_t> indices;
    for (const BacktraceFrame& each : trap.backtrace) indices.push_back(each.function.value);
    return indices;
  }
  static size_t depth(const Trap& trap) {
    return std::accumulate(trap.backtrace.begin(), trap.backtrace.end(), size_t{0},
                           [](size_t sum, const BacktraceFrame& each) { return sum + each.times + each.left_out; });
  }

  Store store_;
  Linker linker_;
};

struct CallBack {
  Store& store;
  FunctionInstance* function = nullptr;
};
Completion call_back(CallBack& context, Caller) noexcept {
  return context.store.pass_on(invoke(context.store, *context.function, {}));
}

TEST_F(Backtrace, GoesThroughHostFunctions) {
  CallBack context{.store = store_};
  linker_.define("host", "call_back", &add_host_function<&call_back>(store_, context));
  ModuleBuilder module;
  const TypeIndex type = module.type({});
  const FuncIndex host = module.import_function("host", "call_back", type);
  const FuncIndex inner = module.function(type, Body().op(unreachable));
  module.export_function("called_back", module.function(type, Body().op(Opcode::call, inner.value)));
  module.export_function("outer", module.function(type, Body().op(Opcode::call, host.value)));
  const Instance& instance = add(module);
  context.function = std::get<FunctionInstance*>(*instance.find_export("called_back"));

  const Trap trap = trap_of(instance, "outer");
  EXPECT_EQ(trap.code, TrapCode::unreachable);
  EXPECT_EQ(functions(trap), (std::vector<uint32_t>{1, 2, 3}));
  for (const BacktraceFrame& each : trap.backtrace) EXPECT_NE(each.offset, 0U);
}

TEST_F(Backtrace, GoesThroughInstances) {
  ModuleBuilder provider;
  provider.export_function("fail", provider.function(provider.type({}), Body().op(unreachable)));
  const Instance& failing = add(provider);
  linker_.define_instance("provider", failing);
  ModuleBuilder module;
  const TypeIndex type = module.type({});
  const FuncIndex fail = module.import_function("provider", "fail", type);
  module.export_function("run", module.function(type, Body().op(Opcode::call, fail.value)));
  const Instance& instance = add(module);

  const Trap trap = trap_of(instance, "run");
  ASSERT_EQ(functions(trap), (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(trap.backtrace[0].instance, &failing);
  EXPECT_EQ(trap.backtrace[1].instance, &instance);
}

TEST_F(Backtrace, CountsTheFramesOfARecursion) {
  ModuleBuilder module;
  const FuncIndex self{0};
  module.export_function("f", module.function(module.type({i32}), Body()
                                                                      .op(local_get, 0)
                                                                      .op(i32_eqz)
                                                                      .block(if_)
                                                                      .op(unreachable)
                                                                      .op(end)
                                                                      .op(local_get, 0)
                                                                      .i32(1)
                                                                      .op(i32_sub)
                                                                      .op(Opcode::call, self.value)));
  const Trap trap = trap_of(add(module), "f", {Value::i32(100'000)});
  ASSERT_EQ(trap.backtrace.size(), 2U);  // the innermost stands elsewhere
  EXPECT_EQ(trap.backtrace[0].times, 1U);
  EXPECT_EQ(trap.backtrace[1].times, 100'000U);
}

// a and b call each other: no two neighbours are alike.
TEST_F(Backtrace, CountsWhatItLeavesOut) {
  ModuleBuilder module;
  const TypeIndex type = module.type({i32});
  const auto body = [](uint32_t callee) {
    return Body()
        .op(local_get, 0)
        .op(i32_eqz)
        .block(if_)
        .op(unreachable)
        .op(end)
        .op(local_get, 0)
        .i32(1)
        .op(i32_sub)
        .op(Opcode::call, callee);
  };
  module.export_function("a", module.function(type, body(1)));
  module.function(type, body(0));
  const Trap trap = trap_of(add(module), "a", {Value::i32(10'000)});
  EXPECT_LT(trap.backtrace.size(), 100U);
  EXPECT_EQ(depth(trap), 10'001U);
  EXPECT_EQ(trap.backtrace.back().function.value, 0U);
}

// What a superinstruction consists of: the fault is one of these, and not of what follows.
struct FaultingPair {
  const char* name;
  Body operands;
  Body pair;
};

TEST_F(Backtrace, AFaultNamesItsSuperinstruction) {
  const Body locals01 = Body().op(local_get, 0).op(local_get, 1);
  const std::vector<FaultingPair> pairs{
      {"load of a sum", locals01, Body().op(i32_add).op(i32_load, 2, 0)},
      {"load of a sum with a constant", Body().op(local_get, 0), Body().i32(8).op(i32_add).op(i32_load, 2, 0)},
      {"operation on a load of a sum", locals01, Body().op(i32_add).op(i32_load, 2, 0).op(local_get, 2).op(i32_add)},
      {"load of what was loaded", Body().op(local_get, 2), Body().op(i32_load, 2, 0).op(i32_load, 2, 0xFFFF'0000)},
      {"operation on what was loaded", Body().op(local_get, 0), Body().op(i32_load, 2, 0).op(local_get, 1).op(i32_xor)},
      {"store of what was computed", locals01, Body().op(local_get, 1).op(i32_xor).op(i32_store, 2, 0).i32(1)},
      {"store to a sum", locals01, Body().op(i32_add).op(local_get, 2).op(i32_store, 2, 0).i32(1)},
      {"branch by what was loaded", Body().block(block).op(local_get, 0),
       Body().op(i32_load, 2, 0).i32(7).op(i32_eq).op(br_if, 0).op(end).i32(1)},
  };
  for (const FaultingPair& each : pairs) {
    ModuleBuilder module;
    module.memory({.minimum = 1, .maximum = {}});
    Body body;
    body.append(each.operands).append(each.pair).op(i32_popcnt).op(i32_clz).op(i32_ctz);
    module.export_function("f", module.function(module.type({i32, i32, i32}, {i32}), body));
    const Instance& instance = add(module);
    const Trap trap = trap_of(instance, "f", {Value::i32(0x1000'0000), Value::i32(4), Value::i32(16)});
    ASSERT_EQ(trap.code, TrapCode::out_of_bounds_memory_access) << each.name;
    const size_t first = (*instance.module)->functions[0].body.offset + each.operands.bytes().size();
    EXPECT_GE(trap.backtrace[0].offset, first) << each.name;
    EXPECT_LT(trap.backtrace[0].offset, first + each.pair.bytes().size()) << each.name;
  }
}

// The copy of the local's old value stands before the superinstruction, which has moved.
TEST_F(Backtrace, AFaultBehindACopyNamesTheFirstOfItsSuperinstruction) {
  for (const Body& operation : {Body().op(local_get, 2).op(i32_add), Body().i32(5).op(i32_add), Body()}) {
    ModuleBuilder module;
    module.memory({.minimum = 1, .maximum = {}});
    const Body before = Body().op(local_get, 0).op(local_get, 1);
    Body body;
    body.append(before).op(i32_load, 2, 0).append(operation).op(local_set, 0).op(local_get, 0).op(i32_add);
    module.export_function("f", module.function(module.type({i32, i32, i32}, {i32}), body));
    const Instance& instance = add(module);
    const Trap trap = trap_of(instance, "f", {Value::i32(1), Value::i32(0x1000'0000), Value::i32(3)});
    ASSERT_EQ(trap.code, TrapCode::out_of_bounds_memory_access);
    EXPECT_EQ(trap.backtrace[0].offset, (*instance.module)->functions[0].body.offset + before.bytes().size());
  }
}

// An interruption may come between a call's step to a new return point and what it writes there. (The sanitizers see
// arithmetic on what is not there yet.)
TEST_F(Backtrace, PassesOverReturnPointsThatAreNotWrittenYet) {
  ModuleBuilder module;
  module.export_function("f", module.function(module.type({}), Body().op(unreachable)));
  const Instance& instance = add(module);
  ASSERT_EQ(trap_of(instance, "f").code, TrapCode::unreachable);  // f has been lowered
  const interpreter::ReturnPoint points[2] = {};
  std::vector<BacktraceFrame> backtrace;
  interpreter::add_frames(instance, nullptr, points, points + 1, backtrace);
  EXPECT_EQ(backtrace.size(), 0U);
}

}  // namespace
}  // namespace shallop
