// SPDX-License-Identifier: Apache-2.0
// What numeric instructions compute: one pure function for each UNARY, BINARY and COMPARE row of opcodes.def, named as
// the row's id. Engines, constant expressions and tests use these and nothing else.
// https://webassembly.github.io/spec/core/exec/numerics.html
//
// i32 and i64 are unsigned here and read as two's complement where an instruction is signed; comparisons are bool; a
// partial function returns its trap and writes `result` only where there is none. The host's float and double are IEEE
// 754 in round-to-nearest with masked exceptions, as every Linux process starts; NaN payloads are the host's, which the
// specification leaves open, but a signalling NaN never comes out of arithmetic.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#include "wasm/trap.hpp"

namespace shallop::numerics {

static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);

// --- Integers: https://webassembly.github.io/spec/core/exec/numerics.html#integer-operations ---

namespace detail {

constexpr int32_t as_signed(uint32_t a) { return static_cast<int32_t>(a); }
constexpr int64_t as_signed(uint64_t a) { return static_cast<int64_t>(a); }

template <class Unsigned>
constexpr TrapCode div_s(Unsigned a, Unsigned b, Unsigned& result) {
  if (b == 0) [[unlikely]]
    return TrapCode::integer_divide_by_zero;
  constexpr Unsigned minimum = Unsigned{1} << (sizeof(Unsigned) * 8 - 1);
  if (a == minimum && b == static_cast<Unsigned>(-1)) [[unlikely]]
    return TrapCode::integer_overflow;
  result = static_cast<Unsigned>(as_signed(a) / as_signed(b));
  return TrapCode::none;
}

template <class Unsigned>
constexpr TrapCode div_u(Unsigned a, Unsigned b, Unsigned& result) {
  if (b == 0) [[unlikely]]
    return TrapCode::integer_divide_by_zero;
  result = a / b;
  return TrapCode::none;
}

template <class Unsigned>
constexpr TrapCode rem_s(Unsigned a, Unsigned b, Unsigned& result) {
  if (b == 0) [[unlikely]]
    return TrapCode::integer_divide_by_zero;
  // The smallest number's remainder by -1 is 0, but its division overflows, in C++ and in the processor.
  result = b == static_cast<Unsigned>(-1) ? 0 : static_cast<Unsigned>(as_signed(a) % as_signed(b));
  return TrapCode::none;
}

template <class Unsigned>
constexpr TrapCode rem_u(Unsigned a, Unsigned b, Unsigned& result) {
  if (b == 0) [[unlikely]]
    return TrapCode::integer_divide_by_zero;
  result = a % b;
  return TrapCode::none;
}

}  // namespace detail

constexpr uint32_t i32_eqz(uint32_t a) { return a == 0; }
constexpr uint32_t i32_clz(uint32_t a) { return static_cast<uint32_t>(std::countl_zero(a)); }
constexpr uint32_t i32_ctz(uint32_t a) { return static_cast<uint32_t>(std::countr_zero(a)); }
constexpr uint32_t i32_popcnt(uint32_t a) { return static_cast<uint32_t>(std::popcount(a)); }
constexpr uint32_t i32_extend8_s(uint32_t a) { return static_cast<uint32_t>(static_cast<int8_t>(a)); }
constexpr uint32_t i32_extend16_s(uint32_t a) { return static_cast<uint32_t>(static_cast<int16_t>(a)); }

constexpr bool i32_eq(uint32_t a, uint32_t b) { return a == b; }
constexpr bool i32_ne(uint32_t a, uint32_t b) { return a != b; }
constexpr bool i32_lt_s(uint32_t a, uint32_t b) { return detail::as_signed(a) < detail::as_signed(b); }
constexpr bool i32_lt_u(uint32_t a, uint32_t b) { return a < b; }
constexpr bool i32_gt_s(uint32_t a, uint32_t b) { return detail::as_signed(a) > detail::as_signed(b); }
constexpr bool i32_gt_u(uint32_t a, uint32_t b) { return a > b; }
constexpr bool i32_le_s(uint32_t a, uint32_t b) { return detail::as_signed(a) <= detail::as_signed(b); }
constexpr bool i32_le_u(uint32_t a, uint32_t b) { return a <= b; }
constexpr bool i32_ge_s(uint32_t a, uint32_t b) { return detail::as_signed(a) >= detail::as_signed(b); }
constexpr bool i32_ge_u(uint32_t a, uint32_t b) { return a >= b; }

constexpr uint32_t i32_add(uint32_t a, uint32_t b) { return a + b; }
constexpr uint32_t i32_sub(uint32_t a, uint32_t b) { return a - b; }
constexpr uint32_t i32_mul(uint32_t a, uint32_t b) { return a * b; }
constexpr TrapCode i32_div_s(uint32_t a, uint32_t b, uint32_t& result) { return detail::div_s(a, b, result); }
constexpr TrapCode i32_div_u(uint32_t a, uint32_t b, uint32_t& result) { return detail::div_u(a, b, result); }
constexpr TrapCode i32_rem_s(uint32_t a, uint32_t b, uint32_t& result) { return detail::rem_s(a, b, result); }
constexpr TrapCode i32_rem_u(uint32_t a, uint32_t b, uint32_t& result) { return detail::rem_u(a, b, result); }
constexpr uint32_t i32_and(uint32_t a, uint32_t b) { return a & b; }
constexpr uint32_t i32_or(uint32_t a, uint32_t b) { return a | b; }
constexpr uint32_t i32_xor(uint32_t a, uint32_t b) { return a ^ b; }
constexpr uint32_t i32_shl(uint32_t a, uint32_t b) { return a << (b & 31); }
constexpr uint32_t i32_shr_s(uint32_t a, uint32_t b) { return static_cast<uint32_t>(detail::as_signed(a) >> (b & 31)); }
constexpr uint32_t i32_shr_u(uint32_t a, uint32_t b) { return a >> (b & 31); }
constexpr uint32_t i32_rotl(uint32_t a, uint32_t b) { return std::rotl(a, static_cast<int>(b & 31)); }
constexpr uint32_t i32_rotr(uint32_t a, uint32_t b) { return std::rotr(a, static_cast<int>(b & 31)); }

constexpr uint32_t i64_eqz(uint64_t a) { return a == 0; }
constexpr uint64_t i64_clz(uint64_t a) { return static_cast<uint64_t>(std::countl_zero(a)); }
constexpr uint64_t i64_ctz(uint64_t a) { return static_cast<uint64_t>(std::countr_zero(a)); }
constexpr uint64_t i64_popcnt(uint64_t a) { return static_cast<uint64_t>(std::popcount(a)); }
constexpr uint64_t i64_extend8_s(uint64_t a) { return static_cast<uint64_t>(static_cast<int8_t>(a)); }
constexpr uint64_t i64_extend16_s(uint64_t a) { return static_cast<uint64_t>(static_cast<int16_t>(a)); }
constexpr uint64_t i64_extend32_s(uint64_t a) { return static_cast<uint64_t>(static_cast<int32_t>(a)); }

constexpr bool i64_eq(uint64_t a, uint64_t b) { return a == b; }
constexpr bool i64_ne(uint64_t a, uint64_t b) { return a != b; }
constexpr bool i64_lt_s(uint64_t a, uint64_t b) { return detail::as_signed(a) < detail::as_signed(b); }
constexpr bool i64_lt_u(uint64_t a, uint64_t b) { return a < b; }
constexpr bool i64_gt_s(uint64_t a, uint64_t b) { return detail::as_signed(a) > detail::as_signed(b); }
constexpr bool i64_gt_u(uint64_t a, uint64_t b) { return a > b; }
constexpr bool i64_le_s(uint64_t a, uint64_t b) { return detail::as_signed(a) <= detail::as_signed(b); }
constexpr bool i64_le_u(uint64_t a, uint64_t b) { return a <= b; }
constexpr bool i64_ge_s(uint64_t a, uint64_t b) { return detail::as_signed(a) >= detail::as_signed(b); }
constexpr bool i64_ge_u(uint64_t a, uint64_t b) { return a >= b; }

constexpr uint64_t i64_add(uint64_t a, uint64_t b) { return a + b; }
constexpr uint64_t i64_sub(uint64_t a, uint64_t b) { return a - b; }
constexpr uint64_t i64_mul(uint64_t a, uint64_t b) { return a * b; }
constexpr TrapCode i64_div_s(uint64_t a, uint64_t b, uint64_t& result) { return detail::div_s(a, b, result); }
constexpr TrapCode i64_div_u(uint64_t a, uint64_t b, uint64_t& result) { return detail::div_u(a, b, result); }
constexpr TrapCode i64_rem_s(uint64_t a, uint64_t b, uint64_t& result) { return detail::rem_s(a, b, result); }
constexpr TrapCode i64_rem_u(uint64_t a, uint64_t b, uint64_t& result) { return detail::rem_u(a, b, result); }
constexpr uint64_t i64_and(uint64_t a, uint64_t b) { return a & b; }
constexpr uint64_t i64_or(uint64_t a, uint64_t b) { return a | b; }
constexpr uint64_t i64_xor(uint64_t a, uint64_t b) { return a ^ b; }
constexpr uint64_t i64_shl(uint64_t a, uint64_t b) { return a << (b & 63); }
constexpr uint64_t i64_shr_s(uint64_t a, uint64_t b) { return static_cast<uint64_t>(detail::as_signed(a) >> (b & 63)); }
constexpr uint64_t i64_shr_u(uint64_t a, uint64_t b) { return a >> (b & 63); }
constexpr uint64_t i64_rotl(uint64_t a, uint64_t b) { return std::rotl(a, static_cast<int>(b & 63)); }
constexpr uint64_t i64_rotr(uint64_t a, uint64_t b) { return std::rotr(a, static_cast<int>(b & 63)); }

// --- Floating point: https://webassembly.github.io/spec/core/exec/numerics.html#floating-point-operations ---

namespace detail {

template <class Float>
struct FloatFormat;
template <>
struct FloatFormat<float> {
  using Bits = uint32_t;
  static constexpr Bits sign = 0x8000'0000;
  static constexpr float first_without_fraction = 0x1p23f;
};
template <>
struct FloatFormat<double> {
  using Bits = uint64_t;
  static constexpr Bits sign = 0x8000'0000'0000'0000;
  static constexpr double first_without_fraction = 0x1p52;
};

template <class Float>
constexpr auto bits(Float a) {
  return std::bit_cast<typename FloatFormat<Float>::Bits>(a);
}

// abs, neg and copysign are operations on bits: a NaN keeps its payload, signalling or not.
template <class Float>
constexpr Float abs(Float a) {
  return std::bit_cast<Float>(bits(a) & ~FloatFormat<Float>::sign);
}
template <class Float>
constexpr Float neg(Float a) {
  return std::bit_cast<Float>(bits(a) ^ FloatFormat<Float>::sign);
}
template <class Float>
constexpr Float copysign(Float a, Float sign_of) {
  if constexpr (sizeof(Float) == sizeof(float))
    return __builtin_copysignf(a, sign_of);
  else
    return __builtin_copysign(a, sign_of);
}

// Rounding without SSE4.1's instructions, which the x86-64 baseline lacks: adding 2^23 (2^52) pushes the fraction out
// of the significand, rounded to even, and subtracting it brings the integer back. From that magnitude on every number
// is an integer already. A NaN takes the way through the addition, which makes it quiet.
template <class Float>
constexpr Float add_and_take(Float magnitude) {
  constexpr Float bias = FloatFormat<Float>::first_without_fraction;
  return (magnitude + bias) - bias;
}
template <class Float>
constexpr Float rounded_or_same(Float a, Float rounded) {
  return abs(a) >= FloatFormat<Float>::first_without_fraction ? a : rounded;
}
template <class Float>
constexpr Float nearest(Float a) {
  return rounded_or_same(a, copysign(add_and_take(abs(a)), a));
}
template <class Float>
constexpr Float floor(Float a) {
  const Float integer = copysign(add_and_take(abs(a)), a);
  return rounded_or_same(a, integer - (integer > a ? Float{1} : Float{0}));
}
// Between -1 and 0 lies -0, which the sum of -1 and 1 is not.
template <class Float>
constexpr Float ceil(Float a) {
  const Float integer = copysign(add_and_take(abs(a)), a);
  return rounded_or_same(a, copysign(integer + (integer < a ? Float{1} : Float{0}), a));
}
template <class Float>
constexpr Float trunc(Float a) {
  const Float integer = add_and_take(abs(a));
  return rounded_or_same(a, copysign(integer - (integer > abs(a) ? Float{1} : Float{0}), a));
}

// Equal operands differ at most in the sign of zero: or-ing the bits finds -0, and-ing them +0.
template <class Float>
constexpr Float min(Float a, Float b) {
  if (a != a || b != b) [[unlikely]]
    return a + b;
  return std::bit_cast<Float>(bits(a < b ? a : b) | bits(b < a ? b : a));
}
template <class Float>
constexpr Float max(Float a, Float b) {
  if (a != a || b != b) [[unlikely]]
    return a + b;
  return std::bit_cast<Float>(bits(a > b ? a : b) & bits(b > a ? b : a));
}

}  // namespace detail

constexpr bool f32_eq(float a, float b) { return a == b; }
constexpr bool f32_ne(float a, float b) { return a != b; }
constexpr bool f32_lt(float a, float b) { return a < b; }
constexpr bool f32_gt(float a, float b) { return a > b; }
constexpr bool f32_le(float a, float b) { return a <= b; }
constexpr bool f32_ge(float a, float b) { return a >= b; }

constexpr float f32_abs(float a) { return detail::abs(a); }
constexpr float f32_neg(float a) { return detail::neg(a); }
constexpr float f32_ceil(float a) { return detail::ceil(a); }
constexpr float f32_floor(float a) { return detail::floor(a); }
constexpr float f32_trunc(float a) { return detail::trunc(a); }
constexpr float f32_nearest(float a) { return detail::nearest(a); }
// Not __builtin_sqrtf: that one calls the library for negative numbers, to set errno.
inline float f32_sqrt(float a) { return __builtin_elementwise_sqrt(a); }
constexpr float f32_add(float a, float b) { return a + b; }
constexpr float f32_sub(float a, float b) { return a - b; }
constexpr float f32_mul(float a, float b) { return a * b; }
constexpr float f32_div(float a, float b) { return a / b; }
constexpr float f32_min(float a, float b) { return detail::min(a, b); }
constexpr float f32_max(float a, float b) { return detail::max(a, b); }
constexpr float f32_copysign(float a, float b) { return detail::copysign(a, b); }

constexpr bool f64_eq(double a, double b) { return a == b; }
constexpr bool f64_ne(double a, double b) { return a != b; }
constexpr bool f64_lt(double a, double b) { return a < b; }
constexpr bool f64_gt(double a, double b) { return a > b; }
constexpr bool f64_le(double a, double b) { return a <= b; }
constexpr bool f64_ge(double a, double b) { return a >= b; }

constexpr double f64_abs(double a) { return detail::abs(a); }
constexpr double f64_neg(double a) { return detail::neg(a); }
constexpr double f64_ceil(double a) { return detail::ceil(a); }
constexpr double f64_floor(double a) { return detail::floor(a); }
constexpr double f64_trunc(double a) { return detail::trunc(a); }
constexpr double f64_nearest(double a) { return detail::nearest(a); }
inline double f64_sqrt(double a) { return __builtin_elementwise_sqrt(a); }
constexpr double f64_add(double a, double b) { return a + b; }
constexpr double f64_sub(double a, double b) { return a - b; }
constexpr double f64_mul(double a, double b) { return a * b; }
constexpr double f64_div(double a, double b) { return a / b; }
constexpr double f64_min(double a, double b) { return detail::min(a, b); }
constexpr double f64_max(double a, double b) { return detail::max(a, b); }
constexpr double f64_copysign(double a, double b) { return detail::copysign(a, b); }

// --- Conversions: https://webassembly.github.io/spec/core/exec/numerics.html#conversions ---

namespace detail {

// The numbers strictly between `below` and `above` truncate to the integers of the result's type: `above` is the first
// power of two too large, `below` the greatest number too small.
template <class Float>
struct TruncationRange {
  Float below;
  Float above;
  constexpr bool contains(Float a) const { return a > below && a < above; }
};
template <class Integer, class Float>
inline constexpr TruncationRange<Float> truncation_range{};
template <>
inline constexpr TruncationRange<float> truncation_range<int32_t, float>{-2147483904.0f, 0x1p31f};
template <>
inline constexpr TruncationRange<float> truncation_range<uint32_t, float>{-1.0f, 0x1p32f};
template <>
inline constexpr TruncationRange<double> truncation_range<int32_t, double>{-2147483649.0, 0x1p31};
template <>
inline constexpr TruncationRange<double> truncation_range<uint32_t, double>{-1.0, 0x1p32};
template <>
inline constexpr TruncationRange<float> truncation_range<int64_t, float>{-9223373136366403584.0f, 0x1p63f};
template <>
inline constexpr TruncationRange<float> truncation_range<uint64_t, float>{-1.0f, 0x1p64f};
template <>
inline constexpr TruncationRange<double> truncation_range<int64_t, double>{-9223372036854777856.0, 0x1p63};
template <>
inline constexpr TruncationRange<double> truncation_range<uint64_t, double>{-1.0, 0x1p64};

template <class Integer, class Float, class Result>
constexpr TrapCode truncate(Float a, Result& result) {
  if (truncation_range<Integer, Float>.contains(a)) [[likely]] {
    result = static_cast<Result>(static_cast<Integer>(a));
    return TrapCode::none;
  }
  return a != a ? TrapCode::invalid_conversion_to_integer : TrapCode::integer_overflow;
}

template <class Integer, class Float>
constexpr Integer saturate(Float a) {
  if (truncation_range<Integer, Float>.contains(a)) [[likely]]
    return static_cast<Integer>(a);
  if (a != a) return 0;
  return a < 0 ? std::numeric_limits<Integer>::min() : std::numeric_limits<Integer>::max();
}

}  // namespace detail

constexpr uint32_t i32_wrap_i64(uint64_t a) { return static_cast<uint32_t>(a); }
constexpr uint64_t i64_extend_i32_s(uint32_t a) { return static_cast<uint64_t>(detail::as_signed(a)); }
constexpr uint64_t i64_extend_i32_u(uint32_t a) { return a; }

constexpr TrapCode i32_trunc_f32_s(float a, uint32_t& result) { return detail::truncate<int32_t>(a, result); }
constexpr TrapCode i32_trunc_f32_u(float a, uint32_t& result) { return detail::truncate<uint32_t>(a, result); }
constexpr TrapCode i32_trunc_f64_s(double a, uint32_t& result) { return detail::truncate<int32_t>(a, result); }
constexpr TrapCode i32_trunc_f64_u(double a, uint32_t& result) { return detail::truncate<uint32_t>(a, result); }
constexpr TrapCode i64_trunc_f32_s(float a, uint64_t& result) { return detail::truncate<int64_t>(a, result); }
constexpr TrapCode i64_trunc_f32_u(float a, uint64_t& result) { return detail::truncate<uint64_t>(a, result); }
constexpr TrapCode i64_trunc_f64_s(double a, uint64_t& result) { return detail::truncate<int64_t>(a, result); }
constexpr TrapCode i64_trunc_f64_u(double a, uint64_t& result) { return detail::truncate<uint64_t>(a, result); }

constexpr uint32_t i32_trunc_sat_f32_s(float a) { return static_cast<uint32_t>(detail::saturate<int32_t>(a)); }
constexpr uint32_t i32_trunc_sat_f32_u(float a) { return detail::saturate<uint32_t>(a); }
constexpr uint32_t i32_trunc_sat_f64_s(double a) { return static_cast<uint32_t>(detail::saturate<int32_t>(a)); }
constexpr uint32_t i32_trunc_sat_f64_u(double a) { return detail::saturate<uint32_t>(a); }
constexpr uint64_t i64_trunc_sat_f32_s(float a) { return static_cast<uint64_t>(detail::saturate<int64_t>(a)); }
constexpr uint64_t i64_trunc_sat_f32_u(float a) { return detail::saturate<uint64_t>(a); }
constexpr uint64_t i64_trunc_sat_f64_s(double a) { return static_cast<uint64_t>(detail::saturate<int64_t>(a)); }
constexpr uint64_t i64_trunc_sat_f64_u(double a) { return detail::saturate<uint64_t>(a); }

constexpr float f32_convert_i32_s(uint32_t a) { return static_cast<float>(detail::as_signed(a)); }
constexpr float f32_convert_i32_u(uint32_t a) { return static_cast<float>(a); }
constexpr float f32_convert_i64_s(uint64_t a) { return static_cast<float>(detail::as_signed(a)); }
constexpr float f32_convert_i64_u(uint64_t a) { return static_cast<float>(a); }
constexpr float f32_demote_f64(double a) { return static_cast<float>(a); }
constexpr double f64_convert_i32_s(uint32_t a) { return static_cast<double>(detail::as_signed(a)); }
constexpr double f64_convert_i32_u(uint32_t a) { return static_cast<double>(a); }
constexpr double f64_convert_i64_s(uint64_t a) { return static_cast<double>(detail::as_signed(a)); }
constexpr double f64_convert_i64_u(uint64_t a) { return static_cast<double>(a); }
constexpr double f64_promote_f32(float a) { return static_cast<double>(a); }

constexpr uint32_t i32_reinterpret_f32(float a) { return std::bit_cast<uint32_t>(a); }
constexpr uint64_t i64_reinterpret_f64(double a) { return std::bit_cast<uint64_t>(a); }
constexpr float f32_reinterpret_i32(uint32_t a) { return std::bit_cast<float>(a); }
constexpr double f64_reinterpret_i64(uint64_t a) { return std::bit_cast<double>(a); }

}  // namespace shallop::numerics
