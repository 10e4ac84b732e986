// SPDX-License-Identifier: Apache-2.0
// Guests that are stopped wherever they are, and the store afterwards.
#include "runtime/interruption.hpp"

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
using std::chrono::microseconds;
using std::chrono::milliseconds;

class Interruption : public testing::Test {
 protected:
  Instance& add(const ModuleBuilder& builder) {
    auto module = validate(decode(builder.build()));
    auto code = interpreter::prepare(module);
    return instantiate(store_, std::move(module), std::move(code), linker_).instance;
  }
  Outcome call(const Instance& instance, std::string_view name, const std::vector<Value>& arguments = {}) {
    return invoke(store_, *std::get<FunctionInstance*>(instance.find_export(name).value()), arguments);
  }

  Store store_;
  Linker linker_;
};

// Calls itself, grows and fills its memory, drops segments, and never ends; `fib` computes.
ModuleBuilder busy_module() {
  ModuleBuilder module;
  module.memory({.minimum = 1, .maximum = 4});
  const TableIndex table = module.table({.element = funcref, .limits = {.minimum = 1, .maximum = 100'000}});
  const DataIndex data = module.passive_data("some bytes");
  const TypeIndex unary = module.type({i32}, {i32});
  const FuncIndex fib{0};
  module.export_function("fib", module.function(unary, Body()
                                                           .op(local_get, 0)
                                                           .i32(2)
                                                           .op(i32_lt_s)
                                                           .block(if_, i32)
                                                           .op(local_get, 0)
                                                           .op(else_)
                                                           .op(local_get, 0)
                                                           .i32(1)
                                                           .op(i32_sub)
                                                           .op(Opcode::call, fib.value)
                                                           .op(local_get, 0)
                                                           .i32(2)
                                                           .op(i32_sub)
                                                           .op(Opcode::call, fib.value)
                                                           .op(i32_add)
                                                           .op(end)));
  module.export_function("busy", module.function(module.type({}), Body()
                                                                      .block(loop)
                                                                      .i32(5)
                                                                      .op(Opcode::call, fib.value)
                                                                      .op(drop)
                                                                      .i32(1)
                                                                      .op(memory_grow, 0)
                                                                      .op(drop)
                                                                      .i32(0)
                                                                      .i32(1)
                                                                      .i32(60'000)
                                                                      .op(memory_fill, 0)
                                                                      .ref_null(funcref)
                                                                      .i32(1)
                                                                      .op(table_grow, table.value)
                                                                      .op(drop)
                                                                      .op(data_drop, data.value)
                                                                      .op(br, 0)
                                                                      .op(end)));
  return module;
}

TEST_F(Interruption, LeavesAStoreThatIsFitForUse) {
  const Instance& instance = add(busy_module());
  for (int i = 0; i < 300; ++i) {
    {
      const Interrupter interrupter(microseconds(50 + 7 * i));
      const Outcome outcome = call(instance, "busy");
      ASSERT_EQ(std::get<Trap>(outcome).code, TrapCode::interrupted) << i;
    }
    ASSERT_EQ(std::get<Results>(call(instance, "fib", {Value::i32(10)})), (Results{Value::i32(55)})) << i;
  }
  EXPECT_EQ(store_.nesting, 0U);
}

TEST_F(Interruption, ComesBeforeTheFirstInstruction) {
  const Instance& instance = add(busy_module());
  const Interrupter interrupter(microseconds(1));
  while (!is_interrupted()) {
  }
  EXPECT_EQ(std::get<Trap>(call(instance, "fib", {Value::i32(1)})).code, TrapCode::interrupted);
}

// A host function that calls the guest back, and takes a trap for an answer.
struct CallBack {
  Store& store;
  FunctionInstance* function = nullptr;
  int traps = 0;
};
Completion call_back(CallBack& context, Caller) noexcept {
  if (std::holds_alternative<Trap>(invoke(context.store, *context.function, {}))) ++context.traps;
  return Completion::returned;
}

TEST_F(Interruption, CannotBeSwallowedByAHostFunction) {
  CallBack context{.store = store_};
  linker_.define("host", "call_back", &add_host_function<&call_back>(store_, context));
  ModuleBuilder module;
  const TypeIndex type = module.type({});
  const FuncIndex host = module.import_function("host", "call_back", type);
  module.export_function("spin", module.function(type, Body().block(loop).op(br, 0).op(end)));
  module.export_function("outer",
                         module.function(type, Body().block(loop).op(Opcode::call, host.value).op(br, 0).op(end)));
  const Instance& instance = add(module);
  context.function = std::get<FunctionInstance*>(*instance.find_export("spin"));

  const Interrupter interrupter(milliseconds(10));
  EXPECT_EQ(std::get<Trap>(call(instance, "outer")).code, TrapCode::interrupted);
  EXPECT_EQ(context.traps, 1);
}

TEST_F(Interruption, StopsInstancesThatCallEachOther) {
  ModuleBuilder provider;
  provider.export_function("nothing", provider.function(provider.type({}), Body()));
  linker_.define_instance("provider", add(provider));
  ModuleBuilder module;
  const TypeIndex type = module.type({});
  const FuncIndex nothing = module.import_function("provider", "nothing", type);
  module.export_function("run",
                         module.function(type, Body().block(loop).op(Opcode::call, nothing.value).op(br, 0).op(end)));
  const Instance& instance = add(module);
  const Interrupter interrupter(milliseconds(10));
  EXPECT_EQ(std::get<Trap>(call(instance, "run")).code, TrapCode::interrupted);
}

}  // namespace
}  // namespace shallop
