// SPDX-License-Identifier: Apache-2.0
// epoll(7). The clock's tick is a timer in the set (timerfd_create(2)): a wait with a time of its own would have the
// kernel set up and cancel one each time.
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "poller.hpp"

namespace shallop::http {
namespace {

constexpr std::size_t max_events = 256;
constexpr std::uint64_t tick_event = ~std::uint64_t{0};

epoll_event event_for(Token token, Interest interest) noexcept {
  epoll_event event{};
  event.events = interest == Interest::readable ? EPOLLIN : EPOLLOUT;
  event.data.u32 = token;
  return event;
}

}  // namespace

Poller::Poller() : epoll_fd_(epoll_create1(EPOLL_CLOEXEC)), events_(max_events) {
  ready_.reserve(max_events);
  if (epoll_fd_ >= 0) timer_fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;  // told once a tick, and need not be read
  event.data.u64 = tick_event;
  if (timer_fd_ >= 0 && epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, timer_fd_, &event) == 0) return;
  failure_ = errno;
  if (epoll_fd_ >= 0) close(epoll_fd_);
  epoll_fd_ = -1;  // add() fails
}

Poller::~Poller() {
  if (timer_fd_ >= 0) close(timer_fd_);
  if (epoll_fd_ >= 0) close(epoll_fd_);
}

bool Poller::add(Token token, int fd, Interest interest) {
  if (epoll_fd_ < 0) {
    errno = failure_;
    return false;
  }
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
  // A tick that nobody needs any more is let come: to take it back would cost a call for every lone connection.
  if (ticking) set_tick(clock.next_tick_ns());
  const int count = epoll_wait(epoll_fd_, events_.data(), static_cast<int>(events_.size()), -1);
  if (count < 0 && errno != EINTR) return false;
  bool ticked = !ticking;
  ready_.clear();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    if (event.data.u64 == tick_event)
      ticked = true;
    else
      ready_.push_back(event.data.u32);
  }
  if (ticked) clock.refresh();
  return true;
}

void Poller::set_tick(std::int64_t tick_ns) noexcept {
  if (tick_ns == tick_) return;
  tick_ = tick_ns;
  constexpr std::int64_t second_ns = 1'000'000'000;
  const itimerspec timer{.it_interval = {},
                         .it_value = {.tv_sec = tick_ns / second_ns, .tv_nsec = tick_ns % second_ns}};
  timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &timer, nullptr);
}

}  // namespace shallop::http
