// SPDX-License-Identifier: Apache-2.0
// A guest's poller: a readiness set of the host's (abi/readiness_set.hpp) where there is one, else poll_oneoff of
// preview1 with one subscription a descriptor, in a list that is kept from wait to wait.
#include <unistd.h>

#include <cerrno>

#include "poller.hpp"

namespace shallop::http {
namespace {

extern "C" {
[[clang::import_module("wasi_snapshot_preview1"), clang::import_name("poll_oneoff")]]
std::int32_t shallop_http_poll_oneoff(const wasi::Subscription* subscriptions, wasi::Event* events, wasi::Size count,
                                      wasi::Size* ready);
[[clang::import_module("wasi_snapshot_preview1"), clang::import_name("sock_open")]]
std::int32_t shallop_http_sock_open(std::uint32_t family, std::uint32_t type, wasi::Fd* fd);
}

constexpr wasi::Userdata clock_userdata = ~wasi::Userdata{0};
constexpr std::size_t max_set_events = 256;

/// A host that reports no clock while descriptors are ready must not stop the time: look at the clock anyway.
constexpr std::uint32_t max_rounds_without_tick = 256;

wasi::Eventtype type_for(Interest interest) noexcept {
  return interest == Interest::readable ? wasi::Eventtype::fd_read : wasi::Eventtype::fd_write;
}

std::uint32_t set_interest(Interest interest) noexcept {
  return interest == Interest::readable ? wasi::readiness_readable : wasi::readiness_writable;
}

bool write_interest(int set, int fd, std::uint32_t interest, wasi::Userdata userdata) noexcept {
  const wasi::ReadinessInterest change{static_cast<wasi::Fd>(fd), interest, userdata};
  return ::write(set, &change, sizeof change) == sizeof change;
}

int open_set() noexcept {
  wasi::Fd set = 0;
  return shallop_http_sock_open(wasi::readiness_set_family, 0, &set) == 0 ? static_cast<int>(set) : -1;
}

}  // namespace

Poller::Poller() : set_(open_set()) {
  if (set_ >= 0) {
    set_events_.resize(max_set_events);
    return;
  }
  subscriptions_.resize(1);
  events_.resize(1);
  wasi::Subscription& clock = subscriptions_.front();
  clock.userdata = clock_userdata;
  clock.tag = wasi::Eventtype::clock;
  clock.clock.id = wasi::Clockid::monotonic;
  clock.clock.flags = wasi::Subclockflags::subscription_clock_abstime;
}

Poller::~Poller() {
  if (set_ >= 0) ::close(set_);
}

bool Poller::add(Token token, int fd, Interest interest) {
  if (set_ >= 0) return write_interest(set_, fd, set_interest(interest), token);
  if (position_.size() <= token) position_.resize(token + 1);
  position_[token] = static_cast<std::uint32_t>(subscriptions_.size());
  wasi::Subscription subscription{};
  subscription.userdata = token;
  subscription.tag = type_for(interest);
  subscription.fd_readwrite.file_descriptor = static_cast<wasi::Fd>(fd);
  subscriptions_.push_back(subscription);
  events_.emplace_back();
  return true;
}

void Poller::change(Token token, int fd, Interest interest) {
  if (set_ >= 0)
    write_interest(set_, fd, set_interest(interest), token);
  else
    subscriptions_[position_[token]].tag = type_for(interest);
}

void Poller::remove(Token token, int fd) {
  if (set_ >= 0)
    write_interest(set_, fd, 0, token);
  else
    forget(token);
}

void Poller::forget(Token token) {
  if (set_ >= 0) return;  // the host drops a closed descriptor by itself
  const std::uint32_t position = position_[token];
  subscriptions_[position] = subscriptions_.back();
  position_[static_cast<Token>(subscriptions_[position].userdata)] = position;
  subscriptions_.pop_back();
  events_.pop_back();
}

bool Poller::wait(LoopClock& clock, bool ticking) {
  return set_ >= 0 ? wait_by_set(clock, ticking) : wait_by_list(clock, ticking);
}

bool Poller::wait_by_set(LoopClock& clock, bool ticking) {
  // A tick that nobody needs any more is let come: to take it back would cost a call for every lone connection.
  const auto tick = static_cast<wasi::Userdata>(clock.next_tick_ns());
  if (ticking && tick != set_tick_) {
    write_interest(set_, static_cast<int>(wasi::readiness_clock), 0, tick);
    set_tick_ = tick;
  }
  const ssize_t size = ::read(set_, set_events_.data(), set_events_.size() * sizeof(wasi::ReadinessEvent));
  if (size < 0 && errno != EINTR) return false;
  ready_.clear();
  const std::size_t count = size < 0 ? 0 : static_cast<std::size_t>(size) / sizeof(wasi::ReadinessEvent);
  bool ticked = !ticking;
  for (std::size_t i = 0; i < count; ++i) {
    if (set_events_[i].ready == wasi::readiness_time)
      ticked = true;
    else
      ready_.push_back(static_cast<Token>(set_events_[i].userdata));
  }
  if (ticked) clock.refresh();
  return true;
}

bool Poller::wait_by_list(LoopClock& clock, bool ticking) {
  subscriptions_.front().clock.timeout = static_cast<wasi::Timestamp>(clock.next_tick_ns());
  const std::size_t first = ticking ? 0 : 1;
  wasi::Size count = 0;
  const std::int32_t result = shallop_http_poll_oneoff(subscriptions_.data() + first, events_.data(),
                                                       static_cast<wasi::Size>(subscriptions_.size() - first), &count);
  const bool interrupted = result == static_cast<std::int32_t>(wasi::Errno::intr);
  if (result != 0 && !interrupted) {
    errno = result;
    return false;
  }
  if (interrupted) count = 0;
  bool ticked = !ticking || ++rounds_without_tick_ == max_rounds_without_tick;
  ready_.clear();
  for (wasi::Size i = 0; i < count; ++i) {
    // An error of one subscription counts as readiness: the call that follows on the descriptor tells what it is.
    if (events_[i].userdata == clock_userdata) {
      ticked = true;
    } else {
      ready_.push_back(static_cast<Token>(events_[i].userdata));
    }
  }
  if (ticked) {
    clock.refresh();
    rounds_without_tick_ = 0;
  }
  return true;
}

}  // namespace shallop::http
