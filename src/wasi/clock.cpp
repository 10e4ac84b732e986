// SPDX-License-Identifier: Apache-2.0
#include <ctime>
#include <optional>

#include "wasi/errno.hpp"
#include "wasi/functions.hpp"

namespace shallop::wasi {
namespace {

constexpr Timestamp ns_per_s = 1'000'000'000;

std::optional<clockid_t> host_clock(Clockid clock) {
  switch (clock) {
    case Clockid::realtime: return CLOCK_REALTIME;
    case Clockid::monotonic: return CLOCK_MONOTONIC;
    case Clockid::process_cputime_id: return CLOCK_PROCESS_CPUTIME_ID;
    case Clockid::thread_cputime_id: return CLOCK_THREAD_CPUTIME_ID;
  }
  return std::nullopt;
}

Timestamp to_timestamp(const timespec& time) {
  return static_cast<Timestamp>(time.tv_sec) * ns_per_s + static_cast<Timestamp>(time.tv_nsec);
}

}  // namespace

Timestamp read_system_clock(Clockid clock) noexcept {
  timespec time{};
  ::clock_gettime(host_clock(clock).value_or(CLOCK_MONOTONIC), &time);
  return to_timestamp(time);
}

Errno clock_res_get(Context&, Caller caller, Clockid clock, GuestPointer<Timestamp> resolution) noexcept {
  const auto host = host_clock(clock);
  if (!host) return Errno::inval;
  const auto place = GuestMemory(caller).at(resolution);
  if (!place) return Errno::fault;
  timespec time{};
  if (::clock_getres(*host, &time) != 0) return last_errno();
  place.store(to_timestamp(time));
  return Errno::success;
}

Errno clock_time_get(Context& context, Caller caller, Clockid clock, Timestamp, GuestPointer<Timestamp> time) noexcept {
  if (!host_clock(clock)) return Errno::inval;
  const auto place = GuestMemory(caller).at(time);
  if (!place) return Errno::fault;
  place.store(context.read_clock(clock));
  return Errno::success;
}

}  // namespace shallop::wasi
