// SPDX-License-Identifier: Apache-2.0
#include "wasi/readiness_set.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "runtime/interruption.hpp"
#include "wasi/context.hpp"
#include "wasi/host_iovecs.hpp"

namespace shallop::wasi {
namespace {

EpollEvents to_host(uint32_t interest) {
  return ((interest & readiness_readable) != 0 ? EPOLLIN : 0u) | ((interest & readiness_writable) != 0 ? EPOLLOUT : 0u);
}

constexpr Timestamp never = ~Timestamp{0};
constexpr ReadinessEvent time_event{.userdata = ~Userdata{0}, .ready = readiness_time, .zero = 0};
// What the host says where it says the guest's number for others.
constexpr uint64_t timer_data = ~uint64_t{0};

uint32_t to_guest(EpollEvents events) {
  return ((events & EPOLLIN) != 0 ? readiness_readable : 0) | ((events & EPOLLOUT) != 0 ? readiness_writable : 0) |
         ((events & (EPOLLHUP | EPOLLERR)) != 0 ? readiness_hangup : 0);
}

}  // namespace

// Edge-triggered: the timer need not be read to be silent again.
std::unique_ptr<ReadinessSet> ReadinessSet::make(int epoll) {
  UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = timer_data}};
  if (!timer || ::epoll_ctl(epoll, EPOLL_CTL_ADD, timer.get(), &event) != 0) return nullptr;
  return std::unique_ptr<ReadinessSet>(new ReadinessSet(std::move(timer)));
}

ssize_t ReadinessSet::read(Context& context, const Descriptor& set, HostIovecs& vectors) {
  if (!vectors.is_single()) {
    errno = EINVAL;
    return -1;
  }
  std::array<ReadinessEvent, 256> events;
  const size_t room = vectors.data()->iov_len / sizeof(ReadinessEvent);
  const ssize_t count = wait(context, set, std::span(events).first(std::min(events.size(), room)));
  if (count <= 0) return count;
  const size_t size_bytes = static_cast<size_t>(count) * sizeof(ReadinessEvent);
  std::memcpy(vectors.data()->iov_base, events.data(), size_bytes);
  return static_cast<ssize_t>(size_bytes);
}

// As write(2): what came before an error counts, and the next call tells the error.
ssize_t ReadinessSet::write(Context& context, const Descriptor& set, HostIovecs& vectors) {
  if (!vectors.is_single()) {
    errno = EINVAL;
    return -1;
  }
  const auto* bytes = static_cast<const std::byte*>(vectors.data()->iov_base);
  const size_t whole = vectors.data()->iov_len / sizeof(ReadinessInterest) * sizeof(ReadinessInterest);
  size_t done = 0;
  for (; done < whole; done += sizeof(ReadinessInterest)) {
    ReadinessInterest change;
    std::memcpy(&change, bytes + done, sizeof change);
    if (apply(context, set, change) == 0) continue;
    if (done == 0) return -1;
    break;
  }
  return static_cast<ssize_t>(done);
}

int ReadinessSet::set_time(const Context& context, Timestamp time) {
  constexpr Timestamp ns_per_s = 1'000'000'000;
  is_due_ = time <= context.read_clock(Clockid::monotonic);
  itimerspec timer{};  // none
  if (is_due_) {
    timer.it_value = {.tv_sec = 0, .tv_nsec = 1};  // at once: a poll of the set has to see it as well
  } else if (time != never) {
    timer.it_value = {.tv_sec = static_cast<time_t>(time / ns_per_s), .tv_nsec = static_cast<long>(time % ns_per_s)};
  }
  return ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &timer, nullptr);
}

int ReadinessSet::apply(Context& context, const Descriptor& set, const ReadinessInterest& change) {
  if (change.fd == readiness_clock) return set_time(context, change.userdata);
  Descriptor* const descriptor = context.descriptors.find(change.fd);
  const bool is_known = (change.interest & ~(readiness_readable | readiness_writable)) == 0;
  if (!is_known || descriptor == nullptr || descriptor == &set) {
    errno = is_known ? EBADF : EINVAL;
    return -1;
  }
  if (change.fd >= entries_.size()) entries_.resize(change.fd + 1);
  Entry& entry = entries_[change.fd];

  // It would be readable for ever (drain.hpp).
  if (descriptor->is_retired) {
    entry = {.interest = change.interest, .userdata = change.userdata};
    return 0;
  }
  descriptor->is_in_readiness_set = true;
  context.worker.counters.watches.add(1);
  const int host = descriptor->readiness_fd();
  // Nothing is ever written to a listening socket.
  const EpollEvents events = to_host(change.interest) & (descriptor->is_listening ? ~EpollEvents{EPOLLOUT} : ~0u);
  epoll_event event{.events = events, .data = {.u64 = change.fd}};
  const auto control = [&](int operation) { return ::epoll_ctl(set.host.get(), operation, host, &event); };
  // The number may have gone to another descriptor since it was added: the host knows which one it has.
  int result = control(change.interest == 0 ? EPOLL_CTL_DEL : entry.interest != 0 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD);
  if (result != 0 && errno == ENOENT) result = change.interest == 0 ? 0 : control(EPOLL_CTL_ADD);
  if (result != 0 && errno == EEXIST) result = control(EPOLL_CTL_MOD);
  if (result == 0) entry = {.interest = change.interest, .userdata = change.userdata};
  return result;
}

ssize_t ReadinessSet::wait(Context& context, const Descriptor& set, std::span<ReadinessEvent> events) {
  std::array<epoll_event, 256> host_events;
  context.worker.counters.polls.add(1);
  while (!events.empty()) {
    size_t count = 0;
    size_t ended_end = 0;              // of `events`: those of connections that the drain has ended are before it
    std::optional<Timestamp> timeout;  // none: for ever
    if (has(set.flags, Fdflags::nonblock)) timeout = 0;
    if (std::exchange(is_due_, false)) {
      const itimerspec none{};  // this is the one event of that time
      ::timerfd_settime(timer_.get(), 0, &none, nullptr);
      events[count++] = time_event;
      timeout = 0;
    }
    if (context.drain.active()) {
      if (context.drain.step(context)) interrupt_this_thread();
      ended_end = count += take_ended(context, events.subspan(count));
      constexpr Timestamp interval = std::chrono::nanoseconds(Drain::interval).count();
      timeout = count != 0 ? 0 : std::min(timeout.value_or(interval), interval);
    }
    if (is_interrupted()) {
      errno = EINTR;
      return -1;
    }
    if (count == events.size()) return static_cast<ssize_t>(count);
    context.worker.counters.waits.add(1);
    const int ready = wait_events(
        set.host.get(), std::span(host_events).first(std::min(host_events.size(), events.size() - count)), timeout);
    if (ready < 0 && errno != EINTR) return -1;
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = host_events[static_cast<size_t>(i)];
      if (event.data.u64 == timer_data) {
        events[count++] = time_event;
        continue;
      }
      const Userdata userdata = entries_[event.data.u64].userdata;
      // One event a descriptor: a guest may be done with its userdata after the first.
      const auto told = std::ranges::find(events.first(ended_end), userdata, &ReadinessEvent::userdata);
      if (told != events.begin() + static_cast<ptrdiff_t>(ended_end)) {
        told->ready |= to_guest(event.events);
      } else {
        events[count++] = {.userdata = userdata, .ready = to_guest(event.events), .zero = 0};
      }
    }
    if (count != 0 || has(set.flags, Fdflags::nonblock)) return static_cast<ssize_t>(count);
  }
  return 0;
}

// Connections that the drain has ended, which the host does not know of.
size_t ReadinessSet::take_ended(Context& context, std::span<ReadinessEvent> events) const {
  size_t count = 0;
  context.descriptors.for_each([&](Fd fd, const Descriptor& descriptor) {
    if (!tells_end(descriptor, fd) || count == events.size()) return;
    events[count++] = {.userdata = entries_[fd].userdata, .ready = readiness_readable, .zero = 0};
  });
  return count;
}

// An entry may be a closed descriptor's, whose number another one has got.
bool ReadinessSet::tells_end(const Descriptor& descriptor, Fd fd) const {
  return descriptor.readiness.ended && descriptor.is_in_readiness_set && fd < entries_.size() &&
         (entries_[fd].interest & readiness_readable) != 0;
}

}  // namespace shallop::wasi
