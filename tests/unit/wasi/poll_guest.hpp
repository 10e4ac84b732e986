// SPDX-License-Identifier: Apache-2.0
// Subscriptions and events for tests of poll_oneoff.
#pragma once

#include <chrono>
#include <vector>

#include "unit/wasi/socket_guest.hpp"

namespace shallop::wasi {

inline constexpr Timestamp ms = 1'000'000;
inline constexpr Timestamp forever = ~Timestamp{0};

inline Subscription reads(Fd fd, Userdata userdata = 1) {
  Subscription subscription{};
  subscription.userdata = userdata;
  subscription.tag = Eventtype::fd_read;
  subscription.fd_readwrite = {fd};
  return subscription;
}
inline Subscription writes(Fd fd, Userdata userdata = 2) {
  Subscription subscription = reads(fd, userdata);
  subscription.tag = Eventtype::fd_write;
  return subscription;
}
inline Subscription timer(Timestamp timeout, Clockid clock = Clockid::monotonic,
                          Subclockflags flags = Subclockflags::none, Userdata userdata = 3) {
  Subscription subscription{};
  subscription.userdata = userdata;
  subscription.tag = Eventtype::clock;
  subscription.clock = {.id = clock, .timeout = timeout, .precision = 1, .flags = flags};
  return subscription;
}
inline constexpr auto absolute = Subclockflags::subscription_clock_abstime;
inline constexpr auto hung_up = Eventrwflags::fd_readwrite_hangup;

class PollTest : public SocketTest {
 protected:
  using SocketTest::SocketTest;

  // The events; the result is in error_, the time it took in elapsed_.
  std::vector<Event> poll(const std::vector<Subscription>& subscriptions) {
    const auto in = guest_.put_array(subscriptions);
    const GuestPointer<Event> out{guest_.allocate(subscriptions.size() * sizeof(Event))};
    const auto count = guest_.put<Size>(0);
    const auto start = std::chrono::steady_clock::now();
    error_ = poll_oneoff(context(), caller(), in, out, static_cast<Size>(subscriptions.size()), count);
    elapsed_ = std::chrono::steady_clock::now() - start;
    std::vector<Event> events;
    for (Size i = 0; i < guest_.get(count); ++i) events.push_back(guest_.get(out, i));
    return events;
  }

  Errno error_ = Errno::success;
  std::chrono::nanoseconds elapsed_{};
};

}  // namespace shallop::wasi
