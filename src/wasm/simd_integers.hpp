// SPDX-License-Identifier: Apache-2.0
// Vector instructions on integer lanes: part of simd_numerics.hpp. Lanes are unsigned where the sign does not matter,
// so that arithmetic wraps. https://webassembly.github.io/spec/core/exec/numerics.html#integer-operations
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "wasm/v128.hpp"

namespace shallop::numerics {

namespace detail {

// Eight bytes of a vector as lanes; converted to lanes of twice the width they fill a vector again.
template <class Lane>
inline Lanes<Lane, 8> low_lanes(V128 a) {
  return std::bit_cast<Lanes<Lane, 8>>(uint64_t{a[0]});
}
template <class Lane>
inline Lanes<Lane, 8> high_lanes(V128 a) {
  return std::bit_cast<Lanes<Lane, 8>>(uint64_t{a[1]});
}

template <class Wide, class Narrow>
inline V128 extend(Narrow a) {
  return v128(__builtin_convertvector(a, Lanes<Wide>));
}
// No product of narrow numbers overflows the wide ones.
template <class Wide, class Narrow>
inline V128 extended_product(Narrow a, Narrow b) {
  return v128(__builtin_convertvector(a, Lanes<Wide>) * __builtin_convertvector(b, Lanes<Wide>));
}

// Adds each pair of neighbours, extended: the even lanes are the low halves of wide ones, the odd lanes the high
// halves.
template <class Wide>
inline V128 extended_pairwise_sum(V128 a) {
  using Bits = std::make_unsigned_t<Wide>;
  constexpr int half = std::numeric_limits<Bits>::digits / 2;
  const auto even = reinterpret_cast<Lanes<Wide>>(lanes<Bits>(a) << half) >> half;
  const auto odd = lanes<Wide>(a) >> half;
  return v128(reinterpret_cast<Lanes<Bits>>(even) + reinterpret_cast<Lanes<Bits>>(odd));
}

// Signed lanes of both vectors, each brought into the range of Narrow.
template <class Narrow, class Wide>
inline V128 narrow(V128 a, V128 b) {
  using Both = Lanes<Wide, 32>;
  Both both;
  const Lanes<Wide> halves[] = {lanes<Wide>(a), lanes<Wide>(b)};
  static_assert(sizeof both == sizeof halves);
  __builtin_memcpy(&both, halves, sizeof both);
  constexpr Wide highest = std::numeric_limits<Narrow>::max();
  constexpr Wide lowest = std::is_signed_v<Narrow> ? -highest - 1 : 0;
  both = __builtin_elementwise_max(both, Both{} + lowest);
  both = __builtin_elementwise_min(both, Both{} + highest);
  return v128(__builtin_convertvector(both, Lanes<Narrow>));
}

// One bit for each lane that is true, the first lane in the lowest.
template <class Truths>
inline uint32_t packed(Truths truths) {
  constexpr unsigned count = sizeof(truths) / sizeof(truths[0]);
  using Bools = bool __attribute__((ext_vector_type(count)));
  using Bits = std::conditional_t<count == 16, uint16_t, uint8_t>;
  return std::bit_cast<Bits>(__builtin_convertvector(truths, Bools)) & ((1u << count) - 1);
}

template <class Lane>
inline uint32_t all_true(V128 a) {
  return __builtin_reduce_or(lanes<Lane>(a) == 0) == 0;
}

// The count of a shift is taken modulo the width of a lane.
template <class Lane>
inline V128 shl(V128 a, uint32_t count) {
  return v128(lanes<Lane>(a) << static_cast<Lane>(count % std::numeric_limits<std::make_unsigned_t<Lane>>::digits));
}
template <class Lane>
inline V128 shr(V128 a, uint32_t count) {
  return v128(lanes<Lane>(a) >> static_cast<Lane>(count % std::numeric_limits<std::make_unsigned_t<Lane>>::digits));
}

}  // namespace detail

// --- i8x16 ---

inline V128 i8x16_eq(V128 a, V128 b) { return v128(lanes<uint8_t>(a) == lanes<uint8_t>(b)); }
inline V128 i8x16_ne(V128 a, V128 b) { return v128(lanes<uint8_t>(a) != lanes<uint8_t>(b)); }
inline V128 i8x16_lt_s(V128 a, V128 b) { return v128(lanes<int8_t>(a) < lanes<int8_t>(b)); }
inline V128 i8x16_lt_u(V128 a, V128 b) { return v128(lanes<uint8_t>(a) < lanes<uint8_t>(b)); }
inline V128 i8x16_gt_s(V128 a, V128 b) { return v128(lanes<int8_t>(a) > lanes<int8_t>(b)); }
inline V128 i8x16_gt_u(V128 a, V128 b) { return v128(lanes<uint8_t>(a) > lanes<uint8_t>(b)); }
inline V128 i8x16_le_s(V128 a, V128 b) { return v128(lanes<int8_t>(a) <= lanes<int8_t>(b)); }
inline V128 i8x16_le_u(V128 a, V128 b) { return v128(lanes<uint8_t>(a) <= lanes<uint8_t>(b)); }
inline V128 i8x16_ge_s(V128 a, V128 b) { return v128(lanes<int8_t>(a) >= lanes<int8_t>(b)); }
inline V128 i8x16_ge_u(V128 a, V128 b) { return v128(lanes<uint8_t>(a) >= lanes<uint8_t>(b)); }

inline V128 i8x16_abs(V128 a) { return v128(__builtin_elementwise_abs(lanes<int8_t>(a))); }
inline V128 i8x16_neg(V128 a) { return v128(-lanes<uint8_t>(a)); }
// Sums of bits of neighbouring pairs, then of fours, then of all eight.
inline V128 i8x16_popcnt(V128 a) {
  const auto bits = lanes<uint8_t>(a);
  const auto pairs = bits - ((bits >> 1) & 0x55);
  const auto fours = (pairs & 0x33) + ((pairs >> 2) & 0x33);
  return v128((fours + (fours >> 4)) & 0x0F);
}
inline uint32_t i8x16_all_true(V128 a) { return detail::all_true<uint8_t>(a); }
inline uint32_t i8x16_bitmask(V128 a) { return detail::packed(lanes<int8_t>(a) < 0); }
inline V128 i8x16_narrow_i16x8_s(V128 a, V128 b) { return detail::narrow<int8_t, int16_t>(a, b); }
inline V128 i8x16_narrow_i16x8_u(V128 a, V128 b) { return detail::narrow<uint8_t, int16_t>(a, b); }
inline V128 i8x16_shl(V128 a, uint32_t b) { return detail::shl<uint8_t>(a, b); }
inline V128 i8x16_shr_s(V128 a, uint32_t b) { return detail::shr<int8_t>(a, b); }
inline V128 i8x16_shr_u(V128 a, uint32_t b) { return detail::shr<uint8_t>(a, b); }
inline V128 i8x16_add(V128 a, V128 b) { return v128(lanes<uint8_t>(a) + lanes<uint8_t>(b)); }
inline V128 i8x16_add_sat_s(V128 a, V128 b) {
  return v128(__builtin_elementwise_add_sat(lanes<int8_t>(a), lanes<int8_t>(b)));
}
inline V128 i8x16_add_sat_u(V128 a, V128 b) {
  return v128(__builtin_elementwise_add_sat(lanes<uint8_t>(a), lanes<uint8_t>(b)));
}
inline V128 i8x16_sub(V128 a, V128 b) { return v128(lanes<uint8_t>(a) - lanes<uint8_t>(b)); }
inline V128 i8x16_sub_sat_s(V128 a, V128 b) {
  return v128(__builtin_elementwise_sub_sat(lanes<int8_t>(a), lanes<int8_t>(b)));
}
inline V128 i8x16_sub_sat_u(V128 a, V128 b) {
  return v128(__builtin_elementwise_sub_sat(lanes<uint8_t>(a), lanes<uint8_t>(b)));
}
inline V128 i8x16_min_s(V128 a, V128 b) { return v128(__builtin_elementwise_min(lanes<int8_t>(a), lanes<int8_t>(b))); }
inline V128 i8x16_min_u(V128 a, V128 b) {
  return v128(__builtin_elementwise_min(lanes<uint8_t>(a), lanes<uint8_t>(b)));
}
inline V128 i8x16_max_s(V128 a, V128 b) { return v128(__builtin_elementwise_max(lanes<int8_t>(a), lanes<int8_t>(b))); }
inline V128 i8x16_max_u(V128 a, V128 b) {
  return v128(__builtin_elementwise_max(lanes<uint8_t>(a), lanes<uint8_t>(b)));
}
// The mean rounded up, without the ninth bit of the sum: or is the sum without carries, plus half of what differs.
inline V128 i8x16_avgr_u(V128 a, V128 b) {
  return v128((lanes<uint8_t>(a) | lanes<uint8_t>(b)) - ((lanes<uint8_t>(a) ^ lanes<uint8_t>(b)) >> 1));
}

// --- i16x8 ---

inline V128 i16x8_eq(V128 a, V128 b) { return v128(lanes<uint16_t>(a) == lanes<uint16_t>(b)); }
inline V128 i16x8_ne(V128 a, V128 b) { return v128(lanes<uint16_t>(a) != lanes<uint16_t>(b)); }
inline V128 i16x8_lt_s(V128 a, V128 b) { return v128(lanes<int16_t>(a) < lanes<int16_t>(b)); }
inline V128 i16x8_lt_u(V128 a, V128 b) { return v128(lanes<uint16_t>(a) < lanes<uint16_t>(b)); }
inline V128 i16x8_gt_s(V128 a, V128 b) { return v128(lanes<int16_t>(a) > lanes<int16_t>(b)); }
inline V128 i16x8_gt_u(V128 a, V128 b) { return v128(lanes<uint16_t>(a) > lanes<uint16_t>(b)); }
inline V128 i16x8_le_s(V128 a, V128 b) { return v128(lanes<int16_t>(a) <= lanes<int16_t>(b)); }
inline V128 i16x8_le_u(V128 a, V128 b) { return v128(lanes<uint16_t>(a) <= lanes<uint16_t>(b)); }
inline V128 i16x8_ge_s(V128 a, V128 b) { return v128(lanes<int16_t>(a) >= lanes<int16_t>(b)); }
inline V128 i16x8_ge_u(V128 a, V128 b) { return v128(lanes<uint16_t>(a) >= lanes<uint16_t>(b)); }

inline V128 i16x8_extadd_pairwise_i8x16_s(V128 a) { return detail::extended_pairwise_sum<int16_t>(a); }
inline V128 i16x8_extadd_pairwise_i8x16_u(V128 a) { return detail::extended_pairwise_sum<uint16_t>(a); }
inline V128 i16x8_abs(V128 a) { return v128(__builtin_elementwise_abs(lanes<int16_t>(a))); }
inline V128 i16x8_neg(V128 a) { return v128(-lanes<uint16_t>(a)); }
// Fractions of 2^15, multiplied and rounded: only -1 times -1 does not fit.
inline V128 i16x8_q15mulr_sat_s(V128 a, V128 b) {
  using Products = Lanes<int32_t, 32>;
  const auto products =
      __builtin_convertvector(lanes<int16_t>(a), Products) * __builtin_convertvector(lanes<int16_t>(b), Products);
  const auto rounded = (products + 0x4000) >> 15;
  return v128(__builtin_convertvector(__builtin_elementwise_min(rounded, Products{} + 0x7FFF), Lanes<int16_t>));
}
inline uint32_t i16x8_all_true(V128 a) { return detail::all_true<uint16_t>(a); }
inline uint32_t i16x8_bitmask(V128 a) { return detail::packed(lanes<int16_t>(a) < 0); }
inline V128 i16x8_narrow_i32x4_s(V128 a, V128 b) { return detail::narrow<int16_t, int32_t>(a, b); }
inline V128 i16x8_narrow_i32x4_u(V128 a, V128 b) { return detail::narrow<uint16_t, int32_t>(a, b); }
inline V128 i16x8_extend_low_i8x16_s(V128 a) { return detail::extend<int16_t>(detail::low_lanes<int8_t>(a)); }
inline V128 i16x8_extend_high_i8x16_s(V128 a) { return detail::extend<int16_t>(detail::high_lanes<int8_t>(a)); }
inline V128 i16x8_extend_low_i8x16_u(V128 a) { return detail::extend<uint16_t>(detail::low_lanes<uint8_t>(a)); }
inline V128 i16x8_extend_high_i8x16_u(V128 a) { return detail::extend<uint16_t>(detail::high_lanes<uint8_t>(a)); }
inline V128 i16x8_shl(V128 a, uint32_t b) { return detail::shl<uint16_t>(a, b); }
inline V128 i16x8_shr_s(V128 a, uint32_t b) { return detail::shr<int16_t>(a, b); }
inline V128 i16x8_shr_u(V128 a, uint32_t b) { return detail::shr<uint16_t>(a, b); }
inline V128 i16x8_add(V128 a, V128 b) { return v128(lanes<uint16_t>(a) + lanes<uint16_t>(b)); }
inline V128 i16x8_add_sat_s(V128 a, V128 b) {
  return v128(__builtin_elementwise_add_sat(lanes<int16_t>(a), lanes<int16_t>(b)));
}
inline V128 i16x8_add_sat_u(V128 a, V128 b) {
  return v128(__builtin_elementwise_add_sat(lanes<uint16_t>(a), lanes<uint16_t>(b)));
}
inline V128 i16x8_sub(V128 a, V128 b) { return v128(lanes<uint16_t>(a) - lanes<uint16_t>(b)); }
inline V128 i16x8_sub_sat_s(V128 a, V128 b) {
  return v128(__builtin_elementwise_sub_sat(lanes<int16_t>(a), lanes<int16_t>(b)));
}
inline V128 i16x8_sub_sat_u(V128 a, V128 b) {
  return v128(__builtin_elementwise_sub_sat(lanes<uint16_t>(a), lanes<uint16_t>(b)));
}
inline V128 i16x8_mul(V128 a, V128 b) { return v128(lanes<uint16_t>(a) * lanes<uint16_t>(b)); }
inline V128 i16x8_min_s(V128 a, V128 b) {
  return v128(__builtin_elementwise_min(lanes<int16_t>(a), lanes<int16_t>(b)));
}
inline V128 i16x8_min_u(V128 a, V128 b) {
  return v128(__builtin_elementwise_min(lanes<uint16_t>(a), lanes<uint16_t>(b)));
}
inline V128 i16x8_max_s(V128 a, V128 b) {
  return v128(__builtin_elementwise_max(lanes<int16_t>(a), lanes<int16_t>(b)));
}
inline V128 i16x8_max_u(V128 a, V128 b) {
  return v128(__builtin_elementwise_max(lanes<uint16_t>(a), lanes<uint16_t>(b)));
}
inline V128 i16x8_avgr_u(V128 a, V128 b) {
  return v128((lanes<uint16_t>(a) | lanes<uint16_t>(b)) - ((lanes<uint16_t>(a) ^ lanes<uint16_t>(b)) >> 1));
}
inline V128 i16x8_extmul_low_i8x16_s(V128 a, V128 b) {
  return detail::extended_product<int16_t>(detail::low_lanes<int8_t>(a), detail::low_lanes<int8_t>(b));
}
inline V128 i16x8_extmul_high_i8x16_s(V128 a, V128 b) {
  return detail::extended_product<int16_t>(detail::high_lanes<int8_t>(a), detail::high_lanes<int8_t>(b));
}
inline V128 i16x8_extmul_low_i8x16_u(V128 a, V128 b) {
  return detail::extended_product<uint16_t>(detail::low_lanes<uint8_t>(a), detail::low_lanes<uint8_t>(b));
}
inline V128 i16x8_extmul_high_i8x16_u(V128 a, V128 b) {
  return detail::extended_product<uint16_t>(detail::high_lanes<uint8_t>(a), detail::high_lanes<uint8_t>(b));
}

// --- i32x4 ---

inline V128 i32x4_eq(V128 a, V128 b) { return v128(lanes<uint32_t>(a) == lanes<uint32_t>(b)); }
inline V128 i32x4_ne(V128 a, V128 b) { return v128(lanes<uint32_t>(a) != lanes<uint32_t>(b)); }
inline V128 i32x4_lt_s(V128 a, V128 b) { return v128(lanes<int32_t>(a) < lanes<int32_t>(b)); }
inline V128 i32x4_lt_u(V128 a, V128 b) { return v128(lanes<uint32_t>(a) < lanes<uint32_t>(b)); }
inline V128 i32x4_gt_s(V128 a, V128 b) { return v128(lanes<int32_t>(a) > lanes<int32_t>(b)); }
inline V128 i32x4_gt_u(V128 a, V128 b) { return v128(lanes<uint32_t>(a) > lanes<uint32_t>(b)); }
inline V128 i32x4_le_s(V128 a, V128 b) { return v128(lanes<int32_t>(a) <= lanes<int32_t>(b)); }
inline V128 i32x4_le_u(V128 a, V128 b) { return v128(lanes<uint32_t>(a) <= lanes<uint32_t>(b)); }
inline V128 i32x4_ge_s(V128 a, V128 b) { return v128(lanes<int32_t>(a) >= lanes<int32_t>(b)); }
inline V128 i32x4_ge_u(V128 a, V128 b) { return v128(lanes<uint32_t>(a) >= lanes<uint32_t>(b)); }

inline V128 i32x4_extadd_pairwise_i16x8_s(V128 a) { return detail::extended_pairwise_sum<int32_t>(a); }
inline V128 i32x4_extadd_pairwise_i16x8_u(V128 a) { return detail::extended_pairwise_sum<uint32_t>(a); }
inline V128 i32x4_abs(V128 a) { return v128(__builtin_elementwise_abs(lanes<int32_t>(a))); }
inline V128 i32x4_neg(V128 a) { return v128(-lanes<uint32_t>(a)); }
inline uint32_t i32x4_all_true(V128 a) { return detail::all_true<uint32_t>(a); }
inline uint32_t i32x4_bitmask(V128 a) { return detail::packed(lanes<int32_t>(a) < 0); }
inline V128 i32x4_extend_low_i16x8_s(V128 a) { return detail::extend<int32_t>(detail::low_lanes<int16_t>(a)); }
inline V128 i32x4_extend_high_i16x8_s(V128 a) { return detail::extend<int32_t>(detail::high_lanes<int16_t>(a)); }
inline V128 i32x4_extend_low_i16x8_u(V128 a) { return detail::extend<uint32_t>(detail::low_lanes<uint16_t>(a)); }
inline V128 i32x4_extend_high_i16x8_u(V128 a) { return detail::extend<uint32_t>(detail::high_lanes<uint16_t>(a)); }
inline V128 i32x4_shl(V128 a, uint32_t b) { return detail::shl<uint32_t>(a, b); }
inline V128 i32x4_shr_s(V128 a, uint32_t b) { return detail::shr<int32_t>(a, b); }
inline V128 i32x4_shr_u(V128 a, uint32_t b) { return detail::shr<uint32_t>(a, b); }
inline V128 i32x4_add(V128 a, V128 b) { return v128(lanes<uint32_t>(a) + lanes<uint32_t>(b)); }
inline V128 i32x4_sub(V128 a, V128 b) { return v128(lanes<uint32_t>(a) - lanes<uint32_t>(b)); }
inline V128 i32x4_mul(V128 a, V128 b) { return v128(lanes<uint32_t>(a) * lanes<uint32_t>(b)); }
inline V128 i32x4_min_s(V128 a, V128 b) {
  return v128(__builtin_elementwise_min(lanes<int32_t>(a), lanes<int32_t>(b)));
}
inline V128 i32x4_min_u(V128 a, V128 b) {
  return v128(__builtin_elementwise_min(lanes<uint32_t>(a), lanes<uint32_t>(b)));
}
inline V128 i32x4_max_s(V128 a, V128 b) {
  return v128(__builtin_elementwise_max(lanes<int32_t>(a), lanes<int32_t>(b)));
}
inline V128 i32x4_max_u(V128 a, V128 b) {
  return v128(__builtin_elementwise_max(lanes<uint32_t>(a), lanes<uint32_t>(b)));
}
// The sum of two products wraps where all four factors are the lowest number.
inline V128 i32x4_dot_i16x8_s(V128 a, V128 b) {
  using Products = Lanes<int32_t, 32>;
  const auto products = reinterpret_cast<Lanes<uint32_t, 32>>(__builtin_convertvector(lanes<int16_t>(a), Products) *
                                                              __builtin_convertvector(lanes<int16_t>(b), Products));
  return v128(__builtin_shufflevector(products, products, 0, 2, 4, 6) +
              __builtin_shufflevector(products, products, 1, 3, 5, 7));
}
inline V128 i32x4_extmul_low_i16x8_s(V128 a, V128 b) {
  return detail::extended_product<int32_t>(detail::low_lanes<int16_t>(a), detail::low_lanes<int16_t>(b));
}
inline V128 i32x4_extmul_high_i16x8_s(V128 a, V128 b) {
  return detail::extended_product<int32_t>(detail::high_lanes<int16_t>(a), detail::high_lanes<int16_t>(b));
}
inline V128 i32x4_extmul_low_i16x8_u(V128 a, V128 b) {
  return detail::extended_product<uint32_t>(detail::low_lanes<uint16_t>(a), detail::low_lanes<uint16_t>(b));
}
inline V128 i32x4_extmul_high_i16x8_u(V128 a, V128 b) {
  return detail::extended_product<uint32_t>(detail::high_lanes<uint16_t>(a), detail::high_lanes<uint16_t>(b));
}

// --- i64x2 ---

inline V128 i64x2_eq(V128 a, V128 b) { return v128(a == b); }
inline V128 i64x2_ne(V128 a, V128 b) { return v128(a != b); }
inline V128 i64x2_lt_s(V128 a, V128 b) { return v128(lanes<int64_t>(a) < lanes<int64_t>(b)); }
inline V128 i64x2_gt_s(V128 a, V128 b) { return v128(lanes<int64_t>(a) > lanes<int64_t>(b)); }
inline V128 i64x2_le_s(V128 a, V128 b) { return v128(lanes<int64_t>(a) <= lanes<int64_t>(b)); }
inline V128 i64x2_ge_s(V128 a, V128 b) { return v128(lanes<int64_t>(a) >= lanes<int64_t>(b)); }

inline V128 i64x2_abs(V128 a) { return v128(__builtin_elementwise_abs(lanes<int64_t>(a))); }
inline V128 i64x2_neg(V128 a) { return -a; }
inline uint32_t i64x2_all_true(V128 a) { return detail::all_true<uint64_t>(a); }
inline uint32_t i64x2_bitmask(V128 a) { return detail::packed(lanes<int64_t>(a) < 0); }
inline V128 i64x2_extend_low_i32x4_s(V128 a) { return detail::extend<int64_t>(detail::low_lanes<int32_t>(a)); }
inline V128 i64x2_extend_high_i32x4_s(V128 a) { return detail::extend<int64_t>(detail::high_lanes<int32_t>(a)); }
inline V128 i64x2_extend_low_i32x4_u(V128 a) { return detail::extend<uint64_t>(detail::low_lanes<uint32_t>(a)); }
inline V128 i64x2_extend_high_i32x4_u(V128 a) { return detail::extend<uint64_t>(detail::high_lanes<uint32_t>(a)); }
inline V128 i64x2_shl(V128 a, uint32_t b) { return detail::shl<uint64_t>(a, b); }
inline V128 i64x2_shr_s(V128 a, uint32_t b) { return detail::shr<int64_t>(a, b); }
inline V128 i64x2_shr_u(V128 a, uint32_t b) { return detail::shr<uint64_t>(a, b); }
inline V128 i64x2_add(V128 a, V128 b) { return a + b; }
inline V128 i64x2_sub(V128 a, V128 b) { return a - b; }
inline V128 i64x2_mul(V128 a, V128 b) { return a * b; }
inline V128 i64x2_extmul_low_i32x4_s(V128 a, V128 b) {
  return detail::extended_product<int64_t>(detail::low_lanes<int32_t>(a), detail::low_lanes<int32_t>(b));
}
inline V128 i64x2_extmul_high_i32x4_s(V128 a, V128 b) {
  return detail::extended_product<int64_t>(detail::high_lanes<int32_t>(a), detail::high_lanes<int32_t>(b));
}
inline V128 i64x2_extmul_low_i32x4_u(V128 a, V128 b) {
  return detail::extended_product<uint64_t>(detail::low_lanes<uint32_t>(a), detail::low_lanes<uint32_t>(b));
}
inline V128 i64x2_extmul_high_i32x4_u(V128 a, V128 b) {
  return detail::extended_product<uint64_t>(detail::high_lanes<uint32_t>(a), detail::high_lanes<uint32_t>(b));
}

}  // namespace shallop::numerics
