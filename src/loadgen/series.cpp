// SPDX-License-Identifier: Apache-2.0
#include "loadgen/series.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace shallop::loadgen {
namespace {

constexpr size_t intervals_max = 1200;

}  // namespace

void Series::read_new_counts() {
  fresh_.clear();
  size_t first = Histogram::cell_count;
  size_t end = 0;
  for (const auto& tally : tallies_) {
    first = std::min(first, tally->response.first_cell());
    end = std::max(end, tally->response.end_cell());
  }
  if (end > seen_.size()) seen_.resize(end);
  for (size_t cell = first; cell < end; ++cell) {
    uint64_t count = 0;
    for (const auto& tally : tallies_) count += tally->response.count_in(cell);
    if (count == seen_[cell]) continue;
    fresh_.push_back({cell, count - std::exchange(seen_[cell], count)});
  }
}

int64_t Series::percentile_ns(double share) const {
  uint64_t total = 0;
  for (const Count& each : fresh_) total += each.count;
  const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(total)));
  uint64_t seen = 0;
  for (const Count& each : fresh_) {
    seen += each.count;
    if (seen >= wanted) return Histogram::largest_value_ns(each.cell);
  }
  return 0;
}

const Interval& Series::end_interval(int64_t end_ns) {
  read_new_counts();
  Interval interval{.begin_ns = begin_ns_, .length_ns = end_ns - begin_ns_};
  for (const Count& each : fresh_) interval.completed += each.count;
  completed_ += interval.completed;
  uint64_t failed = 0;
  uint64_t bytes = 0;
  for (const auto& tally : tallies_) {
    failed += tally->failed.load(std::memory_order_relaxed);
    bytes += tally->bytes.load(std::memory_order_relaxed);
  }
  interval.failed = failed - std::exchange(failed_, failed);
  interval.bytes = bytes - std::exchange(bytes_, bytes);
  interval.p50_ns = percentile_ns(0.50);
  interval.p99_ns = percentile_ns(0.99);
  begin_ns_ = end_ns;
  if (intervals_.size() == intervals_max) halve();
  return intervals_.emplace_back(interval);
}

// The percentiles of two intervals cannot be known from those of each: the larger stands for both.
void Series::halve() {
  for (size_t i = 0; i + 1 < intervals_.size(); i += 2) {
    const Interval& left = intervals_[i];
    const Interval& right = intervals_[i + 1];
    intervals_[i / 2] = {.begin_ns = left.begin_ns,
                         .length_ns = left.length_ns + right.length_ns,
                         .completed = left.completed + right.completed,
                         .failed = left.failed + right.failed,
                         .bytes = left.bytes + right.bytes,
                         .p50_ns = std::max(left.p50_ns, right.p50_ns),
                         .p99_ns = std::max(left.p99_ns, right.p99_ns)};
  }
  intervals_.resize(intervals_.size() / 2);
  length_ns_ *= 2;
}

}  // namespace shallop::loadgen
