// SPDX-License-Identifier: Apache-2.0
#include "loop_clock.hpp"

#include <ctime>

namespace shallop::http {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

timespec read(clockid_t clock) noexcept {
  timespec time{};
  clock_gettime(clock, &time);
  return time;
}

}  // namespace

void LoopClock::refresh() noexcept {
#if defined(CLOCK_MONOTONIC_COARSE)
  // Exact to some milliseconds and read without a system call or a look at the hardware: this runs every round.
  const timespec monotonic = read(CLOCK_MONOTONIC_COARSE);
  const timespec wall = read(CLOCK_REALTIME_COARSE);
#else
  const timespec monotonic = read(CLOCK_MONOTONIC);
  const timespec wall = read(CLOCK_REALTIME);
#endif
  monotonic_ns_ = std::int64_t{monotonic.tv_sec} * second_ns + monotonic.tv_nsec;
  unix_seconds_ = wall.tv_sec;
  next_tick_ns_ = monotonic_ns_ + second_ns - wall.tv_nsec;
}

}  // namespace shallop::http
