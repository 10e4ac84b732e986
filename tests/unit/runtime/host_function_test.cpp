// SPDX-License-Identifier: Apache-2.0
#include "runtime/host_function.hpp"

#include <gtest/gtest.h>

namespace shallop {
namespace {

struct Context {
  int calls = 0;
};

enum class Mode : uint8_t { first = 1, second = 2 };

double mix(Context& context, Caller, int32_t a, uint64_t b, float c, double d, Mode mode) noexcept {
  ++context.calls;
  return a + static_cast<double>(b) + static_cast<double>(c) + d + static_cast<double>(mode);
}
void nothing(Context& context, Caller) noexcept { ++context.calls; }
Mode next_mode(Context&, Caller, Mode mode) noexcept { return mode == Mode::first ? Mode::second : Mode::first; }
int32_t minus_one(Context&, Caller) noexcept { return -1; }
int64_t negated(Context&, Caller, int64_t a) noexcept { return -a; }
float halved(Context&, Caller, float a) noexcept { return a / 2; }
Completion fail(Context&, Caller, uint32_t) noexcept { return Completion::trapped; }
HostResult<Mode> mode_or_exit(Context&, Caller, Mode mode) noexcept {
  if (mode == Mode::first) return {.value = Mode::second};
  return {.completion = Completion::exited};
}
uint32_t memory_size(Context&, Caller caller) noexcept { return static_cast<uint32_t>(caller.memory().size()); }

FuncType type(std::vector<ValueType> parameters, std::vector<ValueType> results) {
  return {std::move(parameters), std::move(results)};
}

TEST(HostFunction, TypeIsDeducedFromTheSignature) {
  using enum ValueType;
  EXPECT_EQ(host_function_type<mix>(), type({i32, i64, f32, f64, i32}, {f64}));
  EXPECT_EQ(host_function_type<nothing>(), type({}, {}));
  EXPECT_EQ(host_function_type<next_mode>(), type({i32}, {i32}));
  EXPECT_EQ(host_function_type<negated>(), type({i64}, {i64}));
  EXPECT_EQ(host_function_type<halved>(), type({f32}, {f32}));
  EXPECT_EQ(host_function_type<fail>(), type({i32}, {}));
  EXPECT_EQ(host_function_type<mode_or_exit>(), type({i32}, {i32}));
}

class HostFunctionCall : public testing::Test {
 protected:
  template <auto function>
  Outcome call(std::vector<Value> arguments) {
    return invoke(store, add_host_function<function>(store, context), arguments);
  }
  template <auto function>
  Value result_of(std::vector<Value> arguments) {
    return std::get<Results>(call<function>(std::move(arguments))).at(0);
  }
  Store store;
  Context context;
};

TEST_F(HostFunctionCall, UnpacksEveryKindOfArgument) {
  const Value result = result_of<mix>({Value::i32(static_cast<uint32_t>(-5)), Value::i64(uint64_t{1} << 40),
                                       Value::f32(0.5f), Value::f64(0.25), Value::i32(2)});
  EXPECT_EQ(result, Value::f64(-5 + 0x1p40 + 0.5 + 0.25 + 2));
  EXPECT_EQ(context.calls, 1);
}

// The upper half of an i32's slot is undefined: it must not reach the function.
TEST_F(HostFunctionCall, IgnoresTheUpperHalfOfANarrowSlot) {
  Slot slots[] = {0xFFFF'FFFF'0000'0002};
  FunctionInstance& function = add_host_function<next_mode>(store, context);
  EXPECT_EQ(function.entry(function, nullptr, slots), Completion::returned);
  EXPECT_EQ(slots[0], 1u);
}

TEST_F(HostFunctionCall, PacksEveryKindOfResult) {
  EXPECT_EQ(std::get<Results>(call<nothing>({})), Results{});
  EXPECT_EQ(result_of<minus_one>({}), Value::i32(0xFFFF'FFFF));
  EXPECT_EQ(result_of<negated>({Value::i64(3)}), Value::i64(static_cast<uint64_t>(-3)));
  EXPECT_EQ(result_of<halved>({Value::f32(3)}), Value::f32(1.5f));
}

TEST_F(HostFunctionCall, ACompletionPassesThrough) {
  store.trap(TrapCode::host_failure);
  const Outcome outcome = call<fail>({Value::i32(0)});
  EXPECT_EQ(std::get<Trap>(outcome).code, TrapCode::host_failure);
}

TEST_F(HostFunctionCall, AHostResultIsAValueOrAnEnd) {
  EXPECT_EQ(result_of<mode_or_exit>({Value::i32(1)}), Value::i32(2));
  store.exit(9);
  EXPECT_EQ(std::get<Exit>(call<mode_or_exit>({Value::i32(2)})).code, 9u);
}

TEST_F(HostFunctionCall, MemoryOfTheCallerIsItsFirstOrEmpty) {
  FunctionInstance& function = add_host_function<memory_size>(store, context);
  Slot slots[1] = {};
  EXPECT_EQ(function.entry(function, nullptr, slots), Completion::returned);
  EXPECT_EQ(slots[0], 0u);
  Instance instance;
  EXPECT_EQ(function.entry(function, &instance, slots), Completion::returned);
  EXPECT_EQ(slots[0], 0u);
  instance.memory = &store.add_memory({.limits = {.minimum = 2, .maximum = {}}});
  EXPECT_EQ(function.entry(function, &instance, slots), Completion::returned);
  EXPECT_EQ(slots[0], 2u * 65'536);
}

}  // namespace
}  // namespace shallop
