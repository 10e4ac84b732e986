// SPDX-License-Identifier: Apache-2.0
// Which descriptors are ready. One epoll set lives as long as the context, watches level-triggered and is changed only
// by difference: a poll that wants what the last one wanted makes no epoll_ctl call, however many descriptors it names.
// Guests hand in their whole list at every poll, so what one poll leaves out stays watched until it gets in the way: an
// event that nobody wanted ends its watch. https://man7.org/linux/man-pages/man7/epoll.7.html
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "abi/wasi_preview1.hpp"
#include "base/unique_fd.hpp"
#include "wasi/worker_state.hpp"

struct epoll_event;

namespace shallop::wasi {

class Descriptors;
struct Descriptor;

// epoll_wait(2) for at most `timeout`, none: for ever. https://man7.org/linux/man-pages/man2/epoll_wait.2.html
int wait_events(int epoll, std::span<epoll_event> events, std::optional<Timestamp> timeout);

// Sets of directions and conditions, with the values of EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP.
using EpollEvents = uint32_t;

// The part of a Descriptor that belongs to Readiness.
struct ReadinessState {
  EpollEvents watched = 0;  // by the epoll set
  bool in_set = false;
  bool always_ready = false;  // epoll refuses it: regular files, directories, /dev/null
  // The last send took all it was given: more will very likely be taken too, and if not the guest learns it by `again`.
  // Believed only for non-blocking sockets. Saves the watch for EPOLLOUT, which would come and go at every response.
  bool writable = false;
  // To the guest the peer has closed it, whatever the host says (drain.hpp).
  bool ended = false;

  // Valid in the poll of this number only.
  uint64_t poll = 0;
  EpollEvents wanted = 0;
  EpollEvents ready = 0;
};

class Readiness {
 public:
  // Counts what it asks of the host.
  explicit Readiness(WorkerCounters& counters) : counters_(counters) {}

  // Begins a poll: nothing is wanted yet.
  void begin();
  // `descriptor`, number `fd`, is to be waited for in `direction`: EPOLLIN or EPOLLOUT.
  void want(Descriptor& descriptor, Fd fd, EpollEvents direction);

  // Watches what is wanted and was not yet watched.
  Errno watch(Descriptors& descriptors);
  // True if something wanted is ready without asking the host.
  bool any_ready() const { return any_ready_; }
  // True when what is known to be writable is answer enough, and the host need not be asked this time: it was, a poll
  // or two ago. To be called once a poll; what it leaves out is told by one of the next.
  bool may_answer_unasked() {
    if (!any_writable_ || unasked_polls_ == most_unasked_polls) return false;
    ++unasked_polls_;
    return true;
  }
  // Asks the host once, for at most `timeout` (none: for ever); afterwards any_ready() and ready() tell. May return
  // early.
  Errno wait(Descriptors& descriptors, std::optional<Timestamp> timeout);

  // What is ready of what the current poll wants: the direction, and EPOLLHUP and EPOLLERR.
  EpollEvents ready(const Descriptor& descriptor) const;

  // To be called before `descriptor` gets another number, or is closed while someone else holds its open file.
  void forget(Descriptor& descriptor);

 private:
  Errno watch(Descriptor& descriptor, Fd fd);
  void take(Descriptors& descriptors, Fd fd, EpollEvents events);

  static constexpr uint8_t most_unasked_polls = 2;

  WorkerCounters& counters_;
  UniqueFd epoll_;  // made when first needed
  uint64_t poll_ = 0;
  bool any_watched_ = false;  // something wanted depends on the epoll set
  bool any_ready_ = false;
  bool any_writable_ = false;                   // something wanted was known to be writable
  uint8_t unasked_polls_ = most_unasked_polls;  // since the host was asked; the first poll asks
  std::vector<Fd> unwatched_;                   // wanted but not watched; keeps its capacity
};

}  // namespace shallop::wasi
