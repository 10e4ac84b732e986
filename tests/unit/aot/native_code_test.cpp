// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "aot/engine.hpp"
#include "runtime/host_function.hpp"
#include "runtime/instantiate.hpp"
#include "support/refusal.hpp"
#include "unit/aot/hand_assembled.hpp"

namespace shallop::aot {
namespace {

// What the host functions that the module imports do.
struct Host {
  Completion ending = Completion::returned;
  Instance* caller = nullptr;
  FunctionInstance* calls_back = nullptr;
};

HostResult<uint32_t> f(Host& host, Caller caller, uint32_t argument) noexcept {
  host.caller = caller.instance();
  if (host.calls_back != nullptr) {
    const std::vector<Value> arguments{Value::i32(argument)};
    const Outcome outcome = invoke(*caller.instance()->store, *host.calls_back, arguments);
    if (std::holds_alternative<Trap>(outcome)) {
      caller.instance()->store->ending.trap = std::get<Trap>(outcome);
      return {.completion = Completion::trapped};
    }
    return {.value = static_cast<uint32_t>(std::get<Results>(outcome)[0].bits[0]) * 2};
  }
  if (host.ending == Completion::trapped) caller.instance()->store->trap(TrapCode::host_failure);
  if (host.ending == Completion::exited) caller.instance()->store->exit(argument);
  return {.completion = host.ending, .value = argument * 10};
}

uint32_t g(Host&, Caller, uint64_t) noexcept { return 0; }

class NativeCodeTest : public testing::Test {
 protected:
  void SetUp() override {
#ifndef __x86_64__
    GTEST_SKIP() << "the code is x86-64's";
#endif
    linker.define("host", "f", &add_host_function<f>(store, host));
    linker.define("host", "g", &add_host_function<g>(store, host));
    const auto module = hand_assembled_module();
    const NativeImage image = hand_assembled_image();
    instance = &instantiate(store, module, prepare(module, view(image)), linker).instance;
  }

  FunctionInstance& function(std::string_view name) {
    return *std::get<FunctionInstance*>(*instance->find_export(name));
  }
  Outcome call(std::string_view name, uint32_t argument) {
    return invoke(store, function(name), std::vector<Value>{Value::i32(argument)});
  }
  void expect_result(std::string_view name, uint32_t argument, uint32_t result) {
    const Outcome outcome = call(name, argument);
    ASSERT_TRUE(std::holds_alternative<Results>(outcome)) << name;
    EXPECT_EQ(std::get<Results>(outcome), Results{Value::i32(result)}) << name;
  }
  void expect_trap(std::string_view name, uint32_t argument, TrapCode code) {
    const Outcome outcome = call(name, argument);
    ASSERT_TRUE(std::holds_alternative<Trap>(outcome)) << name;
    EXPECT_EQ(text(std::get<Trap>(outcome).code), text(code)) << name;
  }

  Store store;
  Linker linker;
  Host host;
  Instance* instance = nullptr;
};

TEST_F(NativeCodeTest, RunsFunctions) {
  expect_result("add_one", 41, 42);
  expect_result("add_one", 0xFFFF'FFFF, 0);
}

TEST_F(NativeCodeTest, AccessesOutOfBoundsTrap) {
  instance->memory->base()[65'532] = std::byte{7};
  expect_result("load", 65'532, 7);
  expect_trap("load", 65'533, TrapCode::out_of_bounds_memory_access);
  expect_trap("load", 0xFFFF'FFFF, TrapCode::out_of_bounds_memory_access);
  expect_result("load", 65'532, 7);
}

TEST_F(NativeCodeTest, TrapsAsTheCodeSays) {
  expect_trap("trap", static_cast<uint32_t>(TrapCode::integer_divide_by_zero), TrapCode::integer_divide_by_zero);
  expect_trap("trap", static_cast<uint32_t>(TrapCode::unreachable), TrapCode::unreachable);
}

TEST_F(NativeCodeTest, ANullReferenceTraps) { expect_trap("call_null", 0, TrapCode::uninitialized_element); }

TEST_F(NativeCodeTest, RunningOutOfTheStackTrapsAgainAndAgain) {
  for (int i = 0; i < 3; ++i) expect_trap("recurse", 0, TrapCode::call_stack_exhausted);
  expect_result("add_one", 1, 2);
}

TEST_F(NativeCodeTest, RunsOutOfTheStackInEveryThread) {
  std::thread([&] { expect_trap("recurse", 0, TrapCode::call_stack_exhausted); }).join();
}

TEST_F(NativeCodeTest, CallsHostFunctionsAndTellsThemWhoCalls) {
  expect_result("call_import", 4, 40);
  EXPECT_EQ(host.caller, instance);
}

TEST_F(NativeCodeTest, PassesOnHowAHostFunctionEnds) {
  host.ending = Completion::trapped;
  expect_trap("call_import", 4, TrapCode::host_failure);
  host.ending = Completion::exited;
  const Outcome outcome = call("call_import", 7);
  ASSERT_TRUE(std::holds_alternative<Exit>(outcome));
  EXPECT_EQ(std::get<Exit>(outcome).code, 7U);
}

TEST_F(NativeCodeTest, HostFunctionsMayCallBack) {
  host.calls_back = &function("add_one");
  expect_result("call_import", 20, 42);
  host.calls_back = &function("load");
  expect_trap("call_import", 70'000, TrapCode::out_of_bounds_memory_access);
  host.calls_back = &function("recurse");
  expect_trap("call_import", 1, TrapCode::call_stack_exhausted);
  host.calls_back = &function("call_import");  // and so on without an end
  expect_trap("call_import", 1, TrapCode::call_stack_exhausted);
}

TEST_F(NativeCodeTest, IndirectCallsFindNativeFormsOrTrap) {
  expect_result("call_indirect", 0, 1);  // add_one, which gets the index
  expect_result("call_indirect", 1, 10);
  expect_trap("call_indirect", 2, TrapCode::indirect_call_type_mismatch);
}

TEST_F(NativeCodeTest, AStoreMayRunAnother) {
  Store other;
  Host other_host;
  Linker other_linker;
  other_linker.define("host", "f", &add_host_function<f>(other, other_host));
  other_linker.define("host", "g", &add_host_function<g>(other, other_host));
  const auto module = hand_assembled_module();
  const NativeImage image = hand_assembled_image();
  Instance& inner = instantiate(other, module, prepare(module, view(image)), other_linker).instance;
  // Ours calls the host, the host the other store, that the host again, and that our store.
  host.calls_back = std::get<FunctionInstance*>(*inner.find_export("call_import"));
  other_host.calls_back = &function("add_one");
  EXPECT_EQ(invoke(store, function("call_import"), std::vector<Value>{Value::i32(1)}).index(), 0U);
}

TEST(NativeCode, ChecksMemoryThatHasNoReservation) {
  Store store({.memory = {.reserve = false}});
  Linker linker;
  Host host;
  linker.define("host", "f", &add_host_function<f>(store, host));
  linker.define("host", "g", &add_host_function<g>(store, host));
  const auto module = hand_assembled_module();
  const NativeImage image = hand_assembled_image();
  EXPECT_THROW(instantiate(store, module, prepare(module, view(image)), linker), ResourceError);
}

class Misfit : public testing::Test {
 protected:
  void expect_refused() const { EXPECT_THROW(prepare(hand_assembled_module(), view(image)), ImageError); }
  NativeImage image = hand_assembled_image();
};

TEST_F(Misfit, AnImageOfAnotherModuleIsRefused) {
  image.functions.pop_back();
  image.function_sizes.pop_back();
  expect_refused();
}

TEST_F(Misfit, OffsetsBeyondTheCodeAreRefused) {
  image.functions.back() = static_cast<uint32_t>(image.code.size());
  expect_refused();
}

TEST_F(Misfit, SizesBeyondTheCodeAreRefused) {
  image.function_sizes.back() = static_cast<uint32_t>(image.code.size());
  expect_refused();
}

TEST_F(Misfit, AnUnwindTableBeyondTheDataIsRefused) {
  image.eh_frame_offset = 0xFFFF'FFFF;
  expect_refused();
}

TEST_F(Misfit, AMissingStubIsRefused) {
  image.callouts[0] = no_code;
  expect_refused();
}

}  // namespace
}  // namespace shallop::aot
