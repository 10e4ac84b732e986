// SPDX-License-Identifier: Apache-2.0
// Values at the boundary of the engine: typed, self-describing. Inside the engine values live untagged in 64-bit slots
// (a v128 takes two); the function's type tells how to read them.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "wasm/types.hpp"

namespace shallop {

// One untagged cell of a frame or global. An i32 or f32 occupies the low four bytes and leaves the rest undefined.
// A reference is a pointer-sized number, 0 for null.
using Slot = uint64_t;

constexpr uint32_t slots_of(ValueType type) { return type == ValueType::v128 ? 2 : 1; }
constexpr uint32_t slots_of_all(std::span<const ValueType> types) {
  uint32_t slots = 0;
  for (const ValueType each : types) slots += slots_of(each);
  return slots;
}

// https://webassembly.github.io/spec/core/exec/runtime.html#values
struct Value {
  ValueType type = ValueType::i32;
  std::array<uint64_t, 2> bits{};  // [1] is used by v128 only

  static Value i32(uint32_t value) { return {ValueType::i32, {value, 0}}; }
  static Value i64(uint64_t value) { return {ValueType::i64, {value, 0}}; }
  static Value f32(float value) { return {ValueType::f32, {std::bit_cast<uint32_t>(value), 0}}; }
  static Value f64(double value) { return {ValueType::f64, {std::bit_cast<uint64_t>(value), 0}}; }
  bool operator==(const Value&) const = default;
};

}  // namespace shallop
