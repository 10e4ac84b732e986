// SPDX-License-Identifier: Apache-2.0
#include "loadgen/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

namespace shallop::loadgen {
namespace {

// Times as a server with a heavy tail makes them, from a fixed seed.
std::vector<int64_t> heavy_tail(size_t count) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> law(11, 2);
  std::vector<int64_t> times(count);
  for (int64_t& time : times) time = static_cast<int64_t>(law(random)) + 1000;
  return times;
}

TEST(Histogram, HasThreeSignificantDigitsFromAMicrosecondToAnHour) {
  for (double value = 1e3; value < 3.6e12; value *= 1.00371) {
    Histogram histogram;
    const auto time_ns = static_cast<int64_t>(value);
    histogram.record(time_ns);
    histogram.record(Histogram::value_max_ns);  // else the percentile would be cut to the exact largest value
    EXPECT_NEAR(static_cast<double>(histogram.percentile_ns(0.5)), value, value * 1e-3 + 1);
    EXPECT_GE(histogram.percentile_ns(0.5), time_ns);
  }
}

TEST(Histogram, FindsThePercentilesOfTheSortedTimes) {
  std::vector<int64_t> times = heavy_tail(50'000);
  Histogram histogram;
  for (const int64_t time : times) histogram.record(time);
  std::ranges::sort(times);
  for (const double share : {0.0, 0.1, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0}) {
    const auto rank = std::max<size_t>(1, static_cast<size_t>(std::ceil(share * static_cast<double>(times.size()))));
    const auto exact = static_cast<double>(times[rank - 1]);
    EXPECT_NEAR(static_cast<double>(histogram.percentile_ns(share)), exact, exact * 1e-3) << share;
  }
  EXPECT_EQ(histogram.count_beyond(0.99), 500U);
}

TEST(Histogram, KeepsCountExtremesMeanAndDeviationExactly) {
  Histogram histogram;
  for (const int64_t time : {1'000'001, 2'000'003, 9'000'005}) histogram.record(time);
  EXPECT_EQ(histogram.count(), 3U);
  EXPECT_EQ(histogram.min_ns(), 1'000'001);
  EXPECT_EQ(histogram.max_ns(), 9'000'005);
  EXPECT_DOUBLE_EQ(histogram.mean_ns(), 4'000'003);
  EXPECT_NEAR(histogram.standard_deviation_ns(), 3'559'027.58, 0.01);  // divides by n, as rewrk does
}

// rewrk sorts all times and averages the slowest trunc(n * share), at least one.
TEST(Histogram, AveragesTheSlowestAsRewrkDoes) {
  std::vector<int64_t> times = heavy_tail(20'001);
  Histogram histogram;
  for (const int64_t time : times) histogram.record(time);
  std::ranges::sort(times, std::greater());
  for (const double share : {0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.0000001}) {
    const auto slowest = std::max<size_t>(1, static_cast<size_t>(static_cast<double>(times.size()) * share));
    const double exact = std::accumulate(times.begin(), times.begin() + static_cast<ptrdiff_t>(slowest), 0.0) /
                         static_cast<double>(slowest);
    EXPECT_NEAR(histogram.slowest_mean_ns(share), exact, exact * 1e-3) << share;
  }
}

TEST(Histogram, MergesWithoutLoss) {
  const std::vector<int64_t> times = heavy_tail(10'000);
  Histogram whole;
  Histogram left;
  Histogram right;
  for (size_t i = 0; i < times.size(); ++i) {
    whole.record(times[i]);
    (i % 3 == 0 ? left : right).record(times[i]);
  }
  left.merge(right);
  left.merge(Histogram());
  EXPECT_EQ(left.count(), whole.count());
  EXPECT_EQ(left.min_ns(), whole.min_ns());
  EXPECT_EQ(left.max_ns(), whole.max_ns());
  EXPECT_DOUBLE_EQ(left.mean_ns(), whole.mean_ns());
  EXPECT_DOUBLE_EQ(left.standard_deviation_ns(), whole.standard_deviation_ns());
  for (size_t cell = 0; cell < Histogram::cell_count; ++cell) ASSERT_EQ(left.count_in(cell), whole.count_in(cell));
}

TEST(Histogram, TakesWhateverTimeThereIs) {
  Histogram histogram;
  for (const int64_t time : {INT64_MIN, int64_t{-1}, int64_t{0}, Histogram::value_max_ns + 1, INT64_MAX}) {
    histogram.record(time);
  }
  EXPECT_EQ(histogram.count(), 5U);
  EXPECT_EQ(histogram.min_ns(), 0);
  EXPECT_EQ(histogram.max_ns(), INT64_MAX);
}

TEST(Histogram, IsZeroWhenEmpty) {
  const Histogram histogram;
  EXPECT_EQ(histogram.min_ns(), 0);
  EXPECT_EQ(histogram.percentile_ns(0.99), 0);
  EXPECT_EQ(histogram.mean_ns(), 0);
  EXPECT_EQ(histogram.slowest_mean_ns(0.5), 0);
}

}  // namespace
}  // namespace shallop::loadgen
