// SPDX-License-Identifier: Apache-2.0
#include "runtime/store.hpp"

#include <gtest/gtest.h>

#include "runtime/host_function.hpp"
#include "wasm/error.hpp"

namespace shallop {
namespace {

TEST(CanonicalType, EqualTypesHaveEqualAddresses) {
  const FuncType type = {{ValueType::i32, ValueType::f64}, {ValueType::externref}};
  const FuncType same = {{ValueType::i32, ValueType::f64}, {ValueType::externref}};
  EXPECT_EQ(canonical(type), canonical(same));
  EXPECT_EQ(*canonical(type), type);
}

TEST(CanonicalType, ParametersAndResultsAreNotMixedUp) {
  const FuncType takes = {{ValueType::i32}, {}};
  const FuncType gives = {{}, {ValueType::i32}};
  EXPECT_NE(canonical(takes), canonical(gives));
}

// Results in the reverse order of the arguments.
Completion reverse(FunctionInstance& callee, Instance*, Slot* values) noexcept {
  std::reverse(values, values + callee.type->parameters.size());
  return Completion::returned;
}

TEST(Store, KeepsASharedMemoryAfterTheOneThatMadeItIsGone) {
  Store second;
  std::weak_ptr<Memory> kept;
  {
    Store first;
    Memory& made = first.add_memory({.limits = {.minimum = 1, .maximum = 1}, .shared = true});
    made.bytes()[7] = std::byte{7};
    kept = made.weak_from_this();
    EXPECT_EQ(&second.add_shared_memory(made.shared_from_this()), &made);
  }
  ASSERT_FALSE(kept.expired());
  EXPECT_EQ(kept.lock()->bytes()[7], std::byte{7});
  EXPECT_TRUE(second.is_guest_memory(kept.lock()->base()));
}

TEST(Invoke, CarriesValuesOfEveryOneSlotType) {
  using enum ValueType;
  Store store;
  const FuncType type = {{i32, i64, f32, f64, externref, funcref}, {funcref, externref, f64, f32, i64, i32}};
  FunctionInstance& function = store.add_host_function(type, reverse, nullptr);
  const std::vector<Value> arguments = {Value::i32(1), Value::i64(2),       Value::f32(3),
                                        Value::f64(4), {externref, {5, 0}}, {funcref, {0, 0}}};
  std::vector<Value> reversed(arguments.rbegin(), arguments.rend());
  EXPECT_EQ(std::get<Results>(invoke(store, function, arguments)), reversed);
}

Completion dirty_upper_half(FunctionInstance&, Instance*, Slot* values) noexcept {
  values[0] = 0xAAAA'AAAA'0000'0001;
  values[1] = 0xAAAA'AAAA'3F80'0000;
  return Completion::returned;
}

TEST(Invoke, DropsTheUndefinedHalfOfNarrowResults) {
  Store store;
  FunctionInstance& function =
      store.add_host_function({{}, {ValueType::i32, ValueType::f32}}, dirty_upper_half, nullptr);
  EXPECT_EQ(std::get<Results>(invoke(store, function, {})), (Results{Value::i32(1), Value::f32(1)}));
}

Completion swap_vectors(FunctionInstance&, Instance*, Slot* values) noexcept {
  std::swap(values[0], values[2]);
  std::swap(values[1], values[3]);
  return Completion::returned;
}

TEST(Invoke, GivesAVectorTwoSlots) {
  using enum ValueType;
  Store store;
  FunctionInstance& function = store.add_host_function({{v128, v128}, {v128, v128}}, swap_vectors, nullptr);
  const Value a = {v128, {1, 2}};
  const Value b = {v128, {3, 4}};
  EXPECT_EQ(std::get<Results>(invoke(store, function, std::vector{a, b})), (Results{b, a}));
}

Completion trap_once(FunctionInstance& callee, Instance*, Slot*) noexcept {
  return static_cast<Store*>(callee.host)->trap(TrapCode::unreachable);
}
Completion exit_with_seven(FunctionInstance& callee, Instance*, Slot*) noexcept {
  return static_cast<Store*>(callee.host)->exit(7);
}

TEST(Invoke, TellsTrapAndExitApart) {
  Store store;
  const Outcome trapped = invoke(store, store.add_host_function({}, trap_once, &store), {});
  EXPECT_EQ(std::get<Trap>(trapped).code, TrapCode::unreachable);
  const Outcome exited = invoke(store, store.add_host_function({}, exit_with_seven, &store), {});
  EXPECT_EQ(std::get<Exit>(exited).code, 7u);
  EXPECT_EQ(store.ending.trap.code, TrapCode::none) << "a trap that was reported is forgotten";
}

// Comes back in through invoke() until the stack is full.
struct Recursion {
  Store& store;
  FunctionInstance* self = nullptr;
  int depth = 0;
};
Completion recurse(FunctionInstance& callee, Instance*, Slot* values) noexcept {
  auto& recursion = *static_cast<Recursion*>(callee.host);
  ++recursion.depth;
  const Slot mine = values[0];
  const std::vector<Value> arguments(callee.type->parameters.size(), Value::i64(mine + 1));
  const Outcome outcome = invoke(recursion.store, *recursion.self, arguments);
  EXPECT_EQ(values[0], mine) << "a call coming back in must not touch frames below it";
  return recursion.store.trap(std::get<Trap>(outcome).code);
}

TEST(Invoke, TrapsWhereTheStackEnds) {
  Store store({.memory = {}, .stack_size_bytes = size_t{64} << 10});
  Recursion recursion{.store = store};
  recursion.self = &store.add_host_function({std::vector(512, ValueType::i64), {}}, recurse, &recursion);
  const Slot* before = store.stack_top;
  const Outcome outcome = invoke(store, *recursion.self, std::vector<Value>(512, Value::i64(0)));
  EXPECT_EQ(std::get<Trap>(outcome).code, TrapCode::call_stack_exhausted);
  EXPECT_EQ(recursion.depth, 16);
  EXPECT_EQ(store.stack_top, before);
}

TEST(Store, StackIsWritableFromEndToEnd) {
  Store store({.memory = {}, .stack_size_bytes = size_t{64} << 10});
  EXPECT_EQ(store.stack_end - store.stack_top, (64 << 10) / sizeof(Slot));
  store.stack_top[0] = 1;
  store.stack_end[-1] = 1;
}

TEST(StoreDeathTest, StackIsGuardedAtBothEnds) {
  Store store;
  volatile Slot* const below = store.stack_top - 1;
  volatile Slot* const behind = store.stack_end;
  EXPECT_DEATH(*below = 1, "");
  EXPECT_DEATH(*behind = 1, "");
}

TEST(Store, RefusesAStackBeyondTheAddressSpace) {
  EXPECT_THROW(Store({.memory = {}, .stack_size_bytes = size_t{1} << 60}), ResourceError);
}

TEST(Store, KnowsTheMemoriesOfItsGuests) {
  Store store;
  const Memory& first = store.add_memory({.limits = {.minimum = 1, .maximum = {}}});
  const Memory& second = store.add_memory({.limits = {.minimum = 1, .maximum = {}}});
  EXPECT_TRUE(store.is_guest_memory(first.base()));
  EXPECT_TRUE(store.is_guest_memory(second.base() + (uint64_t{6} << 30)));
  EXPECT_FALSE(store.is_guest_memory(store.stack_top));
}

TEST(Store, GlobalsAndFunctionsStayWhereTheyAre) {
  Store store;
  GlobalInstance& first = store.add_global({.type = ValueType::v128, .is_mutable = true}, {ValueType::v128, {1, 2}});
  FunctionInstance& function = store.add_host_function({}, reverse, nullptr);
  for (int i = 0; i < 1000; ++i) {
    store.add_global({}, Value::i32(0));
    store.add_host_function({}, reverse, nullptr);
  }
  EXPECT_EQ(first.value[0], 1u);
  EXPECT_EQ(first.value[1], 2u);
  EXPECT_EQ(function.type, canonical({}));
}

}  // namespace
}  // namespace shallop
