// SPDX-License-Identifier: Apache-2.0
// poll_oneoff of preview1, called directly: one subscription a descriptor, in a list that is kept from wait to wait.
#include <cerrno>

#include "poller.hpp"

namespace shallop::http {
namespace {

extern "C" [[clang::import_module("wasi_snapshot_preview1"), clang::import_name("poll_oneoff")]]
std::int32_t shallop_http_poll_oneoff(const wasi::Subscription* subscriptions, wasi::Event* events, wasi::Size count,
                                      wasi::Size* ready);

constexpr wasi::Userdata clock_userdata = ~wasi::Userdata{0};

/// A host that reports no clock while descriptors are ready must not stop the time: look at the clock anyway.
constexpr std::uint32_t max_rounds_without_tick = 256;

wasi::Eventtype type_for(Interest interest) noexcept {
  return interest == Interest::readable ? wasi::Eventtype::fd_read : wasi::Eventtype::fd_write;
}

}  // namespace

Poller::Poller() : subscriptions_(1), events_(1) {
  wasi::Subscription& clock = subscriptions_.front();
  clock.userdata = clock_userdata;
  clock.tag = wasi::Eventtype::clock;
  clock.clock.id = wasi::Clockid::monotonic;
  clock.clock.flags = wasi::Subclockflags::subscription_clock_abstime;
}

Poller::~Poller() = default;

bool Poller::add(Token token, int fd, Interest interest) {
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

void Poller::change(Token token, int, Interest interest) { subscriptions_[position_[token]].tag = type_for(interest); }

void Poller::remove(Token token, int) { forget(token); }

void Poller::forget(Token token) {
  const std::uint32_t position = position_[token];
  subscriptions_[position] = subscriptions_.back();
  position_[static_cast<Token>(subscriptions_[position].userdata)] = position;
  subscriptions_.pop_back();
  events_.pop_back();
}

bool Poller::wait(LoopClock& clock, bool ticking) {
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
