// SPDX-License-Identifier: Apache-2.0
// Calls of imports by native code: host functions with and without a C++ signature, functions of other instances; and
// the memory that instances have of their own or share.
#include <gtest/gtest.h>

#include "runtime/host_function.hpp"
#include "runtime/instance_layout.hpp"
#include "unit/aot_compiler/engines.hpp"

namespace shallop::aot {
namespace {

using enum Opcode;
using enum ValueType;

struct Host {
  Instance* caller = nullptr;
  int calls = 0;
};

// More than C has registers for, of both kinds.
double sum(Host&, Caller, int32_t a, uint64_t b, float c, double d, uint8_t e, int64_t f, uint32_t g, float h, double i,
           double j, double k, double l, double m, double n, uint64_t o) noexcept {
  return a + static_cast<double>(b) + static_cast<double>(c) + d + e + static_cast<double>(f) + g +
         static_cast<double>(h) + i + j + k + l + m + n + static_cast<double>(o);
}
void note_caller(Host& host, Caller caller) noexcept {
  host.caller = caller.instance();
  ++host.calls;
}
uint16_t narrow(Host&, Caller, uint32_t value) noexcept { return static_cast<uint16_t>(value); }
int32_t negated(Host&, Caller, int32_t value) noexcept { return -value; }
float halved(Host&, Caller, float value) noexcept { return value / 2; }
int64_t doubled(Host&, Caller, int64_t value) noexcept { return value * 2; }
Completion exit_with(Host&, Caller caller, uint32_t code) noexcept { return caller.instance()->store->exit(code); }
HostResult<uint32_t> one_or_trap(Host&, Caller caller, uint32_t is_trap) noexcept {
  if (is_trap == 0) return {.value = 1};
  return {.completion = caller.instance()->store->trap(TrapCode::integer_overflow)};
}
void interrupt(Host&, Caller) noexcept { interrupt_this_thread(); }

class NativeImports : public testing::TestWithParam<Engine> {
 protected:
  template <auto function>
  void define(std::string_view name) {
    engines_.linker().define("host", name, &add_host_function<function>(engines_.store(), host_));
  }
  // A module that only passes its arguments on to an import.
  Instance& add_caller(const FuncType& type, std::string_view name) {
    ModuleBuilder module;
    const TypeIndex index = module.type(type.parameters, type.results);
    const FuncIndex import = module.import_function("host", name, index);
    Body body;
    for (uint32_t i = 0; i < type.parameters.size(); ++i) body.op(local_get, i);
    module.export_function("f", module.function(index, body.op(call, import.value)));
    return engines_.add(module, GetParam());
  }

  Engines engines_{size_t{1} << 20};
  Host host_;
};

TEST_P(NativeImports, PassesEveryKindOfArgumentToHostFunctions) {
  define<sum>("sum");
  const std::vector<Value> arguments{Value::i32(static_cast<uint32_t>(-1)),
                                     Value::i64(20),
                                     Value::f32(0.5F),
                                     Value::f64(0.25),
                                     Value::i32(3),
                                     Value::i64(static_cast<uint64_t>(-40)),
                                     Value::i32(500),
                                     Value::f32(8),
                                     Value::f64(1000),
                                     Value::f64(2000),
                                     Value::f64(4000),
                                     Value::f64(0),
                                     Value::f64(1),
                                     Value::f64(2),
                                     Value::i64(70'000)};
  engines_.expect(add_caller(host_function_type<sum>(), "sum"), "f", arguments, {Value::f64(77'493.75)});
}

TEST_P(NativeImports, TakesEveryKindOfResultFromHostFunctions) {
  define<narrow>("narrow");
  define<negated>("negated");
  define<halved>("halved");
  define<doubled>("doubled");
  engines_.expect(add_caller(host_function_type<narrow>(), "narrow"), "f", {Value::i32(0x1'2345)},
                  {Value::i32(0x2345)});
  engines_.expect(add_caller(host_function_type<negated>(), "negated"), "f", {Value::i32(7)},
                  {Value::i32(static_cast<uint32_t>(-7))});
  engines_.expect(add_caller(host_function_type<halved>(), "halved"), "f", {Value::f32(3)}, {Value::f32(1.5F)});
  engines_.expect(add_caller(host_function_type<doubled>(), "doubled"), "f", {Value::i64(1LL << 40)},
                  {Value::i64(1LL << 41)});
}

TEST_P(NativeImports, TellsHostFunctionsWhoCalls) {
  define<note_caller>("note_caller");
  Instance& instance = add_caller(host_function_type<note_caller>(), "note_caller");
  engines_.expect(instance, "f", {}, {});
  EXPECT_EQ(host_.caller, &instance);
  EXPECT_EQ(host_.calls, 1);
}

TEST_P(NativeImports, EndsAsTheHostFunctionDid) {
  define<exit_with>("exit_with");
  define<one_or_trap>("one_or_trap");
  const Outcome exited = engines_.call(add_caller(host_function_type<exit_with>(), "exit_with"), "f", {Value::i32(3)});
  ASSERT_TRUE(std::holds_alternative<Exit>(exited));
  EXPECT_EQ(std::get<Exit>(exited).code, 3U);
  Instance& instance = add_caller(host_function_type<one_or_trap>(), "one_or_trap");
  engines_.expect(instance, "f", {Value::i32(0)}, {Value::i32(1)});
  const Outcome trapped = engines_.call(instance, "f", {Value::i32(1)});
  ASSERT_TRUE(std::holds_alternative<Trap>(trapped));
  EXPECT_EQ(text(std::get<Trap>(trapped).code), text(TrapCode::integer_overflow));
}

TEST_P(NativeImports, EndsWhenInterruptedInAHostFunction) {
  define<interrupt>("interrupt");
  Instance& instance = add_caller(host_function_type<interrupt>(), "interrupt");
  const Interrupter interrupter;
  const Outcome outcome = engines_.call(instance, "f");
  ASSERT_TRUE(std::holds_alternative<Trap>(outcome));
  EXPECT_EQ(text(std::get<Trap>(outcome).code), text(TrapCode::interrupted));
}

TEST_P(NativeImports, KeepsRoomForHostFunctionsOnTheStack) {
  define<note_caller>("note_caller");
  ModuleBuilder module;
  const TypeIndex type = module.type({}, {});
  const FuncIndex import = module.import_function("host", "note_caller", type);
  module.export_function("f", module.function(type, Body().op(call, import.value).op(call, 1)));
  const Outcome outcome = engines_.call(engines_.add(module, GetParam()), "f");
  ASSERT_TRUE(std::holds_alternative<Trap>(outcome));
  EXPECT_EQ(text(std::get<Trap>(outcome).code), text(TrapCode::call_stack_exhausted));
}

// One instance has its memory as context, the other, which imports that, has not; each runs in the other's calls.
TEST_P(NativeImports, SeesTheMemoryAndTheGlobalsThatInstancesShare) {
  const uint32_t globals = globals_before_memory + 2;  // some before the memory, some not
  ModuleBuilder owner;
  const TypeIndex none = owner.type({}, {i32});
  owner.memory({.minimum = 1, .maximum = {}});
  owner.export_("memory", ExternKind::memory, 0);
  Body add_all;
  for (uint32_t i = 0; i < globals; ++i) {
    owner.global({.type = i32, .is_mutable = true}, Body().i32(static_cast<int32_t>(i)));
    add_all.op(global_get, i);
    if (i != 0) add_all.op(i32_add);
  }
  owner.export_("first", ExternKind::global, 0);
  owner.export_("last", ExternKind::global, globals - 1);
  owner.export_function("sum", owner.function(none, add_all));
  owner.export_function("load", owner.function(none, Body().i32(8).op(i32_load, 2, 0)));
  Instance& first = engines_.add(owner, GetParam());
  engines_.linker().define_instance("owner", first);
  const uint32_t sum_of_all = globals * (globals - 1) / 2;
  engines_.expect(first, "sum", {}, {Value::i32(sum_of_all)});

  ModuleBuilder user;
  user.type({}, {i32});
  user.import_function("owner", "sum", {0});
  user.import_function("owner", "load", {0});
  user.import_memory("owner", "memory", {.minimum = 1, .maximum = {}});
  user.import_global("owner", "first", {.type = i32, .is_mutable = true});
  user.import_global("owner", "last", {.type = i32, .is_mutable = true});
  user.export_function("sum",
                       user.function({0}, Body().i32(1000).op(global_set, 0).i32(5000).op(global_set, 1).op(call, 0)));
  user.export_function("load", user.function({0}, Body().i32(8).i32(77).op(i32_store, 2, 0).op(call, 1)));
  Instance& second = engines_.add(user, GetParam());
  engines_.expect(second, "sum", {}, {Value::i32(sum_of_all + 1000 + 5000 - (globals - 1))});
  engines_.expect(second, "load", {}, {Value::i32(77)});
  engines_.expect(first, "load", {}, {Value::i32(77)});
}

TEST_P(NativeImports, FindsGlobalsBeforeTheMemory) {
  ModuleBuilder module;
  module.memory({.minimum = 0, .maximum = {}});
  module.global({.type = i32, .is_mutable = true}, Body().i32(5));
  module.global({.type = externref, .is_mutable = true}, Body().ref_null(externref));
  const Instance& instance = engines_.add(module, GetParam());
  if (!instance.memory->guarded()) GTEST_SKIP() << "there is no room to reserve memory";
  const std::byte* value = reinterpret_cast<const std::byte*>(instance.all_globals.at(0)->value);
  EXPECT_EQ(instance.memory->base() - value, 128) << "in reach of a displacement of one byte";
  EXPECT_EQ(InstanceLayout::global_before_memory(0), uint64_t{0} - 128);
  EXPECT_FALSE(place_before_memory(**instance.module, {1})) << "a reference";
}

INSTANTIATE_TEST_SUITE_P(Engines, NativeImports,
                         testing::Values(Engine::interpreted, Engine::native_o0, Engine::native_o2),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace shallop::aot
