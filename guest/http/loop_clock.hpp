// SPDX-License-Identifier: Apache-2.0
// The time of the present round of events, to a second: a tick at every full one brings it up to date, keeps the date
// header right and the deadlines checked. To look at the clocks in every round would cost more than a request's bytes.
#pragma once

#include <cstdint>

namespace shallop::http {

class LoopClock {
 public:
  LoopClock() noexcept { refresh(); }

  void refresh() noexcept;

  std::int64_t monotonic_ms() const noexcept { return monotonic_ns_ / 1'000'000; }
  std::int64_t unix_seconds() const noexcept { return unix_seconds_; }

  /// When the wall clock reaches the next full second, on the monotonic clock.
  std::int64_t next_tick_ns() const noexcept { return next_tick_ns_; }

 private:
  std::int64_t monotonic_ns_ = 0;
  std::int64_t unix_seconds_ = 0;
  std::int64_t next_tick_ns_ = 0;
};

}  // namespace shallop::http
