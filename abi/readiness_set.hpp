// SPDX-License-Identifier: Apache-2.0
// shallop's readiness set: an epoll(7) for guests. preview1's poll_oneoff takes the whole list of descriptors at every
// call, so that waiting on ten thousand connections costs ten thousand subscriptions a request; a set remembers them.
//
// It is a descriptor, and needs no import that other hosts lack: a guest asks for one at run time, and goes on with
// poll_oneoff where it is refused.
//   sock_open(readiness_set_family, 0, &set)   `inval` or another error on hosts that have none
//   fd_write(set, ReadinessInterest...)        adds, changes and forgets; `badf` for a number that is not open, `perm`
//                                              for a descriptor that is always ready (a file): the records before it
//                                              count
//   fd_read(set, ReadinessEvent...)            waits until there is an event; the number of bytes tells how many
//   fd_close(set), and poll_oneoff on it, as on any descriptor
// Readiness is level-triggered. A closed descriptor leaves its sets by itself.
#pragma once

#include <cstddef>
#include <cstdint>

#include "abi/wasi_preview1.hpp"

namespace shallop::wasi {

// No address family of the socket functions.
inline constexpr std::uint32_t readiness_set_family = 0x53;

// Bits of ReadinessInterest::interest and ReadinessEvent::ready.
inline constexpr std::uint32_t readiness_readable = 1;
inline constexpr std::uint32_t readiness_writable = 2;
// Both directions are closed, or broken. Always of interest; only in events.
inline constexpr std::uint32_t readiness_hangup = 4;

// A set's own time has come. Only in events.
inline constexpr std::uint32_t readiness_time = 8;

struct ReadinessInterest {
  Fd fd;                   // or readiness_clock
  std::uint32_t interest;  // 0: forget it
  Userdata userdata;       // comes back in events
};
static_assert(sizeof(ReadinessInterest) == 16 && offsetof(ReadinessInterest, userdata) == 8);

// As ReadinessInterest::fd: `userdata` is a time of the monotonic clock, in nanoseconds. When it has come, there is one
// event with readiness_time and a userdata of all ones, whatever else is ready. All ones, as at first: never.
inline constexpr Fd readiness_clock = ~Fd{0};

struct ReadinessEvent {
  Userdata userdata;
  std::uint32_t ready;
  std::uint32_t zero;
};
static_assert(sizeof(ReadinessEvent) == 16 && offsetof(ReadinessEvent, ready) == 8);

}  // namespace shallop::wasi
