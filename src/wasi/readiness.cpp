// SPDX-License-Identifier: Apache-2.0
#include "wasi/readiness.hpp"

#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <limits>
#include <span>

#include "wasi/descriptors.hpp"
#include "wasi/errno.hpp"

namespace shallop::wasi {
namespace {

constexpr EpollEvents hangup = EPOLLHUP | EPOLLERR;  // which epoll reports whatever is watched
constexpr Timestamp ns_per_s = 1'000'000'000;
constexpr Timestamp ns_per_ms = 1'000'000;

timespec to_timespec(Timestamp ns) {
  return {.tv_sec = static_cast<time_t>(ns / ns_per_s), .tv_nsec = static_cast<long>(ns % ns_per_s)};
}

}  // namespace

// epoll_pwait2 came with Linux 5.11 and is younger than the seccomp profiles of some containers.
int wait_events(int epoll, std::span<epoll_event> events, std::optional<Timestamp> timeout) {
  static std::atomic<bool> has_pwait2 = true;
  const int count = static_cast<int>(events.size());
  if (!timeout || *timeout == 0) return epoll_wait(epoll, events.data(), count, timeout ? 0 : -1);
  if (has_pwait2.load(std::memory_order_relaxed)) {
    const timespec limit = to_timespec(*timeout);
    const int ready = epoll_pwait2(epoll, events.data(), count, &limit, nullptr);
    if (ready >= 0 || (errno != ENOSYS && errno != EPERM)) return ready;
    has_pwait2.store(false, std::memory_order_relaxed);
  }
  const Timestamp ms = std::min<Timestamp>((*timeout + ns_per_ms - 1) / ns_per_ms, std::numeric_limits<int>::max());
  return epoll_wait(epoll, events.data(), count, static_cast<int>(ms));
}

void Readiness::begin() {
  ++poll_;
  any_watched_ = false;
  any_ready_ = false;
  any_writable_ = false;
  unwatched_.clear();
}

void Readiness::want(Descriptor& descriptor, Fd fd, EpollEvents direction) {
  // Nothing is ever written to a listening socket; and a retired one has nothing to say any more.
  if (descriptor.is_retired || (descriptor.is_listening && direction == EPOLLOUT)) return;
  ReadinessState& state = descriptor.readiness;
  if (state.poll != poll_) {
    state.poll = poll_;
    state.wanted = 0;
    state.ready = 0;
  }
  state.wanted |= direction;
  const bool writable = direction == EPOLLOUT && state.writable && has(descriptor.flags, Fdflags::nonblock);
  any_writable_ = any_writable_ || writable;
  if (state.always_ready || state.ended || writable) {
    state.ready |= direction;
    any_ready_ = true;
  } else {
    any_watched_ = true;
    if ((state.watched & direction) == 0) unwatched_.push_back(fd);
  }
}

Errno Readiness::watch(Descriptors& descriptors) {
  for (const Fd fd : unwatched_) {
    if (const Errno error = watch(*descriptors.find(fd), fd); error != Errno::success) return error;
  }
  return Errno::success;
}

// Makes the epoll set watch exactly what is wanted and not known to be ready.
Errno Readiness::watch(Descriptor& descriptor, Fd fd) {
  ReadinessState& state = descriptor.readiness;
  const EpollEvents wanted = state.poll == poll_ ? state.wanted & ~state.ready : 0;
  if (state.always_ready || (state.in_set && state.watched == wanted)) return Errno::success;
  if (!epoll_) {
    epoll_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
    if (!epoll_) return last_errno();
  }
  counters_.watches.add(1);
  epoll_event event{.events = wanted, .data = {.u64 = fd}};
  if (epoll_ctl(epoll_.get(), state.in_set ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor.readiness_fd(), &event) == 0) {
    state.in_set = true;
    state.watched = wanted;
    return Errno::success;
  }
  if (errno != EPERM) return last_errno();
  // epoll refuses what never makes a caller wait; so it is ready for all it was asked for.
  state.always_ready = true;
  state.ready = state.wanted;
  any_ready_ = true;
  return Errno::success;
}

Errno Readiness::wait(Descriptors& descriptors, std::optional<Timestamp> timeout) {
  // What an earlier poll wanted may still be watched: it must not wake a mere sleep.
  if (!any_watched_ || !epoll_) {
    const timespec limit = to_timespec(timeout.value_or(0));
    if (timeout != Timestamp{0}) ppoll(nullptr, 0, timeout ? &limit : nullptr, nullptr);
    return Errno::success;
  }
  counters_.waits.add(1);
  unasked_polls_ = 0;
  std::array<epoll_event, 256> events;
  const int count = wait_events(epoll_.get(), events, timeout);
  if (count < 0) return errno == EINTR ? Errno::success : last_errno();
  for (const epoll_event& event : std::span(events).first(static_cast<size_t>(count))) {
    take(descriptors, static_cast<Fd>(event.data.u64), event.events);
  }
  return Errno::success;
}

void Readiness::take(Descriptors& descriptors, Fd fd, EpollEvents events) {
  Descriptor* descriptor = descriptors.find(fd);
  if (descriptor == nullptr) return;
  ReadinessState& state = descriptor->readiness;
  const EpollEvents wanted = state.poll == poll_ ? state.wanted : 0;
  const EpollEvents useful = wanted == 0 ? 0 : events & (wanted | hangup);
  if (useful != 0) {
    state.ready |= useful;
    any_ready_ = true;
  } else if (wanted != 0) {
    watch(*descriptor, fd);
  } else {
    // Not by an empty watch: hangups would still be reported, for ever.
    forget(*descriptor);
  }
}

EpollEvents Readiness::ready(const Descriptor& descriptor) const {
  const ReadinessState& state = descriptor.readiness;
  return state.poll == poll_ ? state.ready : 0;
}

void Readiness::forget(Descriptor& descriptor) {
  ReadinessState& state = descriptor.readiness;
  if (!state.in_set) return;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor.readiness_fd(), nullptr);
  state.in_set = false;
  state.watched = 0;
}

}  // namespace shallop::wasi
