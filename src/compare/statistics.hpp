// SPDX-License-Identifier: Apache-2.0
// The statistics of a comparison: what a few blocks of measurements say, and how sure that is. docs/compare.md says why
// these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace shallop::compare {

struct Interval {
  double low = 0;
  double high = 0;
};

// 0 of nothing.
double median(std::span<const double> values);

// 95 % confidence interval of the median, by the percentile bootstrap; the same `seed` gives the same interval. Of
// fewer than two values it is empty: low is high.
Interval median_interval(std::span<const double> values, uint64_t seed);

// A ratio of two series of measurements that were taken in pairs.
struct Ratio {
  double value = 1;      // the geometric mean of the pairs' ratios
  Interval interval;     // 95 %, by Student's t of the ratios' logarithms
  double log_error = 0;  // standard error of the mean logarithm
  size_t pairs = 0;
};

// Nothing without a pair, or when a value is not positive. With one pair the interval is unbounded: 0 to infinity.
std::optional<Ratio> paired_ratio(std::span<const double> values, std::span<const double> references);

// The two-sided 95 % quantile of Student's t.
double t_quantile(size_t degrees_of_freedom);

enum class Verdict : uint8_t { same, higher, lower, unclear };
std::string_view name_of(Verdict verdict);

// Same: the whole interval is within `margin` of 1. Higher or lower: 1 is outside of it. Else there is no telling.
Verdict judge(const Ratio& ratio, double margin);

// How many more blocks would make the interval as narrow as the margin, were they like those there are; at least one.
size_t blocks_needed(const Ratio& ratio, double margin);

// A figure that was measured by two comparisons.
struct Change {
  double value = 1;  // the later to the earlier
  Interval interval;
};
Change change_between(const Ratio& earlier, const Ratio& later);

}  // namespace shallop::compare
