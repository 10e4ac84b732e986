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

}  // namespace
}  // namespace shallop
