// SPDX-License-Identifier: Apache-2.0
// epoll(7).
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>

#include "poller.hpp"

namespace shallop::http {
namespace {

constexpr std::size_t max_events = 256;

epoll_event event_for(Token token, Interest interest) noexcept {
  epoll_event event{};
  event.events = interest == Interest::readable ? EPOLLIN : EPOLLOUT;
  event.data.u32 = token;
  return event;
}

}  // namespace

Poller::Poller() : epoll_fd_(epoll_create1(EPOLL_CLOEXEC)), events_(max_events) { ready_.reserve(max_events); }

Poller::~Poller() {
  if (epoll_fd_ >= 0) close(epoll_fd_);
}

bool Poller::add(Token token, int fd, Interest interest) {
  epoll_event event = event_for(token, interest);
  return epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void Poller::change(Token token, int fd, Interest interest) {
  epoll_event event = event_for(token, interest);
  epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event);
}

void Poller::remove(Token, int fd) { epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr); }

void Poller::forget(Token) {}  // the kernel drops a closed descriptor by itself

bool Poller::wait(LoopClock& clock, bool ticking) {
  const int timeout_ms = ticking ? static_cast<int>(clock.until_next_tick_ms()) : -1;
  const int count = epoll_wait(epoll_fd_, events_.data(), static_cast<int>(events_.size()), timeout_ms);
  if (count < 0 && errno != EINTR) return false;
  clock.refresh();
  ready_.clear();
  for (int i = 0; i < count; ++i) ready_.push_back(events_[static_cast<std::size_t>(i)].data.u32);
  return true;
}

}  // namespace shallop::http
