// SPDX-License-Identifier: Apache-2.0
// A vector instruction on float lanes does to each lane what the scalar instruction does, which float_test.cpp and
// conversion_test.cpp hold against the C library.
#include <cmath>
#include <limits>
#include <vector>

#include "lanewise.hpp"
#include "wasm/numerics.hpp"
#include "wasm/simd_numerics.hpp"

namespace shallop::numerics {
namespace {

struct F32x4 {
  using Float = float;
  using Bits = uint32_t;
  static constexpr Bits quiet_bit = 0x0040'0000;
  static constexpr Bits signalling_nan = 0xFFA0'0001;
  struct Scalar {
    static constexpr auto abs = f32_abs, neg = f32_neg, ceil = f32_ceil, floor = f32_floor, trunc = f32_trunc,
                          nearest = f32_nearest, sqrt = f32_sqrt;
    static constexpr auto add = f32_add, sub = f32_sub, mul = f32_mul, div = f32_div, min = f32_min, max = f32_max;
    static constexpr auto eq = f32_eq, ne = f32_ne, lt = f32_lt, gt = f32_gt, le = f32_le, ge = f32_ge;
  };
  static constexpr auto abs = f32x4_abs, neg = f32x4_neg, ceil = f32x4_ceil, floor = f32x4_floor, trunc = f32x4_trunc,
                        nearest = f32x4_nearest, sqrt = f32x4_sqrt;
  static constexpr auto add = f32x4_add, sub = f32x4_sub, mul = f32x4_mul, div = f32x4_div, min = f32x4_min,
                        max = f32x4_max, pmin = f32x4_pmin, pmax = f32x4_pmax;
  static constexpr auto eq = f32x4_eq, ne = f32x4_ne, lt = f32x4_lt, gt = f32x4_gt, le = f32x4_le, ge = f32x4_ge;
};
struct F64x2 {
  using Float = double;
  using Bits = uint64_t;
  static constexpr Bits quiet_bit = 0x0008'0000'0000'0000;
  static constexpr Bits signalling_nan = 0xFFF4'0000'0000'0001;
  struct Scalar {
    static constexpr auto abs = f64_abs, neg = f64_neg, ceil = f64_ceil, floor = f64_floor, trunc = f64_trunc,
                          nearest = f64_nearest, sqrt = f64_sqrt;
    static constexpr auto add = f64_add, sub = f64_sub, mul = f64_mul, div = f64_div, min = f64_min, max = f64_max;
    static constexpr auto eq = f64_eq, ne = f64_ne, lt = f64_lt, gt = f64_gt, le = f64_le, ge = f64_ge;
  };
  static constexpr auto abs = f64x2_abs, neg = f64x2_neg, ceil = f64x2_ceil, floor = f64x2_floor, trunc = f64x2_trunc,
                        nearest = f64x2_nearest, sqrt = f64x2_sqrt;
  static constexpr auto add = f64x2_add, sub = f64x2_sub, mul = f64x2_mul, div = f64x2_div, min = f64x2_min,
                        max = f64x2_max, pmin = f64x2_pmin, pmax = f64x2_pmax;
  static constexpr auto eq = f64x2_eq, ne = f64x2_ne, lt = f64x2_lt, gt = f64x2_gt, le = f64x2_le, ge = f64x2_ge;
};

// Zeros, halves, bounds of integers and of the format, infinities; NaNs are beside them.
template <class Float>
std::vector<Float> numbers() {
  using Limits = std::numeric_limits<Float>;
  std::vector<Float> values;
  for (const double magnitude : {0.0,    0.25,         0.5,          0.75,       1.0,          1.5,    2.5,
                                 3.5,    1e10,         0x1p22 + 0.5, 0x1p23 - 1, 0x1p23,       0x1p24, 0x1p31 - 128,
                                 0x1p31, 0x1p31 + 256, 0x1p32 - 256, 0x1p32,     0x1p51 + 0.5, 0x1p52, 0x1p63}) {
    values.push_back(static_cast<Float>(magnitude));
    values.push_back(static_cast<Float>(-magnitude));
  }
  for (const Float magnitude : {Limits::denorm_min(), Limits::min(), Limits::max(), Limits::infinity()}) {
    values.push_back(magnitude);
    values.push_back(-magnitude);
  }
  return values;
}

template <class Shape>
class FloatLanes : public testing::Test {
 protected:
  using Float = Shape::Float;
  using Bits = Shape::Bits;

  static std::vector<Float> numbers_and_nans() {
    auto values = numbers<Float>();
    values.push_back(std::numeric_limits<Float>::quiet_NaN());
    values.push_back(std::bit_cast<Float>(Shape::signalling_nan));
    return values;
  }
  // The specification leaves sign and payload of most NaNs open, but they are quiet.
  static void expect_same(Float actual, Float expected, Float a, Float b) {
    const auto bits = std::bit_cast<Bits>(actual);
    if (expected != expected)
      EXPECT_TRUE(actual != actual && (bits & Shape::quiet_bit) != 0) << a << ", " << b;
    else
      EXPECT_EQ(bits, std::bit_cast<Bits>(expected)) << a << ", " << b;
  }
  static void expect_unary_as_scalar(auto function, auto scalar) {
    const auto values = numbers_and_nans();
    for (size_t start = 0; start < values.size(); ++start) {
      const V128 a = selection(std::span<const Float>(values), start, 1);
      const auto lanes = unpacked<Float>(a);
      const auto results = unpacked<Float>(function(a));
      for (size_t i = 0; i < results.size(); ++i) expect_same(results[i], scalar(lanes[i]), lanes[i], 0);
    }
  }
  static void expect_binary_as_scalar(auto function, auto scalar) {
    const auto values = numbers_and_nans();
    for (size_t first = 0; first < values.size(); ++first) {
      for (size_t second = 0; second < values.size(); ++second) {
        const V128 a = selection(std::span<const Float>(values), first, 1);
        const V128 b = selection(std::span<const Float>(values), second, 3);
        const auto x = unpacked<Float>(a);
        const auto y = unpacked<Float>(b);
        const auto results = unpacked<Float>(function(a, b));
        for (size_t i = 0; i < results.size(); ++i) expect_same(results[i], scalar(x[i], y[i]), x[i], y[i]);
      }
    }
  }
  static void expect_mask_as_scalar(auto function, auto scalar) {
    const auto values = numbers_and_nans();
    expect_binary<Float, Bits>(std::span<const Float>(values), function,
                               [&](Float a, Float b) { return scalar(a, b) ? ~Bits{0} : Bits{0}; });
  }
};
using FloatShapes = testing::Types<F32x4, F64x2>;
TYPED_TEST_SUITE(FloatLanes, FloatShapes);

TYPED_TEST(FloatLanes, ArithmeticIsThatOfTheScalars) {
  using Scalar = TypeParam::Scalar;
  TestFixture::expect_binary_as_scalar(TypeParam::add, Scalar::add);
  TestFixture::expect_binary_as_scalar(TypeParam::sub, Scalar::sub);
  TestFixture::expect_binary_as_scalar(TypeParam::mul, Scalar::mul);
  TestFixture::expect_binary_as_scalar(TypeParam::div, Scalar::div);
  TestFixture::expect_unary_as_scalar(TypeParam::sqrt, Scalar::sqrt);
}

TYPED_TEST(FloatLanes, MinAndMaxAreThoseOfTheScalars) {
  using Scalar = TypeParam::Scalar;
  TestFixture::expect_binary_as_scalar(TypeParam::min, Scalar::min);
  TestFixture::expect_binary_as_scalar(TypeParam::max, Scalar::max);
}

TYPED_TEST(FloatLanes, RoundingIsThatOfTheScalars) {
  using Scalar = TypeParam::Scalar;
  TestFixture::expect_unary_as_scalar(TypeParam::ceil, Scalar::ceil);
  TestFixture::expect_unary_as_scalar(TypeParam::floor, Scalar::floor);
  TestFixture::expect_unary_as_scalar(TypeParam::trunc, Scalar::trunc);
  TestFixture::expect_unary_as_scalar(TypeParam::nearest, Scalar::nearest);
}

TYPED_TEST(FloatLanes, ComparisonsFillTheLane) {
  using Scalar = TypeParam::Scalar;
  TestFixture::expect_mask_as_scalar(TypeParam::eq, Scalar::eq);
  TestFixture::expect_mask_as_scalar(TypeParam::ne, Scalar::ne);
  TestFixture::expect_mask_as_scalar(TypeParam::lt, Scalar::lt);
  TestFixture::expect_mask_as_scalar(TypeParam::gt, Scalar::gt);
  TestFixture::expect_mask_as_scalar(TypeParam::le, Scalar::le);
  TestFixture::expect_mask_as_scalar(TypeParam::ge, Scalar::ge);
}

// Those that move bits only: a signalling NaN stays one.
TYPED_TEST(FloatLanes, SignsAndPseudoMinimaKeepEveryBit) {
  using Float = TypeParam::Float;
  const auto values = TestFixture::numbers_and_nans();
  const std::span<const Float> all_values(values);
  expect_unary<Float>(all_values, TypeParam::abs, TypeParam::Scalar::abs);
  expect_unary<Float>(all_values, TypeParam::neg, TypeParam::Scalar::neg);
  expect_binary<Float>(all_values, TypeParam::pmin, [](Float a, Float b) { return b < a ? b : a; });
  expect_binary<Float>(all_values, TypeParam::pmax, [](Float a, Float b) { return a < b ? b : a; });
}

TEST(LaneConversions, TruncationSaturatesAndMakesZeroOfNaN) {
  auto floats = numbers<float>();
  floats.push_back(std::numeric_limits<float>::quiet_NaN());
  floats.push_back(-std::numeric_limits<float>::signaling_NaN());
  expect_unary<float, uint32_t>(std::span<const float>(floats), i32x4_trunc_sat_f32x4_s, i32_trunc_sat_f32_s);
  expect_unary<float, uint32_t>(std::span<const float>(floats), i32x4_trunc_sat_f32x4_u, i32_trunc_sat_f32_u);
}

TEST(LaneConversions, TruncationOfTwoLanesLeavesZerosBehind) {
  auto doubles = numbers<double>();
  for (const double each : {0x1p31 - 0.5, -0x1p31 - 0.5, 0x1p32 - 0.5, -0.999, std::nan("")}) doubles.push_back(each);
  for (size_t start = 0; start < doubles.size(); ++start) {
    const V128 a = selection(std::span<const double>(doubles), start, 1);
    const auto lanes = unpacked<double>(a);
    EXPECT_EQ(unpacked<uint32_t>(i32x4_trunc_sat_f64x2_s_zero(a)),
              (LaneArray<uint32_t>{i32_trunc_sat_f64_s(lanes[0]), i32_trunc_sat_f64_s(lanes[1])}))
        << lanes[0] << ", " << lanes[1];
    EXPECT_EQ(unpacked<uint32_t>(i32x4_trunc_sat_f64x2_u_zero(a)),
              (LaneArray<uint32_t>{i32_trunc_sat_f64_u(lanes[0]), i32_trunc_sat_f64_u(lanes[1])}))
        << lanes[0] << ", " << lanes[1];
  }
}

TEST(LaneConversions, IntegersAreRoundedOnce) {
  const uint32_t integers[] = {0,           1,           0x00FF'FFFF, 0x0100'0001, 0x0100'0003,
                               0x7FFF'FFBF, 0x7FFF'FFC0, 0x7FFF'FFFF, 0x8000'0000, 0x8000'0080,
                               0x8000'0081, 0xFFFF'FF7F, 0xFFFF'FF80, 0xFFFF'FFFF};
  const std::span<const uint32_t> values(integers);
  expect_unary<uint32_t, float>(values, f32x4_convert_i32x4_s, f32_convert_i32_s);
  expect_unary<uint32_t, float>(values, f32x4_convert_i32x4_u, f32_convert_i32_u);
  for (size_t start = 0; start < values.size(); ++start) {
    const V128 a = selection(values, start, 1);
    const auto lanes = unpacked<uint32_t>(a);
    EXPECT_EQ(unpacked<double>(f64x2_convert_low_i32x4_s(a)),
              (LaneArray<double>{f64_convert_i32_s(lanes[0]), f64_convert_i32_s(lanes[1])}));
    EXPECT_EQ(unpacked<double>(f64x2_convert_low_i32x4_u(a)),
              (LaneArray<double>{f64_convert_i32_u(lanes[0]), f64_convert_i32_u(lanes[1])}));
  }
}

TEST(LaneConversions, DemotionLeavesZerosBehindAndPromotionTakesTheLowLanes) {
  const V128 doubles = vector_of<double>({1 + 0x1p-24 + 0x1p-50, -1e300});
  EXPECT_EQ(unpacked<float>(f32x4_demote_f64x2_zero(doubles)),
            (LaneArray<float>{1 + 0x1p-23f, -std::numeric_limits<float>::infinity(), 0, 0}));
  const V128 floats = vector_of<float>({0.1f, -std::numeric_limits<float>::infinity(), 3, 4});
  EXPECT_EQ(unpacked<double>(f64x2_promote_low_f32x4(floats)),
            (LaneArray<double>{static_cast<double>(0.1f), -std::numeric_limits<double>::infinity()}));
  const V128 nans = vector_of<uint64_t>({0x7FF4'0000'0000'0001, 0xFFF8'0000'0000'0000});
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(unpacked<uint32_t>(f32x4_demote_f64x2_zero(nans))[i] & 0x7FC0'0000, 0x7FC0'0000u);
  }
}

}  // namespace
}  // namespace shallop::numerics
