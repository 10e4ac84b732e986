// SPDX-License-Identifier: Apache-2.0
// Integer lanes, against 128-bit arithmetic on each lane.
#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

#include "lanewise.hpp"
#include "wasm/simd_numerics.hpp"

namespace shallop::numerics {
namespace {

__extension__ using Wide = __int128;

// One shape: its lanes, and the rows that every shape has.
struct I8x16 {
  using Signed = int8_t;
  using Unsigned = uint8_t;
  static constexpr auto add = i8x16_add, sub = i8x16_sub, eq = i8x16_eq, ne = i8x16_ne, lt_s = i8x16_lt_s,
                        gt_s = i8x16_gt_s, le_s = i8x16_le_s, ge_s = i8x16_ge_s;
  static constexpr auto abs = i8x16_abs, neg = i8x16_neg;
  static constexpr auto shl = i8x16_shl, shr_s = i8x16_shr_s, shr_u = i8x16_shr_u;
  static constexpr auto all_true = i8x16_all_true, bitmask = i8x16_bitmask;
};
struct I16x8 {
  using Signed = int16_t;
  using Unsigned = uint16_t;
  static constexpr auto add = i16x8_add, sub = i16x8_sub, eq = i16x8_eq, ne = i16x8_ne, lt_s = i16x8_lt_s,
                        gt_s = i16x8_gt_s, le_s = i16x8_le_s, ge_s = i16x8_ge_s;
  static constexpr auto abs = i16x8_abs, neg = i16x8_neg;
  static constexpr auto shl = i16x8_shl, shr_s = i16x8_shr_s, shr_u = i16x8_shr_u;
  static constexpr auto all_true = i16x8_all_true, bitmask = i16x8_bitmask;
};
struct I32x4 {
  using Signed = int32_t;
  using Unsigned = uint32_t;
  static constexpr auto add = i32x4_add, sub = i32x4_sub, eq = i32x4_eq, ne = i32x4_ne, lt_s = i32x4_lt_s,
                        gt_s = i32x4_gt_s, le_s = i32x4_le_s, ge_s = i32x4_ge_s;
  static constexpr auto abs = i32x4_abs, neg = i32x4_neg;
  static constexpr auto shl = i32x4_shl, shr_s = i32x4_shr_s, shr_u = i32x4_shr_u;
  static constexpr auto all_true = i32x4_all_true, bitmask = i32x4_bitmask;
};
struct I64x2 {
  using Signed = int64_t;
  using Unsigned = uint64_t;
  static constexpr auto add = i64x2_add, sub = i64x2_sub, eq = i64x2_eq, ne = i64x2_ne, lt_s = i64x2_lt_s,
                        gt_s = i64x2_gt_s, le_s = i64x2_le_s, ge_s = i64x2_ge_s;
  static constexpr auto abs = i64x2_abs, neg = i64x2_neg;
  static constexpr auto shl = i64x2_shl, shr_s = i64x2_shr_s, shr_u = i64x2_shr_u;
  static constexpr auto all_true = i64x2_all_true, bitmask = i64x2_bitmask;
};

// Bounds, their neighbours, alternating bits.
template <class Lane>
std::vector<Lane> edges() {
  using Limits = std::numeric_limits<Lane>;
  constexpr auto bits = static_cast<Lane>(0x5555'5555'5555'5555);
  constexpr auto half = static_cast<Lane>(Wide{1} << (sizeof(Lane) * 4));
  std::vector<Lane> values;
  for (const Wide each : {Wide{0}, Wide{1}, Wide{2}, Wide{3}, Wide{-1}, Wide{-2}, Wide{Limits::min()},
                          Wide{Limits::min()} + 1, Wide{Limits::max()}, Wide{Limits::max()} - 1, Wide{bits},
                          Wide{bits} * 2, Wide{half}, Wide{half} - 1, Wide{half} / 2, Wide{100}, Wide{-100}}) {
    values.push_back(static_cast<Lane>(each));
  }
  return values;
}

template <class Lane>
Wide saturated(Wide value) {
  return std::clamp(value, Wide{std::numeric_limits<Lane>::min()}, Wide{std::numeric_limits<Lane>::max()});
}

template <class Lane>
void expect_of_edges(auto function, auto of_lane) {
  const auto values = edges<Lane>();
  expect_unary(std::span<const Lane>(values), function, [&](Lane a) { return of_lane(Wide{a}); });
}
template <class Lane>
void expect_of_edge_pairs(auto function, auto of_lanes) {
  const auto values = edges<Lane>();
  expect_binary(std::span<const Lane>(values), function, [&](Lane a, Lane b) { return of_lanes(Wide{a}, Wide{b}); });
}

constexpr auto sum = [](Wide a, Wide b) { return a + b; };
constexpr auto difference = [](Wide a, Wide b) { return a - b; };
constexpr auto product = [](Wide a, Wide b) { return a * b; };
constexpr auto smaller = [](Wide a, Wide b) { return std::min(a, b); };
constexpr auto larger = [](Wide a, Wide b) { return std::max(a, b); };
constexpr auto mean = [](Wide a, Wide b) { return (a + b + 1) / 2; };
// All ones where a comparison holds.
constexpr auto where = [](auto compare) {
  return [compare](Wide a, Wide b) { return compare(a, b) ? Wide{-1} : Wide{0}; };
};

template <class Shape>
class IntegerLanes : public testing::Test {};
using Shapes = testing::Types<I8x16, I16x8, I32x4, I64x2>;
TYPED_TEST_SUITE(IntegerLanes, Shapes);

TYPED_TEST(IntegerLanes, ArithmeticWraps) {
  using Lane = TypeParam::Signed;
  expect_of_edge_pairs<Lane>(TypeParam::add, sum);
  expect_of_edge_pairs<Lane>(TypeParam::sub, difference);
  expect_of_edges<Lane>(TypeParam::neg, [](Wide a) { return -a; });
  expect_of_edges<Lane>(TypeParam::abs, [](Wide a) { return a < 0 ? -a : a; });
}

TYPED_TEST(IntegerLanes, ComparisonsFillTheLane) {
  using Lane = TypeParam::Signed;
  expect_of_edge_pairs<Lane>(TypeParam::eq, where(std::equal_to()));
  expect_of_edge_pairs<Lane>(TypeParam::ne, where(std::not_equal_to()));
  expect_of_edge_pairs<Lane>(TypeParam::lt_s, where(std::less()));
  expect_of_edge_pairs<Lane>(TypeParam::gt_s, where(std::greater()));
  expect_of_edge_pairs<Lane>(TypeParam::le_s, where(std::less_equal()));
  expect_of_edge_pairs<Lane>(TypeParam::ge_s, where(std::greater_equal()));
}

TYPED_TEST(IntegerLanes, ShiftsCountModuloTheWidth) {
  using Signed = TypeParam::Signed;
  using Unsigned = TypeParam::Unsigned;
  constexpr uint32_t width = sizeof(Signed) * 8;
  for (const uint32_t count : {0u, 1u, 3u, width - 1, width, width + 1, 255u, 0xFFFF'FFFFu}) {
    const uint32_t by = count % width;
    const auto with_count = [count](auto shift) { return [=](V128 a) { return shift(a, count); }; };
    expect_of_edges<Unsigned>(with_count(TypeParam::shl), [by](Wide a) { return a * (Wide{1} << by); });
    expect_of_edges<Unsigned>(with_count(TypeParam::shr_u), [by](Wide a) { return a >> by; });
    expect_of_edges<Signed>(with_count(TypeParam::shr_s), [by](Wide a) { return a >> by; });
  }
}

TYPED_TEST(IntegerLanes, AllTrueLooksAtEveryLane) {
  using Lane = TypeParam::Signed;
  EXPECT_EQ(TypeParam::all_true(all<Lane>(1)), 1u);
  EXPECT_EQ(TypeParam::all_true(all<Lane>(std::numeric_limits<Lane>::min())), 1u);
  EXPECT_EQ(TypeParam::all_true(all<Lane>(0)), 0u);
  for (size_t i = 0; i < LaneArray<Lane>().size(); ++i) {
    auto lanes = unpacked<Lane>(all<Lane>(-1));
    lanes[i] = 0;
    EXPECT_EQ(TypeParam::all_true(vector_of<Lane>(lanes)), 0u) << i;
  }
}

TYPED_TEST(IntegerLanes, BitmaskGathersTheSigns) {
  using Lane = TypeParam::Signed;
  EXPECT_EQ(TypeParam::bitmask(all<Lane>(std::numeric_limits<Lane>::max())), 0u);
  EXPECT_EQ(TypeParam::bitmask(all<Lane>(-1)), (1u << LaneArray<Lane>().size()) - 1);
  for (size_t i = 0; i < LaneArray<Lane>().size(); ++i) {
    LaneArray<Lane> lanes{};
    lanes[i] = std::numeric_limits<Lane>::min();
    EXPECT_EQ(TypeParam::bitmask(vector_of<Lane>(lanes)), 1u << i);
  }
}

TEST(IntegerLanes, UnsignedComparisons) {
  expect_of_edge_pairs<uint8_t>(i8x16_lt_u, where(std::less()));
  expect_of_edge_pairs<uint8_t>(i8x16_gt_u, where(std::greater()));
  expect_of_edge_pairs<uint8_t>(i8x16_le_u, where(std::less_equal()));
  expect_of_edge_pairs<uint8_t>(i8x16_ge_u, where(std::greater_equal()));
  expect_of_edge_pairs<uint16_t>(i16x8_lt_u, where(std::less()));
  expect_of_edge_pairs<uint16_t>(i16x8_gt_u, where(std::greater()));
  expect_of_edge_pairs<uint16_t>(i16x8_le_u, where(std::less_equal()));
  expect_of_edge_pairs<uint16_t>(i16x8_ge_u, where(std::greater_equal()));
  expect_of_edge_pairs<uint32_t>(i32x4_lt_u, where(std::less()));
  expect_of_edge_pairs<uint32_t>(i32x4_gt_u, where(std::greater()));
  expect_of_edge_pairs<uint32_t>(i32x4_le_u, where(std::less_equal()));
  expect_of_edge_pairs<uint32_t>(i32x4_ge_u, where(std::greater_equal()));
}

TEST(IntegerLanes, Products) {
  expect_of_edge_pairs<int16_t>(i16x8_mul, product);
  expect_of_edge_pairs<int32_t>(i32x4_mul, product);
  expect_of_edge_pairs<int64_t>(i64x2_mul, product);
}

TEST(IntegerLanes, SmallerAndLarger) {
  expect_of_edge_pairs<int8_t>(i8x16_min_s, smaller);
  expect_of_edge_pairs<uint8_t>(i8x16_min_u, smaller);
  expect_of_edge_pairs<int8_t>(i8x16_max_s, larger);
  expect_of_edge_pairs<uint8_t>(i8x16_max_u, larger);
  expect_of_edge_pairs<int16_t>(i16x8_min_s, smaller);
  expect_of_edge_pairs<uint16_t>(i16x8_min_u, smaller);
  expect_of_edge_pairs<int16_t>(i16x8_max_s, larger);
  expect_of_edge_pairs<uint16_t>(i16x8_max_u, larger);
  expect_of_edge_pairs<int32_t>(i32x4_min_s, smaller);
  expect_of_edge_pairs<uint32_t>(i32x4_min_u, smaller);
  expect_of_edge_pairs<int32_t>(i32x4_max_s, larger);
  expect_of_edge_pairs<uint32_t>(i32x4_max_u, larger);
}

TEST(IntegerLanes, SaturatingArithmeticStopsAtTheBounds) {
  const auto stop = []<class Lane>(auto operation) {
    return [operation](Wide a, Wide b) { return saturated<Lane>(operation(a, b)); };
  };
  expect_of_edge_pairs<int8_t>(i8x16_add_sat_s, stop.operator()<int8_t>(sum));
  expect_of_edge_pairs<uint8_t>(i8x16_add_sat_u, stop.operator()<uint8_t>(sum));
  expect_of_edge_pairs<int8_t>(i8x16_sub_sat_s, stop.operator()<int8_t>(difference));
  expect_of_edge_pairs<uint8_t>(i8x16_sub_sat_u, stop.operator()<uint8_t>(difference));
  expect_of_edge_pairs<int16_t>(i16x8_add_sat_s, stop.operator()<int16_t>(sum));
  expect_of_edge_pairs<uint16_t>(i16x8_add_sat_u, stop.operator()<uint16_t>(sum));
  expect_of_edge_pairs<int16_t>(i16x8_sub_sat_s, stop.operator()<int16_t>(difference));
  expect_of_edge_pairs<uint16_t>(i16x8_sub_sat_u, stop.operator()<uint16_t>(difference));
}

TEST(IntegerLanes, MeansAreRoundedUp) {
  expect_of_edge_pairs<uint8_t>(i8x16_avgr_u, mean);
  expect_of_edge_pairs<uint16_t>(i16x8_avgr_u, mean);
}

TEST(IntegerLanes, FractionsOf15BitsAreMultipliedAndRounded) {
  expect_of_edge_pairs<int16_t>(i16x8_q15mulr_sat_s,
                                [](Wide a, Wide b) { return saturated<int16_t>((a * b + 0x4000) >> 15); });
  EXPECT_EQ(unpacked<int16_t>(i16x8_q15mulr_sat_s(all<int16_t>(-0x8000), all<int16_t>(-0x8000))),
            unpacked<int16_t>(all<int16_t>(0x7FFF)));
}

TEST(IntegerLanes, BitsAreCountedInEveryByte) {
  for (unsigned each = 0; each < 256; ++each) {
    EXPECT_EQ(unpacked<uint8_t>(i8x16_popcnt(all(static_cast<uint8_t>(each))))[each % 16],
              std::popcount(static_cast<uint8_t>(each)));
  }
  expect_of_edges<uint8_t>(i8x16_popcnt, [](Wide a) { return std::popcount(static_cast<uint8_t>(a)); });
}

// What a conversion from lanes of Narrow to wide ones does with the low or high half of the narrow lanes.
template <class Narrow, class Result>
void expect_extension(auto low, auto high) {
  const auto values = edges<Narrow>();
  for (size_t start = 0; start < values.size(); ++start) {
    const V128 a = selection(std::span<const Narrow>(values), start, 1);
    const auto lanes = unpacked<Narrow>(a);
    const auto from_low = unpacked<Result>(low(a));
    const auto from_high = unpacked<Result>(high(a));
    for (size_t i = 0; i < from_low.size(); ++i) {
      EXPECT_EQ(from_low[i], static_cast<Result>(lanes[i]));
      EXPECT_EQ(from_high[i], static_cast<Result>(lanes[i + from_low.size()]));
    }
  }
}

TEST(WideningLanes, ExtensionKeepsTheNumber) {
  expect_extension<int8_t, int16_t>(i16x8_extend_low_i8x16_s, i16x8_extend_high_i8x16_s);
  expect_extension<uint8_t, uint16_t>(i16x8_extend_low_i8x16_u, i16x8_extend_high_i8x16_u);
  expect_extension<int16_t, int32_t>(i32x4_extend_low_i16x8_s, i32x4_extend_high_i16x8_s);
  expect_extension<uint16_t, uint32_t>(i32x4_extend_low_i16x8_u, i32x4_extend_high_i16x8_u);
  expect_extension<int32_t, int64_t>(i64x2_extend_low_i32x4_s, i64x2_extend_high_i32x4_s);
  expect_extension<uint32_t, uint64_t>(i64x2_extend_low_i32x4_u, i64x2_extend_high_i32x4_u);
}

template <class Narrow, class Result>
void expect_wide_products(auto low, auto high) {
  const auto values = edges<Narrow>();
  for (size_t first = 0; first < values.size(); ++first) {
    for (size_t second = 0; second < values.size(); ++second) {
      const V128 a = selection(std::span<const Narrow>(values), first, 1);
      const V128 b = selection(std::span<const Narrow>(values), second, 3);
      const auto from_low = unpacked<Result>(low(a, b));
      const auto from_high = unpacked<Result>(high(a, b));
      const size_t half = from_low.size();
      for (size_t i = 0; i < half; ++i) {
        const auto product_of = [&](size_t lane) {
          return static_cast<Result>(Wide{unpacked<Narrow>(a)[lane]} * Wide{unpacked<Narrow>(b)[lane]});
        };
        EXPECT_EQ(from_low[i], product_of(i));
        EXPECT_EQ(from_high[i], product_of(half + i));
      }
    }
  }
}

TEST(WideningLanes, ProductsAreExact) {
  expect_wide_products<int8_t, int16_t>(i16x8_extmul_low_i8x16_s, i16x8_extmul_high_i8x16_s);
  expect_wide_products<uint8_t, uint16_t>(i16x8_extmul_low_i8x16_u, i16x8_extmul_high_i8x16_u);
  expect_wide_products<int16_t, int32_t>(i32x4_extmul_low_i16x8_s, i32x4_extmul_high_i16x8_s);
  expect_wide_products<uint16_t, uint32_t>(i32x4_extmul_low_i16x8_u, i32x4_extmul_high_i16x8_u);
  expect_wide_products<int32_t, int64_t>(i64x2_extmul_low_i32x4_s, i64x2_extmul_high_i32x4_s);
  expect_wide_products<uint32_t, uint64_t>(i64x2_extmul_low_i32x4_u, i64x2_extmul_high_i32x4_u);
}

template <class Narrow, class Result>
void expect_pairwise_sums(auto function) {
  const auto values = edges<Narrow>();
  for (size_t start = 0; start < values.size(); ++start) {
    const V128 a = selection(std::span<const Narrow>(values), start, 5);
    const auto lanes = unpacked<Narrow>(a);
    const auto sums = unpacked<Result>(function(a));
    for (size_t i = 0; i < sums.size(); ++i) {
      EXPECT_EQ(sums[i], static_cast<Result>(Wide{lanes[2 * i]} + Wide{lanes[2 * i + 1]}));
    }
  }
}

TEST(WideningLanes, PairsAreAddedWithoutLoss) {
  expect_pairwise_sums<int8_t, int16_t>(i16x8_extadd_pairwise_i8x16_s);
  expect_pairwise_sums<uint8_t, uint16_t>(i16x8_extadd_pairwise_i8x16_u);
  expect_pairwise_sums<int16_t, int32_t>(i32x4_extadd_pairwise_i16x8_s);
  expect_pairwise_sums<uint16_t, uint32_t>(i32x4_extadd_pairwise_i16x8_u);
}

TEST(WideningLanes, DotAddsNeighbouringProducts) {
  const auto values = edges<int16_t>();
  for (size_t first = 0; first < values.size(); ++first) {
    for (size_t second = 0; second < values.size(); ++second) {
      const auto a = unpacked<int16_t>(selection(std::span<const int16_t>(values), first, 1));
      const auto b = unpacked<int16_t>(selection(std::span<const int16_t>(values), second, 3));
      const auto sums = unpacked<int32_t>(i32x4_dot_i16x8_s(vector_of<int16_t>(a), vector_of<int16_t>(b)));
      for (size_t i = 0; i < sums.size(); ++i) {
        EXPECT_EQ(sums[i], static_cast<int32_t>(Wide{a[2 * i]} * b[2 * i] + Wide{a[2 * i + 1]} * b[2 * i + 1]));
      }
    }
  }
  // The one sum that wraps.
  const V128 lowest = all<int16_t>(-0x8000);
  EXPECT_EQ(unpacked<uint32_t>(i32x4_dot_i16x8_s(lowest, lowest))[3], 0x8000'0000u);
}

// Lanes of the first vector, then those of the second, each brought into range.
template <class From, class Narrow>
void expect_narrowing(auto function) {
  const auto values = edges<From>();
  for (size_t first = 0; first < values.size(); ++first) {
    const V128 a = selection(std::span<const From>(values), first, 1);
    const V128 b = selection(std::span<const From>(values), first, 3);
    const auto results = unpacked<Narrow>(function(a, b));
    const size_t half = results.size() / 2;
    for (size_t i = 0; i < half; ++i) {
      EXPECT_EQ(results[i], saturated<Narrow>(unpacked<From>(a)[i]));
      EXPECT_EQ(results[half + i], saturated<Narrow>(unpacked<From>(b)[i]));
    }
  }
}

TEST(NarrowingLanes, SignedLanesAreSaturated) {
  expect_narrowing<int16_t, int8_t>(i8x16_narrow_i16x8_s);
  expect_narrowing<int16_t, uint8_t>(i8x16_narrow_i16x8_u);
  expect_narrowing<int32_t, int16_t>(i16x8_narrow_i32x4_s);
  expect_narrowing<int32_t, uint16_t>(i16x8_narrow_i32x4_u);
}

}  // namespace
}  // namespace shallop::numerics
