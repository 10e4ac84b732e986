// SPDX-License-Identifier: Apache-2.0
// When a thread's requests are to be sent. Closed loop: as soon as a connection is free. With a rate: at moments fixed
// beforehand, those of all threads evenly in turn.
#pragma once

#include <algorithm>
#include <cstdint>

#include "loadgen/plan.hpp"

namespace shallop::loadgen {

class RequestSchedule {
 public:
  RequestSchedule(const Plan& plan, unsigned thread)
      : quota_(quota_of(plan, thread)),
        step_ns_(plan.rate_per_s ? 1e9 * plan.threads / *plan.rate_per_s : 0),
        offset_ns_(plan.rate_per_s ? 1e9 * thread / *plan.rate_per_s : 0) {}

  void begin(int64_t start_ns) { start_ns_ = start_ns; }
  // Requests before `count_from_ns` (of the warm-up) do not use up --requests.
  void count_from(int64_t count_from_ns) { count_from_ns_ = count_from_ns; }

  bool has_rate() const { return step_ns_ != 0; }
  bool is_used_up() const { return counted_ >= quota_; }

  // With a rate only: when the next request is due.
  int64_t next_due_ns() const {
    return start_ns_ + static_cast<int64_t>(offset_ns_ + static_cast<double>(taken_) * step_ns_);
  }
  // The next request is sent, for the moment `due_ns`.
  void take(int64_t due_ns) {
    ++taken_;
    if (due_ns >= count_from_ns_) ++counted_;
  }
  // With a rate only: how many more were due before `end_ns`.
  uint64_t overdue(int64_t end_ns) const {
    const double due = (static_cast<double>(end_ns - start_ns_) - offset_ns_) / step_ns_ - static_cast<double>(taken_);
    return std::min(due > 0 ? static_cast<uint64_t>(due) : 0, quota_ - std::min(counted_, quota_));
  }

 private:
  static uint64_t quota_of(const Plan& plan, unsigned thread) {
    if (!plan.requests) return UINT64_MAX;
    return *plan.requests / plan.threads + (thread < *plan.requests % plan.threads ? 1 : 0);
  }

  uint64_t quota_;
  double step_ns_;
  double offset_ns_;
  int64_t start_ns_ = 0;
  int64_t count_from_ns_ = INT64_MIN;
  uint64_t taken_ = 0;
  uint64_t counted_ = 0;
};

}  // namespace shallop::loadgen
