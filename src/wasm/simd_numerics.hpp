// SPDX-License-Identifier: Apache-2.0
// What vector instructions compute: one pure function for each row of opcodes.def with a v128 in it, named as the row's
// id, as numerics.hpp has them for scalars. Written with vector types and loops that clang turns into the vector
// instructions of the host; nothing here is of one architecture.
// https://webassembly.github.io/spec/core/exec/numerics.html
//
// A lane index is below the number of lanes (validation). The function of a load takes what was in memory, that of
// store_lane gives it.
#pragma once

#include <cstdint>
#include <cstring>

#include "wasm/simd_floats.hpp"
#include "wasm/simd_integers.hpp"
#include "wasm/v128.hpp"

namespace shallop::numerics {

// --- Bits ---

inline V128 v128_not(V128 a) { return ~a; }
inline V128 v128_and(V128 a, V128 b) { return a & b; }
inline V128 v128_andnot(V128 a, V128 b) { return a & ~b; }
inline V128 v128_or(V128 a, V128 b) { return a | b; }
inline V128 v128_xor(V128 a, V128 b) { return a ^ b; }
inline V128 v128_bitselect(V128 a, V128 b, V128 mask) { return (a & mask) | (b & ~mask); }
inline uint32_t v128_any_true(V128 a) { return (a[0] | a[1]) != 0; }

// --- Lanes ---

namespace detail {

template <class Lane>
inline V128 splat(Lane value) {
  return v128(Lanes<Lane>{} + value);
}
template <>
inline V128 splat(float value) {
  return v128(Lanes<float>{value, value, value, value});
}
template <>
inline V128 splat(double value) {
  return v128(Lanes<double>{value, value});
}

template <class Lane>
inline Lane extract_lane(V128 a, unsigned lane) {
  return lanes<Lane>(a)[lane];
}

// All ones in one lane. A window on one lane of ones among zeros: a write to a lane of a variable index would go
// through memory, and reading the whole behind it would wait.
template <class Lane>
inline V128 lane_mask(unsigned lane) {
  struct Ones {
    uint8_t bytes[2 * sizeof(V128)] = {};
    constexpr Ones() {
      for (size_t i = 0; i < sizeof(Lane); ++i) bytes[sizeof(V128) + i] = 0xFF;
    }
  };
  static constexpr Ones ones;
  V128 mask;
  std::memcpy(&mask, ones.bytes + sizeof(V128) - lane * sizeof(Lane), sizeof mask);
  return mask;
}
template <class Lane>
inline V128 replace_lane(V128 a, Lane value, unsigned lane) {
  return v128_bitselect(splat(value), a, lane_mask<Lane>(lane));
}

// Where an index is beyond the lanes, zero. Inlined always: code for processors that permute bytes is made of it too.
[[gnu::always_inline]] inline V128 permuted(V128 a, V128 indices) {
  const auto bytes = __builtin_shufflevector(lanes<uint8_t>(a), lanes<uint8_t>(indices) & 15);
  return v128(bytes) & v128(lanes<uint8_t>(indices) < 16);
}

}  // namespace detail

[[gnu::always_inline]] inline V128 i8x16_swizzle(V128 a, V128 indices) { return detail::permuted(a, indices); }
// Indices from 16 on are those of b.
[[gnu::always_inline]] inline V128 i8x16_shuffle(V128 a, V128 b, V128 indices) {
  return detail::permuted(a, indices) | detail::permuted(b, v128(lanes<uint8_t>(indices) - 16));
}

inline V128 i8x16_splat(uint32_t a) { return detail::splat(static_cast<uint8_t>(a)); }
inline V128 i16x8_splat(uint32_t a) { return detail::splat(static_cast<uint16_t>(a)); }
inline V128 i32x4_splat(uint32_t a) { return detail::splat(a); }
inline V128 i64x2_splat(uint64_t a) { return detail::splat(a); }
inline V128 f32x4_splat(float a) { return detail::splat(a); }
inline V128 f64x2_splat(double a) { return detail::splat(a); }

inline uint32_t i8x16_extract_lane_s(V128 a, unsigned lane) {
  return static_cast<uint32_t>(detail::extract_lane<int8_t>(a, lane));
}
inline uint32_t i8x16_extract_lane_u(V128 a, unsigned lane) { return detail::extract_lane<uint8_t>(a, lane); }
inline uint32_t i16x8_extract_lane_s(V128 a, unsigned lane) {
  return static_cast<uint32_t>(detail::extract_lane<int16_t>(a, lane));
}
inline uint32_t i16x8_extract_lane_u(V128 a, unsigned lane) { return detail::extract_lane<uint16_t>(a, lane); }
inline uint32_t i32x4_extract_lane(V128 a, unsigned lane) { return detail::extract_lane<uint32_t>(a, lane); }
inline uint64_t i64x2_extract_lane(V128 a, unsigned lane) { return detail::extract_lane<uint64_t>(a, lane); }
inline float f32x4_extract_lane(V128 a, unsigned lane) { return detail::extract_lane<float>(a, lane); }
inline double f64x2_extract_lane(V128 a, unsigned lane) { return detail::extract_lane<double>(a, lane); }

inline V128 i8x16_replace_lane(V128 a, uint32_t value, unsigned lane) {
  return detail::replace_lane(a, static_cast<uint8_t>(value), lane);
}
inline V128 i16x8_replace_lane(V128 a, uint32_t value, unsigned lane) {
  return detail::replace_lane(a, static_cast<uint16_t>(value), lane);
}
inline V128 i32x4_replace_lane(V128 a, uint32_t value, unsigned lane) { return detail::replace_lane(a, value, lane); }
inline V128 i64x2_replace_lane(V128 a, uint64_t value, unsigned lane) { return detail::replace_lane(a, value, lane); }
inline V128 f32x4_replace_lane(V128 a, float value, unsigned lane) { return detail::replace_lane(a, value, lane); }
inline V128 f64x2_replace_lane(V128 a, double value, unsigned lane) { return detail::replace_lane(a, value, lane); }

// --- Memory ---

inline V128 v128_load8x8_s(uint64_t memory) { return i16x8_extend_low_i8x16_s(V128{memory, 0}); }
inline V128 v128_load8x8_u(uint64_t memory) { return i16x8_extend_low_i8x16_u(V128{memory, 0}); }
inline V128 v128_load16x4_s(uint64_t memory) { return i32x4_extend_low_i16x8_s(V128{memory, 0}); }
inline V128 v128_load16x4_u(uint64_t memory) { return i32x4_extend_low_i16x8_u(V128{memory, 0}); }
inline V128 v128_load32x2_s(uint64_t memory) { return i64x2_extend_low_i32x4_s(V128{memory, 0}); }
inline V128 v128_load32x2_u(uint64_t memory) { return i64x2_extend_low_i32x4_u(V128{memory, 0}); }
inline V128 v128_load8_splat(uint8_t memory) { return detail::splat(memory); }
inline V128 v128_load16_splat(uint16_t memory) { return detail::splat(memory); }
inline V128 v128_load32_splat(uint32_t memory) { return detail::splat(memory); }
inline V128 v128_load64_splat(uint64_t memory) { return detail::splat(memory); }
inline V128 v128_load32_zero(uint32_t memory) { return V128{memory, 0}; }
inline V128 v128_load64_zero(uint64_t memory) { return V128{memory, 0}; }

inline V128 v128_load8_lane(V128 a, uint8_t memory, unsigned lane) { return detail::replace_lane(a, memory, lane); }
inline V128 v128_load16_lane(V128 a, uint16_t memory, unsigned lane) { return detail::replace_lane(a, memory, lane); }
inline V128 v128_load32_lane(V128 a, uint32_t memory, unsigned lane) { return detail::replace_lane(a, memory, lane); }
inline V128 v128_load64_lane(V128 a, uint64_t memory, unsigned lane) { return detail::replace_lane(a, memory, lane); }

inline uint8_t v128_store8_lane(V128 a, unsigned lane) { return detail::extract_lane<uint8_t>(a, lane); }
inline uint16_t v128_store16_lane(V128 a, unsigned lane) { return detail::extract_lane<uint16_t>(a, lane); }
inline uint32_t v128_store32_lane(V128 a, unsigned lane) { return detail::extract_lane<uint32_t>(a, lane); }
inline uint64_t v128_store64_lane(V128 a, unsigned lane) { return detail::extract_lane<uint64_t>(a, lane); }

}  // namespace shallop::numerics
