// SPDX-License-Identifier: Apache-2.0
// Both widths run the same cases: a difference between them would be a slip of ours.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "wasm/numerics.hpp"

namespace shallop::numerics {
namespace {

struct F32 {
  using Float = float;
  using Bits = uint32_t;
  static constexpr Bits signalling_nan = 0x7FA0'0001;
  static constexpr Bits quiet_bit = 0x0040'0000;
  static constexpr auto abs = f32_abs, neg = f32_neg, ceil = f32_ceil, floor = f32_floor, trunc = f32_trunc,
                        nearest = f32_nearest, sqrt = f32_sqrt;
  static constexpr auto add = f32_add, sub = f32_sub, mul = f32_mul, div = f32_div, min = f32_min, max = f32_max,
                        copysign = f32_copysign;
};

struct F64 {
  using Float = double;
  using Bits = uint64_t;
  static constexpr Bits signalling_nan = 0x7FF4'0000'0000'0001;
  static constexpr Bits quiet_bit = 0x0008'0000'0000'0000;
  static constexpr auto abs = f64_abs, neg = f64_neg, ceil = f64_ceil, floor = f64_floor, trunc = f64_trunc,
                        nearest = f64_nearest, sqrt = f64_sqrt;
  static constexpr auto add = f64_add, sub = f64_sub, mul = f64_mul, div = f64_div, min = f64_min, max = f64_max,
                        copysign = f64_copysign;
};

template <class Width>
class FloatOperation : public testing::Test {
 protected:
  using Float = Width::Float;
  using Bits = Width::Bits;
  using Limits = std::numeric_limits<Float>;

  static Bits bits(Float a) { return std::bit_cast<Bits>(a); }
  static constexpr Bits sign = Bits{1} << (sizeof(Bits) * 8 - 1);
  // Through volatile, so that the compiler computes nothing in advance.
  static Float opaque(Float a) {
    volatile Bits copy = bits(a);
    return std::bit_cast<Float>(Bits{copy});
  }
  // A NaN that no arithmetic has made.
  static Float signalling() { return opaque(std::bit_cast<Float>(Width::signalling_nan)); }
  static bool is_arithmetic_nan(Float a) { return a != a && (bits(a) & Width::quiet_bit) != 0; }

  static constexpr Float infinity = Limits::infinity();
};
using Widths = testing::Types<F32, F64>;
TYPED_TEST_SUITE(FloatOperation, Widths);

// Equal as bits: tells -0 from 0.
#define EXPECT_SAME(actual, expected) \
  EXPECT_EQ(TestFixture::bits(actual), TestFixture::bits(static_cast<typename TypeParam::Float>(expected)))

TYPED_TEST(FloatOperation, SignOperationsKeepEveryBitOfANaN) {
  const auto nan = TestFixture::signalling();
  EXPECT_EQ(TestFixture::bits(TypeParam::neg(nan)), TypeParam::signalling_nan | TestFixture::sign);
  EXPECT_EQ(TestFixture::bits(TypeParam::abs(TypeParam::neg(nan))), TypeParam::signalling_nan);
  EXPECT_EQ(TestFixture::bits(TypeParam::copysign(nan, -1)), TypeParam::signalling_nan | TestFixture::sign);
  EXPECT_SAME(TypeParam::copysign(2, TypeParam::neg(nan)), -2);
  EXPECT_SAME(TypeParam::neg(0), -0.0);
  EXPECT_SAME(TypeParam::abs(-TestFixture::infinity), TestFixture::infinity);
}

TYPED_TEST(FloatOperation, ArithmeticMakesASignallingNaNQuiet) {
  const auto nan = TestFixture::signalling();
  const auto one = TestFixture::opaque(1);
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::add(nan, one)));
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::sub(one, nan)));
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::mul(nan, one)));
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::div(nan, one)));
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::sqrt(nan)));
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::ceil(nan)));
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::floor(nan)));
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::trunc(nan)));
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::nearest(nan)));
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::min(nan, one)));
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::min(one, nan)));
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::max(nan, -TestFixture::infinity)));
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::max(TestFixture::infinity, nan)));
}

TYPED_TEST(FloatOperation, MinAndMaxOrderTheZeros) {
  const auto zero = TestFixture::opaque(0);
  const auto minus_zero = TestFixture::opaque(-0.0);
  EXPECT_SAME(TypeParam::min(zero, minus_zero), -0.0);
  EXPECT_SAME(TypeParam::min(minus_zero, zero), -0.0);
  EXPECT_SAME(TypeParam::max(zero, minus_zero), 0.0);
  EXPECT_SAME(TypeParam::max(minus_zero, zero), 0.0);
  EXPECT_SAME(TypeParam::max(minus_zero, minus_zero), -0.0);
  EXPECT_SAME(TypeParam::min(-1, 2), -1);
  EXPECT_SAME(TypeParam::min(2, -1), -1);
  EXPECT_SAME(TypeParam::max(-1, 2), 2);
  EXPECT_SAME(TypeParam::max(2, -1), 2);
  EXPECT_SAME(TypeParam::min(-TestFixture::infinity, TestFixture::Limits::lowest()), -TestFixture::infinity);
}

TYPED_TEST(FloatOperation, NearestRoundsTiesToEven) {
  for (const double each : {0.5, 2.5, 4.5, 1.5, 3.5}) {
    const auto half = TestFixture::opaque(static_cast<TypeParam::Float>(each));
    EXPECT_SAME(TypeParam::nearest(half), 2 * std::round(each / 2)) << each;
    EXPECT_SAME(TypeParam::nearest(-half), -2 * std::round(each / 2)) << -each;
  }
  EXPECT_SAME(TypeParam::nearest(TestFixture::opaque(-0.25)), -0.0);
}

TYPED_TEST(FloatOperation, RoundingKeepsTheSignOfZero) {
  EXPECT_SAME(TypeParam::ceil(TestFixture::opaque(-0.75)), -0.0);
  EXPECT_SAME(TypeParam::ceil(TestFixture::opaque(-0.25)), -0.0);
  EXPECT_SAME(TypeParam::trunc(TestFixture::opaque(-0.75)), -0.0);
  EXPECT_SAME(TypeParam::floor(TestFixture::opaque(0.75)), 0.0);
  for (const double zero : {0.0, -0.0}) {
    const auto each = TestFixture::opaque(static_cast<TypeParam::Float>(zero));
    EXPECT_SAME(TypeParam::ceil(each), zero);
    EXPECT_SAME(TypeParam::floor(each), zero);
    EXPECT_SAME(TypeParam::trunc(each), zero);
    EXPECT_SAME(TypeParam::nearest(each), zero);
  }
}

// The C library is the oracle, at the places where the method of numerics.hpp changes its way.
TYPED_TEST(FloatOperation, RoundingAgreesWithTheLibraryAroundEveryPowerOfTwo) {
  using Float = TypeParam::Float;
  const auto check = [](Float a) {
    EXPECT_SAME(TypeParam::ceil(a), std::ceil(a)) << a;
    EXPECT_SAME(TypeParam::floor(a), std::floor(a)) << a;
    EXPECT_SAME(TypeParam::trunc(a), std::trunc(a)) << a;
    EXPECT_SAME(TypeParam::nearest(a), std::nearbyint(a)) << a;
  };
  for (int exponent = TestFixture::Limits::min_exponent; exponent < TestFixture::Limits::max_exponent; ++exponent) {
    const Float power = std::ldexp(Float{1}, exponent);
    for (const Float each : {power, std::nextafter(power, Float{0}), std::nextafter(power, TestFixture::infinity),
                             power + Float{0.5}, power - Float{0.5}, power + Float{1}, power - Float{1}}) {
      check(each);
      check(-each);
    }
  }
  check(TestFixture::infinity);
  check(-TestFixture::infinity);
  check(TestFixture::Limits::denorm_min());
  check(-TestFixture::Limits::denorm_min());
}

TYPED_TEST(FloatOperation, SquareRoot) {
  EXPECT_SAME(TypeParam::sqrt(TestFixture::opaque(-0.0)), -0.0);
  EXPECT_SAME(TypeParam::sqrt(TestFixture::opaque(4)), 2);
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::sqrt(TestFixture::opaque(-1))));
  EXPECT_SAME(TypeParam::sqrt(TestFixture::infinity), TestFixture::infinity);
}

TYPED_TEST(FloatOperation, DivisionByZeroIsInfinityOrNaN) {
  EXPECT_SAME(TypeParam::div(1, TestFixture::opaque(0)), TestFixture::infinity);
  EXPECT_SAME(TypeParam::div(1, TestFixture::opaque(-0.0)), -TestFixture::infinity);
  EXPECT_TRUE(TestFixture::is_arithmetic_nan(TypeParam::div(0, TestFixture::opaque(0))));
}

}  // namespace
}  // namespace shallop::numerics
