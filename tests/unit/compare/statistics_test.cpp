// SPDX-License-Identifier: Apache-2.0
#include "compare/statistics.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

namespace shallop::compare {
namespace {

TEST(Median, IsTheMiddleOrTheMeanOfTheTwoMiddleOnes) {
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median(std::array{7.0}), 7);
  EXPECT_EQ(median(std::array{3.0, 1.0, 2.0}), 2);
  EXPECT_EQ(median(std::array{4.0, 1.0, 3.0, 2.0}), 2.5);
}

// Of 2000 resamples of five values the median is below 2 or above 4 in fewer than 2.5 % each only at the ends: the
// exact probability that at least three of five draws are the least value is 5.8 %, so the interval is the whole range.
TEST(MedianInterval, HasTheBootstrapsKnownEnds) {
  const std::array values{1.0, 2.0, 3.0, 4.0, 5.0};
  const Interval interval = median_interval(values, 1);
  EXPECT_EQ(interval.low, 1);
  EXPECT_EQ(interval.high, 5);
}

// With eleven values, six or more draws from the lowest k: 2.5 % lies between k = 2 (0.9 %) and k = 3 (4.7 %), so that
// the ends are the third and the ninth value.
TEST(MedianInterval, IsNarrowerThanTheRangeOfMoreValues) {
  const std::array values{1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0};
  const Interval interval = median_interval(values, 7);
  EXPECT_EQ(interval.low, 3);
  EXPECT_EQ(interval.high, 9);
}

TEST(MedianInterval, IsTheSameForTheSameSeed) {
  const std::array values{10.0, 11.0, 9.5, 10.2, 10.9, 9.9, 10.4};
  const Interval first = median_interval(values, 42);
  const Interval second = median_interval(values, 42);
  EXPECT_EQ(first.low, second.low);
  EXPECT_EQ(first.high, second.high);
  EXPECT_LE(first.low, median(values));
  EXPECT_GE(first.high, median(values));
}

TEST(MedianInterval, OfOneValueIsEmpty) {
  const Interval interval = median_interval(std::array{3.0}, 1);
  EXPECT_EQ(interval.low, 3);
  EXPECT_EQ(interval.high, 3);
}

TEST(TQuantile, IsThatOfTheTables) {
  EXPECT_NEAR(t_quantile(1), 12.706, 1e-3);
  EXPECT_NEAR(t_quantile(4), 2.776, 1e-3);
  EXPECT_NEAR(t_quantile(20), 2.086, 1e-3);
  EXPECT_NEAR(t_quantile(21), 2.0796, 1e-3);
  EXPECT_NEAR(t_quantile(60), 2.0003, 1e-3);
  EXPECT_NEAR(t_quantile(1'000'000), 1.95996, 1e-4);
}

TEST(PairedRatio, TakesOutWhatBothHaveInCommon) {
  // Blocks of very different speed, the ratio always 0.8: nothing is left of the noise.
  const auto ratio = paired_ratio(std::array{80.0, 8.0, 160.0}, std::array{100.0, 10.0, 200.0});
  ASSERT_TRUE(ratio);
  EXPECT_NEAR(ratio->value, 0.8, 1e-12);
  EXPECT_NEAR(ratio->interval.low, 0.8, 1e-9);
  EXPECT_NEAR(ratio->interval.high, 0.8, 1e-9);
  EXPECT_EQ(ratio->pairs, 3U);
}

// Logarithms -0.1, 0, 0.1: mean 0, standard deviation 0.1, error 0.1/sqrt(3), and t of 2 degrees is 4.303.
TEST(PairedRatio, HasStudentsInterval) {
  const auto ratio = paired_ratio(std::array{std::exp(-0.1), 1.0, std::exp(0.1)}, std::array{1.0, 1.0, 1.0});
  ASSERT_TRUE(ratio);
  EXPECT_NEAR(ratio->value, 1, 1e-12);
  EXPECT_NEAR(ratio->log_error, 0.1 / std::sqrt(3), 1e-12);
  EXPECT_NEAR(ratio->interval.high, std::exp(4.303 * 0.1 / std::sqrt(3)), 1e-9);
  EXPECT_NEAR(ratio->interval.low * ratio->interval.high, 1, 1e-9);
}

TEST(PairedRatio, OfOnePairIsUnboundedAndOfNoneIsNothing) {
  const auto one = paired_ratio(std::array{2.0}, std::array{1.0});
  ASSERT_TRUE(one);
  EXPECT_EQ(one->interval.low, 0);
  EXPECT_TRUE(std::isinf(one->interval.high));
  EXPECT_EQ(judge(*one, 0.03), Verdict::unclear);
  EXPECT_FALSE(paired_ratio({}, {}));
  EXPECT_FALSE(paired_ratio(std::array{0.0}, std::array{1.0}));
}

Ratio with_interval(double low, double high) {
  return {.value = std::sqrt(low * high), .interval = {low, high}, .log_error = 0.01, .pairs = 5};
}

TEST(Judge, HasThreeStatesAtAMargin) {
  EXPECT_EQ(judge(with_interval(0.98, 1.02), 0.03), Verdict::same);
  EXPECT_EQ(judge(with_interval(0.975, 0.995), 0.03), Verdict::same);
  EXPECT_EQ(judge(with_interval(0.90, 0.95), 0.03), Verdict::lower);
  EXPECT_EQ(judge(with_interval(1.05, 1.30), 0.03), Verdict::higher);
  EXPECT_EQ(judge(with_interval(0.90, 1.01), 0.03), Verdict::unclear);
}

// Two series of one distribution are told apart by mistake in one case of twenty, no more.
TEST(Judge, TellsEqualsApartSeldom) {
  std::mt19937_64 random(3);
  const auto noise = [&] {
    double sum = 0;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random() % 1'000'000) / 1e6;
    return 100 * std::exp(0.05 * (sum - 6));
  };
  int mistakes = 0;
  for (int trial = 0; trial < 1000; ++trial) {
    std::vector<double> a(5);
    std::vector<double> b(5);
    for (size_t i = 0; i < a.size(); ++i) {
      a[i] = noise();
      b[i] = noise();
    }
    const Verdict verdict = judge(*paired_ratio(a, b), 0.03);
    mistakes += verdict == Verdict::higher || verdict == Verdict::lower ? 1 : 0;
  }
  EXPECT_LE(mistakes, 65);  // 50 are to be expected, with a deviation of 7
}

TEST(BlocksNeeded, GrowsWithTheSquareOfTheNoise) {
  EXPECT_EQ(blocks_needed(with_interval(std::exp(-0.02), std::exp(0.02)), std::exp(0.02) - 1), 1U);
  EXPECT_EQ(blocks_needed(with_interval(std::exp(-0.0399), std::exp(0.0399)), std::exp(0.02) - 1), 15U);
}

TEST(ChangeBetween, AddsTheErrorsOfBoth) {
  const Ratio earlier{.value = 1, .interval = {}, .log_error = 0.03, .pairs = 5};
  const Ratio later{.value = 0.9, .interval = {}, .log_error = 0.04, .pairs = 5};
  const Change change = change_between(earlier, later);
  EXPECT_NEAR(change.value, 0.9, 1e-12);
  EXPECT_NEAR(change.interval.high, 0.9 * std::exp(2.306 * 0.05), 1e-9);
}

}  // namespace
}  // namespace shallop::compare
