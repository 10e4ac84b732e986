// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "wasm/numerics.hpp"

namespace shallop::numerics {
namespace {

// One partial conversion and its saturating twin, with the first numbers too small and too large for it.
template <class Float, class Integer>
struct Truncation {
  TrapCode (*partial)(Float, Integer&);
  Integer (*saturating)(Float);
  Float last_too_small;
  Float first_too_large;
  Integer smallest;
  Integer largest;
};

template <class Float, class Integer>
void check(const Truncation<Float, Integer>& conversion) {
  Integer result = 42;
  const auto partial = conversion.partial;
  const auto saturating = conversion.saturating;
  constexpr Float infinity = std::numeric_limits<Float>::infinity();
  constexpr Float nan = std::numeric_limits<Float>::quiet_NaN();

  EXPECT_EQ(partial(nan, result), TrapCode::invalid_conversion_to_integer);
  EXPECT_EQ(partial(-nan, result), TrapCode::invalid_conversion_to_integer);
  EXPECT_EQ(partial(infinity, result), TrapCode::integer_overflow);
  EXPECT_EQ(partial(-infinity, result), TrapCode::integer_overflow);
  EXPECT_EQ(partial(conversion.last_too_small, result), TrapCode::integer_overflow);
  EXPECT_EQ(partial(conversion.first_too_large, result), TrapCode::integer_overflow);
  EXPECT_EQ(result, 42u) << "a trap leaves the result alone";

  EXPECT_EQ(saturating(nan), 0u);
  EXPECT_EQ(saturating(infinity), conversion.largest);
  EXPECT_EQ(saturating(-infinity), conversion.smallest);
  EXPECT_EQ(saturating(conversion.last_too_small), conversion.smallest);
  EXPECT_EQ(saturating(conversion.first_too_large), conversion.largest);

  // The neighbours inside the range, each of which truncates to the bound or to what its precision allows.
  const Float lowest = std::nextafter(conversion.last_too_small, Float{0});
  EXPECT_EQ(partial(lowest, result), TrapCode::none);
  EXPECT_EQ(result, conversion.smallest);
  EXPECT_EQ(saturating(lowest), conversion.smallest);
  const Float highest = std::nextafter(conversion.first_too_large, Float{0});
  EXPECT_EQ(partial(highest, result), TrapCode::none);
  EXPECT_EQ(result, static_cast<Integer>(std::trunc(highest)));
  EXPECT_EQ(saturating(highest), result);

  EXPECT_EQ(partial(Float{1.9375}, result), TrapCode::none);
  EXPECT_EQ(result, 1u);
  EXPECT_EQ(partial(Float{-0.9375}, result), TrapCode::none);
  EXPECT_EQ(result, 0u);
}

TEST(Truncation, To32Bits) {
  check<float, uint32_t>(
      {i32_trunc_f32_s, i32_trunc_sat_f32_s, -2147483904.0f, 2147483648.0f, 0x8000'0000, 0x7FFF'FFFF});
  check<float, uint32_t>({i32_trunc_f32_u, i32_trunc_sat_f32_u, -1.0f, 4294967296.0f, 0, 0xFFFF'FFFF});
  check<double, uint32_t>(
      {i32_trunc_f64_s, i32_trunc_sat_f64_s, -2147483649.0, 2147483648.0, 0x8000'0000, 0x7FFF'FFFF});
  check<double, uint32_t>({i32_trunc_f64_u, i32_trunc_sat_f64_u, -1.0, 4294967296.0, 0, 0xFFFF'FFFF});
}

TEST(Truncation, To64Bits) {
  constexpr uint64_t smallest = 0x8000'0000'0000'0000;
  constexpr uint64_t largest = 0x7FFF'FFFF'FFFF'FFFF;
  check<float, uint64_t>({i64_trunc_f32_s, i64_trunc_sat_f32_s, -9223373136366403584.0f, 0x1p63f, smallest, largest});
  check<float, uint64_t>({i64_trunc_f32_u, i64_trunc_sat_f32_u, -1.0f, 0x1p64f, 0, ~uint64_t{0}});
  check<double, uint64_t>({i64_trunc_f64_s, i64_trunc_sat_f64_s, -9223372036854777856.0, 0x1p63, smallest, largest});
  check<double, uint64_t>({i64_trunc_f64_u, i64_trunc_sat_f64_u, -1.0, 0x1p64, 0, ~uint64_t{0}});
}

TEST(Truncation, KeepsTheFractionOutOfTheUpperHalf) {
  uint32_t result = 0;
  EXPECT_EQ(i32_trunc_f64_s(2147483647.9375, result), TrapCode::none);
  EXPECT_EQ(result, 0x7FFF'FFFFu);
  EXPECT_EQ(i32_trunc_f64_s(-2147483648.9375, result), TrapCode::none);
  EXPECT_EQ(result, 0x8000'0000u);
  EXPECT_EQ(i32_trunc_f64_u(4294967295.9375, result), TrapCode::none);
  EXPECT_EQ(result, 0xFFFF'FFFFu);
}

TEST(IntegerToFloat, RoundsToEvenOnce) {
  EXPECT_EQ(f32_convert_i32_s(0x8000'0000), -0x1p31f);
  EXPECT_EQ(f32_convert_i32_u(0x8000'0000), 0x1p31f);
  EXPECT_EQ(f32_convert_i32_s(16'777'217), 16'777'216.0f);
  EXPECT_EQ(f32_convert_i32_s(16'777'219), 16'777'220.0f);
  EXPECT_EQ(f32_convert_i64_u(~uint64_t{0}), 0x1p64f);
  // By way of double, as a careless conversion goes, this would round twice and end one step lower.
  EXPECT_EQ(f32_convert_i64_u(0x8000'0080'0000'0001), 0x1.000002p63f);
  EXPECT_EQ(f32_convert_i64_s(0x0020'0000'2000'0001), 0x1.000002p53f);
  EXPECT_EQ(f64_convert_i32_s(0xFFFF'FFFF), -1.0);
  EXPECT_EQ(f64_convert_i32_u(0xFFFF'FFFF), 4294967295.0);
  EXPECT_EQ(f64_convert_i64_s(0x8000'0000'0000'0000), -0x1p63);
  EXPECT_EQ(f64_convert_i64_u(0x8000'0000'0000'0401), 0x1.0000000000001p63);
  EXPECT_EQ(f64_convert_i64_u(~uint64_t{0}), 0x1p64);
}

TEST(FloatToFloat, DemotionRoundsAndOverflowsToInfinity) {
  EXPECT_EQ(f32_demote_f64(0x1.fffffe0000000p127), std::numeric_limits<float>::max());
  EXPECT_EQ(f32_demote_f64(0x1.ffffff0000000p127), std::numeric_limits<float>::infinity());
  EXPECT_EQ(f32_demote_f64(0x1p-149), std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(std::bit_cast<uint32_t>(f32_demote_f64(-0x1p-1000)), 0x8000'0000u);
}

TEST(FloatToFloat, SignallingNaNsBecomeQuiet) {
  volatile uint64_t wide = 0x7FF4'0000'0000'0001;
  EXPECT_EQ(std::bit_cast<uint32_t>(f32_demote_f64(std::bit_cast<double>(uint64_t{wide}))) & 0x7FC0'0000u,
            0x7FC0'0000u);
  volatile uint32_t narrow = 0x7FA0'0001;
  EXPECT_EQ(std::bit_cast<uint64_t>(f64_promote_f32(std::bit_cast<float>(uint32_t{narrow}))) & 0x7FF8'0000'0000'0000u,
            0x7FF8'0000'0000'0000u);
}

TEST(Reinterpretation, KeepsEveryBit) {
  EXPECT_EQ(i32_reinterpret_f32(f32_reinterpret_i32(0x7FA0'0001)), 0x7FA0'0001u);
  EXPECT_EQ(i64_reinterpret_f64(f64_reinterpret_i64(0xFFF4'0000'0000'0001)), 0xFFF4'0000'0000'0001u);
  EXPECT_EQ(i32_wrap_i64(0x1234'5678'9ABC'DEF0), 0x9ABC'DEF0u);
}

}  // namespace
}  // namespace shallop::numerics
