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
  const timespec monotonic = read(CLOCK_MONOTONIC);
  const timespec wall = read(CLOCK_REALTIME);
  monotonic_ns_ = std::int64_t{monotonic.tv_sec} * second_ns + monotonic.tv_nsec;
  unix_seconds_ = wall.tv_sec;
  next_tick_ns_ = monotonic_ns_ + second_ns - wall.tv_nsec;
}

}  // namespace shallop::http
