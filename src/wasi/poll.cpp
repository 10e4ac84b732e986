// SPDX-License-Identifier: Apache-2.0
// poll_oneoff. One pass over the guest's subscriptions says what is wanted, one over the same list says what happened,
// so nothing is kept per subscription and nothing is allocated. What the host must be asked is readiness.hpp's
// business.
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "runtime/interruption.hpp"
#include "wasi/errno.hpp"
#include "wasi/functions.hpp"
#include "wasi/guest_memory.hpp"

namespace shallop::wasi {
namespace {

constexpr Timestamp never = std::numeric_limits<Timestamp>::max();
// A wait for a time of day is cut into pieces of this length, so that setting the clock is noticed.
constexpr Timestamp realtime_slice_ns = 1'000'000'000;
// "Some": no guest could use more than that there is room.
constexpr Filesize writable_bytes = 65'536;

Timestamp add_saturating(Timestamp a, Timestamp b) { return b > never - a ? never : a + b; }

class Poll {
 public:
  Poll(Context& context, GuestArray<Subscription> subscriptions)
      : context_(context), subscriptions_(subscriptions), readiness_(context.readiness) {}

  // Reads what is wanted. `inval` when a subscription is of no known kind.
  Errno prepare();
  // Waits until there is something to report.
  Errno wait();
  // Writes the events, in the order of the subscriptions; returns their number.
  Size report(GuestArray<Event> events);

 private:
  static Eventtype type_of(GuestPlace<Subscription> subscription) {
    return subscription.load_at<Eventtype>(offsetof(Subscription, tag));
  }
  static Fd fd_of(GuestPlace<Subscription> subscription) {
    return subscription.load_at<Fd>(offsetof(Subscription, fd_readwrite));
  }
  static EpollEvents direction_of(Eventtype type) { return type == Eventtype::fd_read ? EPOLLIN : EPOLLOUT; }

  std::expected<Descriptor*, Errno> descriptor_of(GuestPlace<Subscription> subscription, Eventtype type) {
    const Rights right = type == Eventtype::fd_read ? Rights::fd_read : Rights::fd_write;
    return context_.descriptors.get(fd_of(subscription), Rights::poll_fd_readwrite | right);
  }
  static Errno check(const SubscriptionClock& clock);
  void want_clock(const SubscriptionClock& clock);
  std::optional<Timestamp> time_left();
  std::optional<Event> clock_event(const SubscriptionClock& clock);
  std::optional<Event> fd_event(GuestPlace<Subscription> subscription, Eventtype type);
  Filesize readable_bytes(const Descriptor& descriptor, EpollEvents ready) const;
  bool asks_for_amount() const;

  // Relative times count from the first look at the clock.
  Timestamp start() {
    if (!start_) start_ = context_.read_clock(Clockid::monotonic);
    return *start_;
  }

  Context& context_;
  GuestArray<Subscription> subscriptions_;
  Readiness& readiness_;
  bool has_error_ = false;
  bool wants_all_now_ = false;  // does not wait, so what is not told now may not be asked for again
  std::optional<Timestamp> start_;
  std::optional<Timestamp> monotonic_deadline_;
  std::optional<Timestamp> realtime_deadline_;
};

Errno Poll::prepare() {
  readiness_.begin();
  for (Size i = 0; i < subscriptions_.count(); ++i) {
    const GuestPlace<Subscription> subscription = subscriptions_[i];
    switch (const Eventtype type = type_of(subscription)) {
      case Eventtype::clock: want_clock(subscription.load_at<SubscriptionClock>(offsetof(Subscription, clock))); break;
      case Eventtype::fd_read:
      case Eventtype::fd_write:
        if (const auto descriptor = descriptor_of(subscription, type)) {
          readiness_.want(**descriptor, fd_of(subscription), direction_of(type));
        } else {
          has_error_ = true;
        }
        break;
      default: return Errno::inval;
    }
  }
  return readiness_.watch(context_.descriptors);
}

Errno Poll::check(const SubscriptionClock& clock) {
  if ((bits(clock.flags) & ~bits(Subclockflags::all)) != 0) return Errno::inval;
  switch (clock.id) {
    case Clockid::realtime:
    case Clockid::monotonic: return Errno::success;
    case Clockid::process_cputime_id:
    case Clockid::thread_cputime_id: return Errno::notsup;  // they stand still while the guest waits
  }
  return Errno::inval;
}

void Poll::want_clock(const SubscriptionClock& clock) {
  if (check(clock) != Errno::success) {
    has_error_ = true;
    return;
  }
  wants_all_now_ = wants_all_now_ || clock.timeout == 0;
  const bool is_absolute = has(clock.flags, Subclockflags::subscription_clock_abstime);
  auto& deadline = is_absolute && clock.id == Clockid::realtime ? realtime_deadline_ : monotonic_deadline_;
  const Timestamp time = is_absolute ? clock.timeout : add_saturating(start(), clock.timeout);
  deadline = std::min(deadline.value_or(never), time);
}

// None: for ever.
std::optional<Timestamp> Poll::time_left() {
  if (has_error_ || readiness_.any_ready()) return 0;
  Timestamp left = never;
  if (monotonic_deadline_.value_or(never) != never) {
    const Timestamp now = context_.read_clock(Clockid::monotonic);
    left = *monotonic_deadline_ - std::min(*monotonic_deadline_, now);
  }
  if (realtime_deadline_.value_or(never) != never) {
    const Timestamp now = context_.read_clock(Clockid::realtime);
    left = std::min({left, *realtime_deadline_ - std::min(*realtime_deadline_, now), realtime_slice_ns});
  }
  if (context_.drain.active()) left = std::min<Timestamp>(left, std::chrono::nanoseconds(Drain::interval).count());
  return left == never ? std::nullopt : std::optional(left);
}

Errno Poll::wait() {
  // Guests of mio ask for writability after each response, twice; who wants to know all at once gives a time.
  if (!has_error_ && !wants_all_now_ && !context_.drain.active() && readiness_.may_answer_unasked()) {
    return is_interrupted() ? Errno::intr : Errno::success;
  }
  for (bool has_asked = false;; has_asked = true) {
    if (has_asked && time_left() == Timestamp{0}) return Errno::success;
    if (context_.drain.active()) {
      if (context_.drain.step(context_)) interrupt_this_thread();
      // What has ended meanwhile is ready now.
      if (const Errno error = prepare(); error != Errno::success) return error;
    }
    if (is_interrupted()) return Errno::intr;
    // Asked once even without time to wait: what else is ready is reported too.
    if (const Errno error = readiness_.wait(context_.descriptors, time_left()); error != Errno::success) return error;
  }
}

Size Poll::report(GuestArray<Event> events) {
  Size count = 0;
  for (Size i = 0; i < subscriptions_.count(); ++i) {
    const GuestPlace<Subscription> subscription = subscriptions_[i];
    const Eventtype type = type_of(subscription);
    std::optional<Event> event =
        type == Eventtype::clock ? clock_event(subscription.load_at<SubscriptionClock>(offsetof(Subscription, clock)))
                                 : fd_event(subscription, type);
    if (!event) continue;
    event->userdata = subscription.load_at<Userdata>(offsetof(Subscription, userdata));
    event->type = type;
    events[count++].store(*event);
  }
  return count;
}

std::optional<Event> Poll::clock_event(const SubscriptionClock& clock) {
  Event event{};
  event.error = check(clock);
  if (event.error != Errno::success) return event;
  const bool is_absolute = has(clock.flags, Subclockflags::subscription_clock_abstime);
  const Timestamp time = is_absolute ? clock.timeout : add_saturating(start(), clock.timeout);
  const Timestamp now = context_.read_clock(is_absolute ? clock.id : Clockid::monotonic);
  return now >= time ? std::optional(event) : std::nullopt;
}

// A socket's error never becomes the event's: to guests that ends the poll, while readiness lets them learn it from the
// next call on the socket. A peer that has only stopped sending is no hangup, as for poll(2).
std::optional<Event> Poll::fd_event(GuestPlace<Subscription> subscription, Eventtype type) {
  Event event{};
  const auto descriptor = descriptor_of(subscription, type);
  if (!descriptor) {
    event.error = descriptor.error();
    return event;
  }
  const EpollEvents ready = readiness_.ready(**descriptor) & (direction_of(type) | EPOLLHUP | EPOLLERR);
  if (ready == 0) return std::nullopt;
  event.fd_readwrite.nbytes = type == Eventtype::fd_read ? readable_bytes(**descriptor, ready) : writable_bytes;
  if ((ready & (EPOLLHUP | EPOLLERR)) != 0) event.fd_readwrite.flags = Eventrwflags::fd_readwrite_hangup;
  return event;
}

// Guests do not look at the number, but for the one that has no other way to ask.
Filesize Poll::readable_bytes(const Descriptor& descriptor, EpollEvents ready) const {
  if (asks_for_amount()) {
    int amount = 0;
    if (ioctl(descriptor.host.get(), FIONREAD, &amount) == 0 && amount >= 0) return static_cast<Filesize>(amount);
  }
  return (ready & EPOLLIN) != 0 ? 1 : 0;
}

// wasi-libc's ioctl(FIONREAD): a read and a clock that is up at once.
bool Poll::asks_for_amount() const {
  if (subscriptions_.count() != 2 || type_of(subscriptions_[1]) != Eventtype::clock) return false;
  const auto clock = subscriptions_[1].load_at<SubscriptionClock>(offsetof(Subscription, clock));
  return clock.timeout == 0 && clock.flags == Subclockflags::none;
}

}  // namespace

Errno poll_oneoff(Context& context, Caller caller, GuestPointer<Subscription> subscriptions, GuestPointer<Event> events,
                  Size count, GuestPointer<Size> event_count) noexcept {
  if (count == 0) return Errno::inval;
  const GuestMemory memory(caller);
  const auto wanted = memory.array(subscriptions, count);
  const auto happened = memory.array(events, count);
  const auto happened_count = memory.at(event_count);
  if (!wanted || !happened || !happened_count) return Errno::fault;

  context.worker.counters.polls.add(1);
  context.worker.counters.memory_bytes.set(caller.memory().size());
  Poll poll(context, wanted);
  if (const Errno error = poll.prepare(); error != Errno::success) return error;
  if (const Errno error = poll.wait(); error != Errno::success) return error;
  happened_count.store(poll.report(happened));
  return Errno::success;
}

}  // namespace shallop::wasi
