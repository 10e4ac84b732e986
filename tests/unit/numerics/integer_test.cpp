// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "wasm/numerics.hpp"

namespace shallop::numerics {
namespace {

constexpr uint32_t minimum_32 = 0x8000'0000;
constexpr uint64_t minimum_64 = 0x8000'0000'0000'0000;
constexpr uint32_t minus_one_32 = 0xFFFF'FFFF;
constexpr uint64_t minus_one_64 = ~uint64_t{0};

TEST(IntegerArithmetic, Wraps) {
  EXPECT_EQ(i32_add(0x7FFF'FFFF, 1), minimum_32);
  EXPECT_EQ(i32_sub(0, 1), minus_one_32);
  EXPECT_EQ(i32_mul(0x1'0001, 0x1'0001), 0x2'0001u);
  EXPECT_EQ(i64_add(0x7FFF'FFFF'FFFF'FFFF, 1), minimum_64);
  EXPECT_EQ(i64_sub(0, 1), minus_one_64);
  EXPECT_EQ(i64_mul(0x1'0000'0001, 0x1'0000'0001), 0x2'0000'0001u);
}

TEST(IntegerDivision, TruncatesTowardsZero) {
  uint32_t narrow = 0;
  EXPECT_EQ(i32_div_s(static_cast<uint32_t>(-7), 2, narrow), TrapCode::none);
  EXPECT_EQ(narrow, static_cast<uint32_t>(-3));
  EXPECT_EQ(i32_rem_s(static_cast<uint32_t>(-7), 2, narrow), TrapCode::none);
  EXPECT_EQ(narrow, static_cast<uint32_t>(-1));
  EXPECT_EQ(i32_div_u(static_cast<uint32_t>(-7), 2, narrow), TrapCode::none);
  EXPECT_EQ(narrow, 0x7FFF'FFFCu);
  EXPECT_EQ(i32_rem_u(static_cast<uint32_t>(-7), 2, narrow), TrapCode::none);
  EXPECT_EQ(narrow, 1u);
  uint64_t wide = 0;
  EXPECT_EQ(i64_div_s(static_cast<uint64_t>(-7), 2, wide), TrapCode::none);
  EXPECT_EQ(wide, static_cast<uint64_t>(-3));
  EXPECT_EQ(i64_rem_s(static_cast<uint64_t>(-7), 2, wide), TrapCode::none);
  EXPECT_EQ(wide, static_cast<uint64_t>(-1));
  EXPECT_EQ(i64_div_u(static_cast<uint64_t>(-7), 2, wide), TrapCode::none);
  EXPECT_EQ(wide, 0x7FFF'FFFF'FFFF'FFFCu);
  EXPECT_EQ(i64_rem_u(static_cast<uint64_t>(-7), 2, wide), TrapCode::none);
  EXPECT_EQ(wide, 1u);
}

TEST(IntegerDivision, TrapsOnZeroAndOnOverflowAndLeavesTheResultAlone) {
  uint32_t narrow = 42;
  EXPECT_EQ(i32_div_s(1, 0, narrow), TrapCode::integer_divide_by_zero);
  EXPECT_EQ(i32_div_u(1, 0, narrow), TrapCode::integer_divide_by_zero);
  EXPECT_EQ(i32_rem_s(1, 0, narrow), TrapCode::integer_divide_by_zero);
  EXPECT_EQ(i32_rem_u(1, 0, narrow), TrapCode::integer_divide_by_zero);
  EXPECT_EQ(i32_div_s(minimum_32, minus_one_32, narrow), TrapCode::integer_overflow);
  EXPECT_EQ(narrow, 42u);
  uint64_t wide = 42;
  EXPECT_EQ(i64_div_s(1, 0, wide), TrapCode::integer_divide_by_zero);
  EXPECT_EQ(i64_div_u(1, 0, wide), TrapCode::integer_divide_by_zero);
  EXPECT_EQ(i64_rem_s(1, 0, wide), TrapCode::integer_divide_by_zero);
  EXPECT_EQ(i64_rem_u(1, 0, wide), TrapCode::integer_divide_by_zero);
  EXPECT_EQ(i64_div_s(minimum_64, minus_one_64, wide), TrapCode::integer_overflow);
  EXPECT_EQ(wide, 42u);
}

// x86's idiv faults on these operands; the specification wants 0.
TEST(IntegerDivision, RemainderOfTheSmallestByMinusOneIsZero) {
  uint32_t narrow = 42;
  EXPECT_EQ(i32_rem_s(minimum_32, minus_one_32, narrow), TrapCode::none);
  EXPECT_EQ(narrow, 0u);
  uint64_t wide = 42;
  EXPECT_EQ(i64_rem_s(minimum_64, minus_one_64, wide), TrapCode::none);
  EXPECT_EQ(wide, 0u);
  EXPECT_EQ(i32_div_u(minimum_32, minus_one_32, narrow), TrapCode::none);
  EXPECT_EQ(narrow, 0u);
}

TEST(IntegerShift, CountIsModuloTheWidth) {
  EXPECT_EQ(i32_shl(1, 32), 1u);
  EXPECT_EQ(i32_shl(1, 33), 2u);
  EXPECT_EQ(i32_shr_s(minimum_32, 0xFFFF'FFFF), minus_one_32);
  EXPECT_EQ(i32_shr_u(minimum_32, 63), 1u);
  EXPECT_EQ(i64_shl(1, 64), 1u);
  EXPECT_EQ(i64_shl(1, 0x1'0000'0001), 2u);
  EXPECT_EQ(i64_shr_s(minimum_64, 127), minus_one_64);
  EXPECT_EQ(i64_shr_u(minimum_64, 127), 1u);
}

TEST(IntegerShift, Rotations) {
  EXPECT_EQ(i32_rotl(0x8000'0001, 1), 3u);
  EXPECT_EQ(i32_rotl(0xABCD'9876, 32), 0xABCD'9876u);
  EXPECT_EQ(i32_rotl(0x0000'00FF, 0xFFFF'FFFC), 0xF000'000Fu);
  EXPECT_EQ(i32_rotr(1, 1), minimum_32);
  EXPECT_EQ(i32_rotr(0xFF, 36), 0xF000'000Fu);
  EXPECT_EQ(i64_rotl(0x8000'0000'0000'0001, 65), 3u);
  EXPECT_EQ(i64_rotl(0xFF, ~uint64_t{3}), 0xF000'0000'0000'000Fu);
  EXPECT_EQ(i64_rotr(1, 1), minimum_64);
}

TEST(IntegerBits, CountsOfZeroAndOfOneBit) {
  EXPECT_EQ(i32_clz(0), 32u);
  EXPECT_EQ(i32_ctz(0), 32u);
  EXPECT_EQ(i32_popcnt(0), 0u);
  EXPECT_EQ(i32_clz(1), 31u);
  EXPECT_EQ(i32_ctz(minimum_32), 31u);
  EXPECT_EQ(i32_popcnt(minus_one_32), 32u);
  EXPECT_EQ(i64_clz(0), 64u);
  EXPECT_EQ(i64_ctz(0), 64u);
  EXPECT_EQ(i64_popcnt(0), 0u);
  EXPECT_EQ(i64_clz(1), 63u);
  EXPECT_EQ(i64_ctz(minimum_64), 63u);
  EXPECT_EQ(i64_popcnt(minus_one_64), 64u);
  EXPECT_EQ(i32_eqz(0), 1u);
  EXPECT_EQ(i32_eqz(minimum_32), 0u);
  EXPECT_EQ(i64_eqz(0), 1u);
  EXPECT_EQ(i64_eqz(0x1'0000'0000), 0u);
}

TEST(IntegerBits, SignExtensionLooksAtTheLowBitsOnly) {
  EXPECT_EQ(i32_extend8_s(0x1234'567F), 0x7Fu);
  EXPECT_EQ(i32_extend8_s(0x1234'5680), 0xFFFF'FF80u);
  EXPECT_EQ(i32_extend16_s(0x1234'7FFF), 0x7FFFu);
  EXPECT_EQ(i32_extend16_s(0x1234'8000), 0xFFFF'8000u);
  EXPECT_EQ(i64_extend8_s(0x80), 0xFFFF'FFFF'FFFF'FF80u);
  EXPECT_EQ(i64_extend16_s(0x1'8000), 0xFFFF'FFFF'FFFF'8000u);
  EXPECT_EQ(i64_extend32_s(0xFF'7FFF'FFFF), 0x7FFF'FFFFu);
  EXPECT_EQ(i64_extend32_s(0x8000'0000), 0xFFFF'FFFF'8000'0000u);
}

}  // namespace
}  // namespace shallop::numerics
