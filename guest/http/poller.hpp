// SPDX-License-Identifier: Apache-2.0
// Level-triggered readiness of many descriptors, each with one interest at a time: epoll natively; in a guest shallop's
// readiness set where the host has it, so that a wait costs what changed, and poll_oneoff elsewhere, which gets the
// whole list at every wait.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "loop_clock.hpp"

#if defined(__wasi__)
#include "abi/readiness_set.hpp"
#include "abi/wasi_preview1.hpp"
#else
#include <sys/epoll.h>
#endif

namespace shallop::http {

/// Names a descriptor; small numbers, as they index a table.
using Token = std::uint32_t;

enum class Interest : std::uint8_t { readable, writable };

class Poller {
 public:
  Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller();

  /// False, with errno set, when the system has no room for another descriptor (or could not make the poller).
  bool add(Token token, int fd, Interest interest);
  void change(Token token, int fd, Interest interest);
  void remove(Token token, int fd);

  /// As remove(), for a descriptor that is closed already.
  void forget(Token token);

  /// Waits for readiness, and with `ticking` at most until the clock's next tick; brings the clock up to date at its
  /// ticks, and always without them. The tokens are valid until the next call. False, with errno set, when waiting
  /// itself failed.
  bool wait(LoopClock& clock, bool ticking);
  std::span<const Token> ready() const noexcept { return ready_; }

 private:
  std::vector<Token> ready_;
#if defined(__wasi__)
  bool wait_by_set(LoopClock& clock, bool ticking);
  bool wait_by_list(LoopClock& clock, bool ticking);

  int set_ = -1;  // the readiness set; without one the members below are used
  static constexpr wasi::Userdata no_tick = ~wasi::Userdata{0};
  wasi::Userdata set_tick_ = no_tick;  // what the set waits for
  std::vector<wasi::ReadinessEvent> set_events_;
  std::vector<wasi::Subscription> subscriptions_;  // the first is the clock's
  std::vector<wasi::Event> events_;
  std::vector<std::uint32_t> position_;  // of a token in subscriptions_
  std::uint32_t rounds_without_tick_ = 0;
#else
  static constexpr std::int64_t no_tick = -1;
  void set_tick(std::int64_t tick_ns) noexcept;

  int epoll_fd_;
  int timer_fd_ = -1;
  int failure_ = 0;              // the errno of making them
  std::int64_t tick_ = no_tick;  // what the timer waits for
  std::vector<epoll_event> events_;
#endif
};

}  // namespace shallop::http
