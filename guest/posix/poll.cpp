// SPDX-License-Identifier: Apache-2.0
// poll() over poll_oneoff: one subscription for each awaited direction, one clock for the timeout.
#include <poll.h>

#include <cstdint>
#include <cstdlib>

#include "imports.hpp"
#include "wasi_call.hpp"

namespace shallop::posix {
namespace {

constexpr wasi::Userdata clock_userdata = ~wasi::Userdata{0};
constexpr wasi::Userdata write_bit = 1;

/// The list of one call. Small ones live on the stack, so that a poll loop does not allocate.
class SubscriptionList {
 public:
  explicit SubscriptionList(nfds_t descriptors) noexcept {
    const std::size_t capacity = 2 * descriptors + 1;
    if (capacity <= inline_capacity) return;
    heap_ = std::malloc(capacity * (sizeof(wasi::Subscription) + sizeof(wasi::Event)));
    subscriptions_ = static_cast<wasi::Subscription*>(heap_);
    events_ = reinterpret_cast<wasi::Event*>(subscriptions_ + capacity);
  }
  SubscriptionList(const SubscriptionList&) = delete;
  SubscriptionList& operator=(const SubscriptionList&) = delete;
  ~SubscriptionList() { std::free(heap_); }

  bool allocated() const noexcept { return subscriptions_ != nullptr; }
  wasi::Size size() const noexcept { return size_; }
  const wasi::Event& event(wasi::Size index) const noexcept { return events_[index]; }

  void add(wasi::Userdata userdata, wasi::Eventtype type, int fd) noexcept {
    wasi::Subscription& subscription = subscriptions_[size_++] = {};
    subscription.userdata = userdata;
    subscription.tag = type;
    subscription.fd_readwrite.file_descriptor = descriptor_of(fd);
  }

  void add_timeout(wasi::Timestamp nanoseconds) noexcept {
    wasi::Subscription& subscription = subscriptions_[size_++] = {};
    subscription.userdata = clock_userdata;
    subscription.tag = wasi::Eventtype::clock;
    subscription.clock.id = wasi::Clockid::monotonic;
    subscription.clock.timeout = nanoseconds;
  }

  std::int32_t wait(wasi::Size* ready) noexcept {
    return imports::shallop_import_poll_oneoff(subscriptions_, events_, size_, ready);
  }

 private:
  static constexpr std::size_t inline_capacity = 33;
  wasi::Subscription inline_subscriptions_[inline_capacity];
  wasi::Event inline_events_[inline_capacity];
  wasi::Subscription* subscriptions_ = inline_subscriptions_;
  wasi::Event* events_ = inline_events_;
  void* heap_ = nullptr;
  wasi::Size size_ = 0;
};

/// The hangup of a read event is left to the recv() that follows, which gives the rest of the data first; Linux too
/// returns POLLIN alone when the peer has closed.
short conditions_of_success(const wasi::Event& event, short wanted) noexcept {
  const bool hangup = has(event.fd_readwrite.flags, wasi::Eventrwflags::fd_readwrite_hangup);
  if (event.type == wasi::Eventtype::fd_read) {
    return static_cast<short>((wanted & POLLIN) | (hangup ? wanted & POLLRDHUP : 0));
  }
  return static_cast<short>((wanted & POLLOUT) | (hangup ? POLLHUP : 0));
}

short conditions_of(const wasi::Event& event, short wanted) noexcept {
  switch (event.error) {
    case wasi::Errno::success: return conditions_of_success(event, wanted);
    case wasi::Errno::badf: return POLLNVAL;
    case wasi::Errno::perm:  // WasmEdge, of a regular file: those are always ready
      return static_cast<short>(wanted & (event.type == wasi::Eventtype::fd_read ? POLLIN : POLLOUT));
    default: return POLLERR;
  }
}

}  // namespace
}  // namespace shallop::posix

using namespace shallop;
using namespace shallop::posix;

extern "C" int poll(pollfd* entries, nfds_t count, int timeout_ms) {
  SubscriptionList list(count);
  if (!list.allocated()) return fail(wasi::Errno::nomem);
  for (nfds_t i = 0; i < count; ++i) {
    entries[i].revents = 0;
    if (entries[i].fd < 0) continue;
    const wasi::Userdata userdata = wasi::Userdata{i} << 1;
    if ((entries[i].events & (POLLIN | POLLRDHUP)) != 0) list.add(userdata, wasi::Eventtype::fd_read, entries[i].fd);
    if ((entries[i].events & POLLOUT) != 0) list.add(userdata | write_bit, wasi::Eventtype::fd_write, entries[i].fd);
  }
  if (timeout_ms >= 0) {
    list.add_timeout(static_cast<wasi::Timestamp>(timeout_ms) * 1'000'000);
  } else if (list.size() == 0) {
    list.add_timeout(~wasi::Timestamp{0});  // an empty list is refused; this one waits for ever
  }

  wasi::Size ready = 0;
  if (const std::int32_t result = list.wait(&ready); result != 0) return status_of(result);
  int answered = 0;
  for (wasi::Size i = 0; i < ready; ++i) {
    const wasi::Event& event = list.event(i);
    if (event.userdata == clock_userdata) continue;
    pollfd& entry = entries[event.userdata >> 1];
    const short conditions = conditions_of(event, entry.events);
    if (entry.revents == 0 && conditions != 0) ++answered;
    entry.revents = static_cast<short>(entry.revents | conditions);
  }
  return answered;
}
