// SPDX-License-Identifier: Apache-2.0
// What moves bits and lanes without computing, and the two ends of loads and stores.
#include <random>

#include "lanewise.hpp"
#include "wasm/simd_numerics.hpp"

namespace shallop::numerics {
namespace {

const LaneArray<uint8_t> ascending{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                   0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF};

TEST(Bits, Logic) {
  const V128 a = vector_of<uint64_t>({0xF0F0'F0F0'F0F0'F0F0, 0xFFFF'0000'FFFF'0000});
  const V128 b = vector_of<uint64_t>({0xFF00'FF00'FF00'FF00, 0x0F0F'0F0F'0F0F'0F0F});
  EXPECT_EQ(unpacked<uint64_t>(v128_not(a))[1], 0x0000'FFFF'0000'FFFFu);
  EXPECT_EQ(unpacked<uint64_t>(v128_and(a, b))[0], 0xF000'F000'F000'F000u);
  EXPECT_EQ(unpacked<uint64_t>(v128_andnot(a, b))[0], 0x00F0'00F0'00F0'00F0u);
  EXPECT_EQ(unpacked<uint64_t>(v128_andnot(b, a))[0], 0x0F00'0F00'0F00'0F00u);
  EXPECT_EQ(unpacked<uint64_t>(v128_or(a, b))[1], 0xFFFF'0F0F'FFFF'0F0Fu);
  EXPECT_EQ(unpacked<uint64_t>(v128_xor(a, b))[1], 0xF0F0'0F0F'F0F0'0F0Fu);
}

TEST(Bits, BitselectTakesTheFirstWhereTheMaskIsSet) {
  const V128 selected = v128_bitselect(all<uint64_t>(0xAAAA), all<uint64_t>(0x5555), all<uint64_t>(0xFF0F));
  EXPECT_EQ(unpacked<uint64_t>(selected)[0], 0xAA5Au);
  EXPECT_EQ(unpacked<uint64_t>(selected)[1], 0xAA5Au);
}

TEST(Bits, AnyTrueLooksAtEveryBit) {
  EXPECT_EQ(v128_any_true(V128{0, 0}), 0u);
  for (unsigned bit = 0; bit < 64; ++bit) {
    EXPECT_EQ(v128_any_true(V128{uint64_t{1} << bit, 0}), 1u);
    EXPECT_EQ(v128_any_true(V128{0, uint64_t{1} << bit}), 1u);
  }
}

TEST(Lanes, SplatFillsThemAll) {
  EXPECT_EQ(unpacked<uint8_t>(i8x16_splat(0x1234'56F8)), unpacked<uint8_t>(all<uint8_t>(0xF8)));
  EXPECT_EQ(unpacked<uint16_t>(i16x8_splat(0x1234'F678)), unpacked<uint16_t>(all<uint16_t>(0xF678)));
  EXPECT_EQ(unpacked<uint32_t>(i32x4_splat(0xF234'5678)), unpacked<uint32_t>(all<uint32_t>(0xF234'5678)));
  EXPECT_EQ(unpacked<uint64_t>(i64x2_splat(~uint64_t{5})), unpacked<uint64_t>(all(~uint64_t{5})));
  EXPECT_EQ(unpacked<uint32_t>(f32x4_splat(-0.0f)), unpacked<uint32_t>(all<uint32_t>(0x8000'0000)));
  EXPECT_EQ(unpacked<uint64_t>(f64x2_splat(-0.0)), unpacked<uint64_t>(all(uint64_t{1} << 63)));
}

TEST(Lanes, ExtractingSignsOrNot) {
  const V128 a = vector_of<uint8_t>(ascending);
  for (unsigned i = 0; i < 16; ++i) {
    EXPECT_EQ(i8x16_extract_lane_u(a, i), ascending[i]);
    EXPECT_EQ(i8x16_extract_lane_s(a, i), static_cast<uint32_t>(static_cast<int8_t>(ascending[i])));
  }
  for (unsigned i = 0; i < 8; ++i) {
    EXPECT_EQ(i16x8_extract_lane_u(a, i), unpacked<uint16_t>(a)[i]);
    EXPECT_EQ(i16x8_extract_lane_s(a, i), static_cast<uint32_t>(unpacked<int16_t>(a)[i]));
  }
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(i32x4_extract_lane(a, i), unpacked<uint32_t>(a)[i]);
  for (unsigned i = 0; i < 2; ++i) EXPECT_EQ(i64x2_extract_lane(a, i), unpacked<uint64_t>(a)[i]);
  EXPECT_EQ(f32x4_extract_lane(vector_of<float>({1, 2, 3, 4}), 2), 3.0f);
  EXPECT_EQ(f64x2_extract_lane(vector_of<double>({1, 2}), 1), 2.0);
}

// Each lane in turn is replaced, and no other.
template <class Lane>
void expect_replacement(Lane value, auto replace) {
  for (unsigned i = 0; i < LaneArray<Lane>().size(); ++i) {
    auto expected = unpacked<Lane>(vector_of<uint8_t>(ascending));
    expected[i] = value;
    EXPECT_EQ(unpacked<uint8_t>(replace(vector_of<uint8_t>(ascending), i)),
              unpacked<uint8_t>(vector_of<Lane>(expected)))
        << i;
  }
}

TEST(Lanes, ReplacingChangesOne) {
  expect_replacement<uint8_t>(0xE7, [](V128 a, unsigned i) { return i8x16_replace_lane(a, 0x1234'56E7, i); });
  expect_replacement<uint16_t>(0xE7E7, [](V128 a, unsigned i) { return i16x8_replace_lane(a, 0x1234'E7E7, i); });
  expect_replacement<uint32_t>(0xE7E7'E7E7, [](V128 a, unsigned i) { return i32x4_replace_lane(a, 0xE7E7'E7E7, i); });
  expect_replacement<uint64_t>(~uint64_t{9}, [](V128 a, unsigned i) { return i64x2_replace_lane(a, ~uint64_t{9}, i); });
  expect_replacement<float>(-2.5f, [](V128 a, unsigned i) { return f32x4_replace_lane(a, -2.5f, i); });
  expect_replacement<double>(-2.5, [](V128 a, unsigned i) { return f64x2_replace_lane(a, -2.5, i); });
}

TEST(Lanes, SwizzleMakesZeroOfAnIndexBeyond) {
  const V128 a = vector_of<uint8_t>(ascending);
  const auto swizzled = unpacked<uint8_t>(
      i8x16_swizzle(a, vector_of<uint8_t>({15, 0, 16, 17, 31, 32, 127, 128, 129, 143, 255, 1, 1, 14, 2, 7})));
  EXPECT_EQ(swizzled, (LaneArray<uint8_t>{0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x11, 0xEE, 0x22, 0x77}));
}

TEST(Lanes, ShuffleTakesFromBothVectors) {
  LaneArray<uint8_t> first, second;
  for (uint8_t i = 0; i < 16; ++i) {
    first[i] = i + 100;
    second[i] = i + 116;
  }
  std::minstd_rand random(7);
  for (int round = 0; round < 100; ++round) {
    LaneArray<uint8_t> indices, expected;
    for (size_t i = 0; i < indices.size(); ++i) {
      indices[i] = static_cast<uint8_t>(random() % 32);
      expected[i] = static_cast<uint8_t>(indices[i] + 100);
    }
    EXPECT_EQ(unpacked<uint8_t>(
                  i8x16_shuffle(vector_of<uint8_t>(first), vector_of<uint8_t>(second), vector_of<uint8_t>(indices))),
              expected);
  }
}

TEST(VectorMemory, LoadsExtendSplatOrPad) {
  constexpr uint64_t bytes = 0x807F'FF01'8001'7FFE;
  EXPECT_EQ(unpacked<int16_t>(v128_load8x8_s(bytes)), (LaneArray<int16_t>{-2, 127, 1, -128, 1, -1, 127, -128}));
  EXPECT_EQ(unpacked<uint16_t>(v128_load8x8_u(bytes)), (LaneArray<uint16_t>{254, 127, 1, 128, 1, 255, 127, 128}));
  EXPECT_EQ(unpacked<int32_t>(v128_load16x4_s(bytes)), (LaneArray<int32_t>{0x7FFE, -0x7FFF, -0xFF, -0x7F81}));
  EXPECT_EQ(unpacked<uint32_t>(v128_load16x4_u(bytes)), (LaneArray<uint32_t>{0x7FFE, 0x8001, 0xFF01, 0x807F}));
  EXPECT_EQ(unpacked<int64_t>(v128_load32x2_s(bytes)), (LaneArray<int64_t>{-0x7FFE'8002, -0x7F80'00FF}));
  EXPECT_EQ(unpacked<uint64_t>(v128_load32x2_u(bytes)), (LaneArray<uint64_t>{0x8001'7FFE, 0x807F'FF01}));
  EXPECT_EQ(unpacked<uint8_t>(v128_load8_splat(0xAB)), unpacked<uint8_t>(all<uint8_t>(0xAB)));
  EXPECT_EQ(unpacked<uint16_t>(v128_load16_splat(0xABCD)), unpacked<uint16_t>(all<uint16_t>(0xABCD)));
  EXPECT_EQ(unpacked<uint32_t>(v128_load32_splat(0x89AB'CDEF)), unpacked<uint32_t>(all<uint32_t>(0x89AB'CDEF)));
  EXPECT_EQ(unpacked<uint64_t>(v128_load64_splat(bytes)), unpacked<uint64_t>(all(bytes)));
  EXPECT_EQ(unpacked<uint64_t>(v128_load32_zero(0x89AB'CDEF)), (LaneArray<uint64_t>{0x89AB'CDEF, 0}));
  EXPECT_EQ(unpacked<uint64_t>(v128_load64_zero(bytes)), (LaneArray<uint64_t>{bytes, 0}));
}

TEST(VectorMemory, LanesAreLoadedIntoAVectorAndStoredFromOne) {
  expect_replacement<uint8_t>(0xE7, [](V128 a, unsigned i) { return v128_load8_lane(a, 0xE7, i); });
  expect_replacement<uint16_t>(0xE7E8, [](V128 a, unsigned i) { return v128_load16_lane(a, 0xE7E8, i); });
  expect_replacement<uint32_t>(0xE7E8'E9EA, [](V128 a, unsigned i) { return v128_load32_lane(a, 0xE7E8'E9EA, i); });
  expect_replacement<uint64_t>(~uint64_t{9}, [](V128 a, unsigned i) { return v128_load64_lane(a, ~uint64_t{9}, i); });
  const V128 a = vector_of<uint8_t>(ascending);
  EXPECT_EQ(v128_store8_lane(a, 15), 0xFF);
  EXPECT_EQ(v128_store16_lane(a, 1), 0x3322);
  EXPECT_EQ(v128_store32_lane(a, 3), 0xFFEE'DDCCu);
  EXPECT_EQ(v128_store64_lane(a, 1), 0xFFEE'DDCC'BBAA'9988u);
}

}  // namespace
}  // namespace shallop::numerics
