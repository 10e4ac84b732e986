// SPDX-License-Identifier: Apache-2.0
#include "compare/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace shallop::compare {
namespace {

constexpr size_t resamples = 2000;
constexpr double normal_quantile = 1.959964;

double median_of_sorted(std::span<const double> values) {
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Interval around(double logarithm, double error, double quantile) {
  return {std::exp(logarithm - quantile * error), std::exp(logarithm + quantile * error)};
}

}  // namespace

double median(std::span<const double> values) {
  if (values.empty()) return 0;
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  return median_of_sorted(sorted);
}

Interval median_interval(std::span<const double> values, uint64_t seed) {
  const double middle = median(values);
  if (values.size() < 2) return {middle, middle};
  // The engine's sequence is the standard's; a distribution's is not.
  std::mt19937_64 random(seed);
  std::vector<double> medians(resamples);
  std::vector<double> sample(values.size());
  for (double& each : medians) {
    for (double& value : sample) value = values[random() % values.size()];
    std::ranges::sort(sample);
    each = median_of_sorted(sample);
  }
  std::ranges::sort(medians);
  return {medians[resamples / 40], medians[resamples - 1 - resamples / 40]};
}

std::optional<Ratio> paired_ratio(std::span<const double> values, std::span<const double> references) {
  const size_t pairs = std::min(values.size(), references.size());
  if (pairs == 0) return std::nullopt;
  std::vector<double> logarithms(pairs);
  for (size_t i = 0; i < pairs; ++i) {
    if (!(values[i] > 0) || !(references[i] > 0)) return std::nullopt;
    logarithms[i] = std::log(values[i] / references[i]);
  }
  const auto count = static_cast<double>(pairs);
  double mean = 0;
  for (const double each : logarithms) mean += each / count;
  Ratio ratio{.value = std::exp(mean), .interval = {}, .log_error = 0, .pairs = pairs};
  if (pairs == 1) {
    ratio.interval = {0, std::numeric_limits<double>::infinity()};
    ratio.log_error = std::numeric_limits<double>::infinity();
    return ratio;
  }
  double squares = 0;
  for (const double each : logarithms) squares += (each - mean) * (each - mean);
  ratio.log_error = std::sqrt(squares / (count - 1) / count);
  ratio.interval = around(mean, ratio.log_error, t_quantile(pairs - 1));
  return ratio;
}

double t_quantile(size_t degrees_of_freedom) {
  constexpr std::array table{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                             2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086};
  if (degrees_of_freedom == 0) return std::numeric_limits<double>::infinity();
  if (degrees_of_freedom <= table.size()) return table[degrees_of_freedom - 1];
  // Beyond: the first terms of the expansion around the normal distribution, right to three digits.
  const double z = normal_quantile;
  const auto n = static_cast<double>(degrees_of_freedom);
  return z + (z * z * z + z) / (4 * n) + (5 * std::pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * n * n);
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::same: return "same";
    case Verdict::higher: return "higher";
    case Verdict::lower: return "lower";
    case Verdict::unclear: return "unclear";
  }
  return "";
}

Verdict judge(const Ratio& ratio, double margin) {
  if (ratio.interval.low >= 1 / (1 + margin) && ratio.interval.high <= 1 + margin) return Verdict::same;
  if (ratio.interval.low > 1) return Verdict::higher;
  if (ratio.interval.high < 1) return Verdict::lower;
  return Verdict::unclear;
}

size_t blocks_needed(const Ratio& ratio, double margin) {
  if (ratio.pairs < 2) return 4;
  const double half_width = std::log(ratio.interval.high / ratio.interval.low) / 2;
  const double factor = half_width / std::log(1 + margin);
  const double wanted = std::ceil(static_cast<double>(ratio.pairs) * factor * factor);
  return static_cast<size_t>(std::max(1.0, wanted - static_cast<double>(ratio.pairs)));
}

Change change_between(const Ratio& earlier, const Ratio& later) {
  const double logarithm = std::log(later.value / earlier.value);
  const double error = std::hypot(earlier.log_error, later.log_error);
  if (!std::isfinite(error)) return {std::exp(logarithm), {0, std::numeric_limits<double>::infinity()}};
  const size_t degrees = earlier.pairs + later.pairs - 2;
  return {std::exp(logarithm), around(logarithm, error, t_quantile(degrees))};
}

}  // namespace shallop::compare
