// SPDX-License-Identifier: Apache-2.0
// Vector instructions on float lanes, and conversions of lanes: part of simd_numerics.hpp. The methods are those of
// numerics.hpp with masks instead of branches.
// https://webassembly.github.io/spec/core/exec/numerics.html#floating-point-operations
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#include "wasm/numerics.hpp"
#include "wasm/simd_integers.hpp"
#include "wasm/v128.hpp"

namespace shallop::numerics {

namespace detail {

template <class Float>
using FloatBits = FloatFormat<Float>::Bits;

// abs and neg are operations on bits: a NaN keeps its payload, signalling or not.
template <class Float>
inline V128 lanes_abs(V128 a) {
  return v128(lanes<FloatBits<Float>>(a) & ~FloatFormat<Float>::sign);
}
template <class Float>
inline V128 lanes_neg(V128 a) {
  return v128(lanes<FloatBits<Float>>(a) ^ FloatFormat<Float>::sign);
}
template <class Float>
inline Lanes<Float> lanes_copysign(Lanes<Float> a, V128 sign_of) {
  return lanes<Float>(lanes_abs<Float>(v128(a)) | v128(lanes<FloatBits<Float>>(sign_of) & FloatFormat<Float>::sign));
}

// Rounding as in numerics.hpp: magnitude + 2^23 - 2^23, corrected by at most 1.
template <class Float>
inline Lanes<Float> lanes_add_and_take(V128 a) {
  constexpr Float bias = FloatFormat<Float>::first_without_fraction;
  return (lanes<Float>(lanes_abs<Float>(a)) + bias) - bias;
}
template <class Float>
inline V128 lanes_rounded_or_same(V128 a, Lanes<Float> rounded) {
  const auto has_no_fraction = lanes<Float>(lanes_abs<Float>(a)) >= FloatFormat<Float>::first_without_fraction;
  return v128(has_no_fraction ? lanes<Float>(a) : rounded);
}
// 1 where `condition` holds, else 0.
template <class Float, class Truths>
inline Lanes<Float> one_where(Truths condition) {
  return condition ? Lanes<Float>{} + 1 : Lanes<Float>{};
}
template <class Float>
inline V128 lanes_nearest(V128 a) {
  return lanes_rounded_or_same<Float>(a, lanes_copysign<Float>(lanes_add_and_take<Float>(a), a));
}
template <class Float>
inline V128 lanes_floor(V128 a) {
  const Lanes<Float> integer = lanes_copysign<Float>(lanes_add_and_take<Float>(a), a);
  return lanes_rounded_or_same<Float>(a, integer - one_where<Float>(integer > lanes<Float>(a)));
}
template <class Float>
inline V128 lanes_ceil(V128 a) {
  const Lanes<Float> integer = lanes_copysign<Float>(lanes_add_and_take<Float>(a), a);
  return lanes_rounded_or_same<Float>(a,
                                      lanes_copysign<Float>(integer + one_where<Float>(integer < lanes<Float>(a)), a));
}
template <class Float>
inline V128 lanes_trunc(V128 a) {
  const Lanes<Float> integer = lanes_add_and_take<Float>(a);
  const auto is_beyond = integer > lanes<Float>(lanes_abs<Float>(a));
  return lanes_rounded_or_same<Float>(a, lanes_copysign<Float>(integer - one_where<Float>(is_beyond), a));
}

// Equal lanes differ at most in the sign of zero: or-ing the bits finds -0, and-ing them +0. The sum of a NaN and
// anything is that NaN, quiet.
template <class Float>
inline V128 lanes_min(V128 a, V128 b) {
  const auto x = lanes<Float>(a);
  const auto y = lanes<Float>(b);
  const V128 smaller = v128(x < y ? x : y) | v128(y < x ? y : x);
  return v128(((x != x) | (y != y)) ? x + y : lanes<Float>(smaller));
}
template <class Float>
inline V128 lanes_max(V128 a, V128 b) {
  const auto x = lanes<Float>(a);
  const auto y = lanes<Float>(b);
  const V128 larger = v128(x > y ? x : y) & v128(y > x ? y : x);
  return v128(((x != x) | (y != y)) ? x + y : lanes<Float>(larger));
}
// These are comparisons only: an operand comes out as it is.
template <class Float>
inline V128 lanes_pmin(V128 a, V128 b) {
  return v128(lanes<Float>(b) < lanes<Float>(a) ? lanes<Float>(b) : lanes<Float>(a));
}
template <class Float>
inline V128 lanes_pmax(V128 a, V128 b) {
  return v128(lanes<Float>(a) < lanes<Float>(b) ? lanes<Float>(b) : lanes<Float>(a));
}

// Lanes that an integer cannot hold are replaced before the conversion, which leaves those undefined: NaN and all below
// by what comes out right, those from 2^31 or 2^32 on by 0, to become the highest number behind it. `Converted` has as
// many lanes as `Floats`.
template <class Integer, class Converted, class Floats>
inline Converted saturate_lanes(Floats a) {
  constexpr auto above = truncation_range<Integer, std::remove_cvref_t<decltype(a[0])>>.above;
  constexpr auto lowest = std::is_signed_v<Integer> ? -above : 0;
  const Floats numbers = a == a ? a : Floats{};
  const Floats from_lowest = numbers > lowest ? numbers : Floats{} + lowest;
  const auto is_above = from_lowest >= above;
  const Converted integers = __builtin_convertvector(is_above ? Floats{} : from_lowest, Converted);
  return __builtin_convertvector(is_above, Converted) != 0 ? Converted{} + std::numeric_limits<Integer>::max()
                                                           : integers;
}

// Eight bytes in the low lanes, zeros in the high ones.
template <class Half>
inline V128 zero_extended(Half half) {
  return V128{std::bit_cast<uint64_t>(half), 0};
}

}  // namespace detail

// --- f32x4 ---

inline V128 f32x4_eq(V128 a, V128 b) { return v128(lanes<float>(a) == lanes<float>(b)); }
inline V128 f32x4_ne(V128 a, V128 b) { return v128(lanes<float>(a) != lanes<float>(b)); }
inline V128 f32x4_lt(V128 a, V128 b) { return v128(lanes<float>(a) < lanes<float>(b)); }
inline V128 f32x4_gt(V128 a, V128 b) { return v128(lanes<float>(a) > lanes<float>(b)); }
inline V128 f32x4_le(V128 a, V128 b) { return v128(lanes<float>(a) <= lanes<float>(b)); }
inline V128 f32x4_ge(V128 a, V128 b) { return v128(lanes<float>(a) >= lanes<float>(b)); }

inline V128 f32x4_ceil(V128 a) { return detail::lanes_ceil<float>(a); }
inline V128 f32x4_floor(V128 a) { return detail::lanes_floor<float>(a); }
inline V128 f32x4_trunc(V128 a) { return detail::lanes_trunc<float>(a); }
inline V128 f32x4_nearest(V128 a) { return detail::lanes_nearest<float>(a); }
inline V128 f32x4_abs(V128 a) { return detail::lanes_abs<float>(a); }
inline V128 f32x4_neg(V128 a) { return detail::lanes_neg<float>(a); }
inline V128 f32x4_sqrt(V128 a) { return v128(__builtin_elementwise_sqrt(lanes<float>(a))); }
inline V128 f32x4_add(V128 a, V128 b) { return v128(lanes<float>(a) + lanes<float>(b)); }
inline V128 f32x4_sub(V128 a, V128 b) { return v128(lanes<float>(a) - lanes<float>(b)); }
inline V128 f32x4_mul(V128 a, V128 b) { return v128(lanes<float>(a) * lanes<float>(b)); }
inline V128 f32x4_div(V128 a, V128 b) { return v128(lanes<float>(a) / lanes<float>(b)); }
inline V128 f32x4_min(V128 a, V128 b) { return detail::lanes_min<float>(a, b); }
inline V128 f32x4_max(V128 a, V128 b) { return detail::lanes_max<float>(a, b); }
inline V128 f32x4_pmin(V128 a, V128 b) { return detail::lanes_pmin<float>(a, b); }
inline V128 f32x4_pmax(V128 a, V128 b) { return detail::lanes_pmax<float>(a, b); }

// --- f64x2 ---

inline V128 f64x2_eq(V128 a, V128 b) { return v128(lanes<double>(a) == lanes<double>(b)); }
inline V128 f64x2_ne(V128 a, V128 b) { return v128(lanes<double>(a) != lanes<double>(b)); }
inline V128 f64x2_lt(V128 a, V128 b) { return v128(lanes<double>(a) < lanes<double>(b)); }
inline V128 f64x2_gt(V128 a, V128 b) { return v128(lanes<double>(a) > lanes<double>(b)); }
inline V128 f64x2_le(V128 a, V128 b) { return v128(lanes<double>(a) <= lanes<double>(b)); }
inline V128 f64x2_ge(V128 a, V128 b) { return v128(lanes<double>(a) >= lanes<double>(b)); }

inline V128 f64x2_ceil(V128 a) { return detail::lanes_ceil<double>(a); }
inline V128 f64x2_floor(V128 a) { return detail::lanes_floor<double>(a); }
inline V128 f64x2_trunc(V128 a) { return detail::lanes_trunc<double>(a); }
inline V128 f64x2_nearest(V128 a) { return detail::lanes_nearest<double>(a); }
inline V128 f64x2_abs(V128 a) { return detail::lanes_abs<double>(a); }
inline V128 f64x2_neg(V128 a) { return detail::lanes_neg<double>(a); }
inline V128 f64x2_sqrt(V128 a) { return v128(__builtin_elementwise_sqrt(lanes<double>(a))); }
inline V128 f64x2_add(V128 a, V128 b) { return v128(lanes<double>(a) + lanes<double>(b)); }
inline V128 f64x2_sub(V128 a, V128 b) { return v128(lanes<double>(a) - lanes<double>(b)); }
inline V128 f64x2_mul(V128 a, V128 b) { return v128(lanes<double>(a) * lanes<double>(b)); }
inline V128 f64x2_div(V128 a, V128 b) { return v128(lanes<double>(a) / lanes<double>(b)); }
inline V128 f64x2_min(V128 a, V128 b) { return detail::lanes_min<double>(a, b); }
inline V128 f64x2_max(V128 a, V128 b) { return detail::lanes_max<double>(a, b); }
inline V128 f64x2_pmin(V128 a, V128 b) { return detail::lanes_pmin<double>(a, b); }
inline V128 f64x2_pmax(V128 a, V128 b) { return detail::lanes_pmax<double>(a, b); }

// --- Conversions: https://webassembly.github.io/spec/core/exec/numerics.html#conversions ---

inline V128 i32x4_trunc_sat_f32x4_s(V128 a) {
  return v128(detail::saturate_lanes<int32_t, Lanes<int32_t>>(lanes<float>(a)));
}
inline V128 i32x4_trunc_sat_f32x4_u(V128 a) {
  return v128(detail::saturate_lanes<uint32_t, Lanes<uint32_t>>(lanes<float>(a)));
}
inline V128 i32x4_trunc_sat_f64x2_s_zero(V128 a) {
  return detail::zero_extended(detail::saturate_lanes<int32_t, Lanes<int32_t, 8>>(lanes<double>(a)));
}
inline V128 i32x4_trunc_sat_f64x2_u_zero(V128 a) {
  return detail::zero_extended(detail::saturate_lanes<uint32_t, Lanes<uint32_t, 8>>(lanes<double>(a)));
}
inline V128 f32x4_convert_i32x4_s(V128 a) { return v128(__builtin_convertvector(lanes<int32_t>(a), Lanes<float>)); }
inline V128 f32x4_convert_i32x4_u(V128 a) { return v128(__builtin_convertvector(lanes<uint32_t>(a), Lanes<float>)); }
inline V128 f64x2_convert_low_i32x4_s(V128 a) {
  return v128(__builtin_convertvector(detail::low_lanes<int32_t>(a), Lanes<double>));
}
inline V128 f64x2_convert_low_i32x4_u(V128 a) {
  return v128(__builtin_convertvector(detail::low_lanes<uint32_t>(a), Lanes<double>));
}
inline V128 f32x4_demote_f64x2_zero(V128 a) {
  return detail::zero_extended(__builtin_convertvector(lanes<double>(a), Lanes<float, 8>));
}
inline V128 f64x2_promote_low_f32x4(V128 a) {
  return v128(__builtin_convertvector(detail::low_lanes<float>(a), Lanes<double>));
}

}  // namespace shallop::numerics
