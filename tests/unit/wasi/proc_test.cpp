// SPDX-License-Identifier: Apache-2.0
// proc_*, sched_yield and random_get.
#include <algorithm>

#include "unit/wasi/guest.hpp"

namespace shallop::wasi {
namespace {

TEST(Proc, ExitEndsTheGuestWithItsCode) {
  Guest guest;
  EXPECT_EQ(proc_exit(guest.context, guest.caller(), 259), Completion::exited);
  EXPECT_EQ(guest.context.store->ending.exit_code, 259u);
}

TEST(Proc, RaiseEndsTheGuestAndNeverTheHost) {
  Guest guest;
  EXPECT_EQ(proc_raise(guest.context, guest.caller(), raw(Signal::abrt)).completion, Completion::exited);
  EXPECT_EQ(guest.context.store->ending.exit_code, 134u);
  EXPECT_EQ(proc_raise(guest.context, guest.caller(), raw(Signal::term)).completion, Completion::exited);
  EXPECT_EQ(guest.context.store->ending.exit_code, 143u);
  EXPECT_EQ(proc_raise(guest.context, guest.caller(), raw(Signal::usr2)).completion, Completion::exited);
  EXPECT_EQ(guest.context.store->ending.exit_code, 140u);  // Linux's number, 12 as well; preview1's usr1 is 10 in both
  EXPECT_EQ(proc_raise(guest.context, guest.caller(), raw(Signal::bus)).completion, Completion::exited);
  EXPECT_EQ(guest.context.store->ending.exit_code, 135u);  // 7 in both
  EXPECT_EQ(proc_raise(guest.context, guest.caller(), raw(Signal::sys)).completion, Completion::exited);
  EXPECT_EQ(guest.context.store->ending.exit_code, 159u);  // preview1's 30 is Linux's 31
  const std::pair<Signal, Errno> survived[] = {
      {Signal::none, Errno::success}, {Signal::chld, Errno::success},  {Signal::cont, Errno::success},
      {Signal::urg, Errno::success},  {Signal::winch, Errno::success}, {Signal::stop, Errno::notsup},
      {Signal::tstp, Errno::notsup},  {Signal::ttin, Errno::notsup},   {Signal::ttou, Errno::notsup}};
  for (const auto& [signal, error] : survived) {
    const auto result = proc_raise(guest.context, guest.caller(), raw(signal));
    EXPECT_EQ(result.completion, Completion::returned);
    EXPECT_EQ(result.value, error) << bits(signal);
  }
  // 256 + abrt: all 32 bits count.
  EXPECT_EQ(proc_raise(guest.context, guest.caller(), {256 + 6}).value, Errno::inval);
  EXPECT_EQ(proc_raise(guest.context, guest.caller(), {31}).value, Errno::inval);
}

TEST(Sched, YieldSucceeds) {
  Guest guest;
  EXPECT_EQ(sched_yield(guest.context, guest.caller()), Errno::success);
}

Errno count_up(std::span<std::byte> bytes) noexcept {
  std::ranges::generate(bytes, [n = 0]() mutable { return static_cast<std::byte>(n++); });
  return Errno::success;
}
Errno no_entropy(std::span<std::byte>) noexcept { return Errno::io; }

TEST(Random, FillsExactlyTheBuffer) {
  Guest guest({.fill_random = count_up});
  const GuestBytes buffer{guest.allocate(8)};
  ASSERT_EQ(random_get(guest.context, guest.caller(), {buffer.address + 1}, 4), Errno::success);
  EXPECT_EQ(guest.string(buffer.address, 6), std::string("\xA5\0\1\2\3\xA5", 6));
}

TEST(Random, SystemBytesDiffer) {
  Guest guest;
  const GuestBytes buffer{guest.allocate(2 * 4'096)};
  ASSERT_EQ(random_get(guest.context, guest.caller(), buffer, 2 * 4'096), Errno::success);
  EXPECT_NE(guest.string(buffer.address, 4'096), guest.string(buffer.address + 4'096, 4'096));
  // Each of 256 values is missing from 8192 random bytes with a probability of e^-32.
  const std::string bytes = guest.string(buffer.address, 2 * 4'096);
  for (int value = 0; value < 256; ++value) EXPECT_NE(bytes.find(static_cast<char>(value)), std::string::npos);
}

TEST(Random, ErrorsAreTheGuests) {
  Guest guest({.fill_random = no_entropy});
  const GuestBytes buffer{guest.allocate(4)};
  EXPECT_EQ(random_get(guest.context, guest.caller(), buffer, 4), Errno::io);
  EXPECT_EQ(random_get(guest.context, guest.caller(), {Guest::memory_size - 3}, 4), Errno::fault);
  EXPECT_EQ(random_get(guest.context, guest.caller(), {16}, 0xFFFF'FFFF), Errno::fault);
}

}  // namespace
}  // namespace shallop::wasi
