// SPDX-License-Identifier: Apache-2.0
#include <ctime>

#include "unit/wasi/guest.hpp"

namespace shallop::wasi {
namespace {

Timestamp stopped_clock(Clockid clock) noexcept { return 1'000 + static_cast<Timestamp>(clock); }

TEST(Clock, ReadsTheInjectedClock) {
  Guest guest({.read_clock = stopped_clock});
  const auto time = guest.place<Timestamp>();
  for (const Clockid clock :
       {Clockid::realtime, Clockid::monotonic, Clockid::process_cputime_id, Clockid::thread_cputime_id}) {
    ASSERT_EQ(clock_time_get(guest.context, guest.caller(), clock, 0, time), Errno::success);
    EXPECT_EQ(guest.get(time), 1'000 + static_cast<Timestamp>(clock));
  }
}

TEST(Clock, SystemClocksAreTheHosts) {
  timespec before{};
  clock_gettime(CLOCK_REALTIME, &before);
  const Timestamp now = read_system_clock(Clockid::realtime);
  const auto before_ns = static_cast<Timestamp>(before.tv_sec) * 1'000'000'000 + static_cast<Timestamp>(before.tv_nsec);
  EXPECT_GE(now, before_ns);
  EXPECT_LT(now - before_ns, 10'000'000'000u);
  const Timestamp first = read_system_clock(Clockid::monotonic);
  EXPECT_LE(first, read_system_clock(Clockid::monotonic));
}

TEST(Clock, UnknownClocksAreInvalid) {
  Guest guest;
  const auto time = guest.place<Timestamp>();
  EXPECT_EQ(clock_time_get(guest.context, guest.caller(), Clockid{4}, 0, time), Errno::inval);
  EXPECT_EQ(clock_res_get(guest.context, guest.caller(), Clockid{0xFFFF'FFFF}, time), Errno::inval);
}

TEST(Clock, ResolutionIsPositive) {
  Guest guest;
  const auto resolution = guest.put<Timestamp>(0);
  ASSERT_EQ(clock_res_get(guest.context, guest.caller(), Clockid::monotonic, resolution), Errno::success);
  EXPECT_GE(guest.get(resolution), 1u);
  EXPECT_LE(guest.get(resolution), 1'000'000'000u);
}

TEST(Clock, OutOfRangePointersFaultAndUnalignedOnesDoNot) {
  Guest guest;
  EXPECT_EQ(clock_time_get(guest.context, guest.caller(), Clockid::realtime, 0, {Guest::memory_size - 7}),
            Errno::fault);
  EXPECT_EQ(clock_res_get(guest.context, guest.caller(), Clockid::realtime, {0xFFFF'FFFF}), Errno::fault);
  const GuestPointer<Timestamp> odd{guest.allocate(16) + 3};
  EXPECT_EQ(clock_time_get(guest.context, guest.caller(), Clockid::realtime, 0, odd), Errno::success);
}

}  // namespace
}  // namespace shallop::wasi
