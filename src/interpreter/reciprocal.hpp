// SPDX-License-Identifier: Apache-2.0
// Division by a constant as a multiplication: a reciprocal that is computed once, when code is lowered, and the
// quotients that it gives, exact for every dividend. The numbers are those of Granlund and Montgomery, "Division by
// Invariant Integers using Multiplication" (PLDI 1994), figures 4.1 and 5.1; for 32 bits the product has so many bits
// to spare that the corrections fall away.
#pragma once

#include <bit>
#include <cstdint>

namespace shallop::interpreter {

namespace detail {

__extension__ using Product = unsigned __int128;
__extension__ using SignedProduct = __int128;

constexpr uint64_t high(uint64_t a, uint64_t b) { return static_cast<uint64_t>(Product{a} * b >> 64); }
constexpr int64_t high(int64_t a, int64_t b) { return static_cast<int64_t>(SignedProduct{a} * b >> 64); }

}  // namespace detail

struct Reciprocal {
  uint64_t multiplier;
  uint32_t shift;  // 0 for 32 bits
};

// Of a divisor that is 2 at least; of a signed division, of its magnitude.
template <class T>
constexpr Reciprocal reciprocal(uint64_t divisor);

// 2^64 / d rounded up: too much by less than 1, so a product with it by less than 2^32. From a quotient to the next
// integer it is 2^64 / d at least, which is more.
template <>
constexpr Reciprocal reciprocal<uint32_t>(uint64_t divisor) {
  return {.multiplier = UINT64_MAX / divisor + 1, .shift = 0};
}

// The same for 2^63 and dividends of 31 bits and a sign, but more than 2^63 / d even where that is an integer: rounded
// down, the product with a negative dividend is always one less than the quotient.
template <>
constexpr Reciprocal reciprocal<int32_t>(uint64_t divisor) {
  return {.multiplier = (uint64_t{1} << 63) / divisor + 1, .shift = 0};
}

// Without its topmost bit, the 65th.
template <>
constexpr Reciprocal reciprocal<uint64_t>(uint64_t divisor) {
  const auto bits = static_cast<uint32_t>(std::bit_width(divisor - 1));
  const uint64_t difference = (bits == 64 ? 0 : uint64_t{1} << bits) - divisor;
  return {.multiplier = static_cast<uint64_t>((detail::Product{difference} << 64) / divisor) + 1, .shift = bits - 1};
}

// Less 2^64, as a signed number.
template <>
constexpr Reciprocal reciprocal<int64_t>(uint64_t divisor) {
  const auto bits = static_cast<uint32_t>(std::bit_width(divisor - 1));
  return {.multiplier = static_cast<uint64_t>((detail::Product{1} << (63 + bits)) / divisor) + 1, .shift = bits - 1};
}

constexpr uint32_t quotient(uint32_t a, Reciprocal by) {
  return static_cast<uint32_t>(detail::high(uint64_t{a}, by.multiplier));
}
constexpr int32_t quotient(int32_t a, Reciprocal by) {
  const int64_t floor = detail::high(int64_t{a} * 2, static_cast<int64_t>(by.multiplier));
  return static_cast<int32_t>(floor - (floor >> 63));  // towards zero
}
constexpr uint64_t quotient(uint64_t a, Reciprocal by) {
  const uint64_t low = detail::high(a, by.multiplier);
  return (low + (a - low) / 2) >> by.shift;
}
constexpr int64_t quotient(int64_t a, Reciprocal by) {
  const auto high = static_cast<uint64_t>(detail::high(a, static_cast<int64_t>(by.multiplier)));
  const auto floor = static_cast<int64_t>(high + static_cast<uint64_t>(a)) >> by.shift;
  return floor - (a >> 63);  // towards zero
}

}  // namespace shallop::interpreter
