// SPDX-License-Identifier: Apache-2.0
// The run as it goes: figures of each second, from the counters that the threads write meanwhile. Kept in a bounded
// number of intervals: when there are too many, neighbours become one and the intervals twice as long.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "loadgen/result.hpp"
#include "loadgen/tally.hpp"

namespace shallop::loadgen {

class Series {
 public:
  // The times are those of the measured window, from its begin on.
  explicit Series(std::span<const std::unique_ptr<Tally>> tallies) : tallies_(tallies) {}

  // The interval that goes on: its begin, and when it will be over.
  int64_t begin_ns() const { return begin_ns_; }
  int64_t next_end_ns() const { return begin_ns_ + length_ns_; }
  // Ends the interval at `end_ns` and returns it.
  const Interval& end_interval(int64_t end_ns);

  const std::vector<Interval>& intervals() const { return intervals_; }
  uint64_t completed() const { return completed_; }
  uint64_t failed() const { return failed_; }

 private:
  struct Count {
    size_t cell;
    uint64_t count;
  };

  void read_new_counts();
  int64_t percentile_ns(double share) const;
  void halve();

  std::span<const std::unique_ptr<Tally>> tallies_;
  std::vector<Interval> intervals_;
  std::vector<uint64_t> seen_;  // by cell
  std::vector<Count> fresh_;    // of the interval
  uint64_t completed_ = 0;
  uint64_t failed_ = 0;
  uint64_t bytes_ = 0;
  int64_t begin_ns_ = 0;
  int64_t length_ns_ = 1'000'000'000;
};

}  // namespace shallop::loadgen
