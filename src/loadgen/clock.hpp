// SPDX-License-Identifier: Apache-2.0
// The clock that everything is measured with: nanoseconds of CLOCK_MONOTONIC, read without a system call.
#pragma once

#include <time.h>

#include <cstdint>

namespace shallop::loadgen {

inline constexpr int64_t ns_per_us = 1'000;
inline constexpr int64_t ns_per_ms = 1'000'000;
inline constexpr int64_t ns_per_s = 1'000'000'000;

inline int64_t read_clock_ns(clockid_t clock) noexcept {
  timespec time{};
  clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * ns_per_s + time.tv_nsec;
}

inline int64_t now_ns() noexcept { return read_clock_ns(CLOCK_MONOTONIC); }

inline timespec as_timespec(int64_t ns) noexcept { return {.tv_sec = ns / ns_per_s, .tv_nsec = ns % ns_per_s}; }

}  // namespace shallop::loadgen
