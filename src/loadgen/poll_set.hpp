// SPDX-License-Identifier: Apache-2.0
// Looks at a few sockets with poll(2) instead of an epoll set. In an epoll set a socket has a waiter for good, whom
// each arrival calls, at the expense of the one that sent; poll() has one only while it sleeps. So it is the cheaper
// for both sides where there are few sockets and little sleep. It answers as epoll_wait() does.
#pragma once

#include <poll.h>
#include <sys/epoll.h>

#include <cstddef>
#include <span>
#include <vector>

namespace shallop::loadgen {

class PollSet {
 public:
  // For sockets numbered from 0 to `count` - 1. What is in the set `epoll` is looked at with them.
  PollSet(int epoll, size_t count);

  // Readable, or at its end: `owner` is in what wait() tells. A socket must not be in both sets.
  void add(size_t number, int socket, void* owner);
  void remove(size_t number) { entries_[number + 1].fd = none; }
  bool contains(size_t number) const { return entries_[number + 1].fd != none; }
  // Tells also when it is writable, until it was told.
  void watch_for_room(size_t number) { entries_[number + 1].events |= POLLOUT; }

  // As epoll_wait(): how many `events` it filled in, or -1 with errno. Each is told again for as long as it is so.
  int wait(std::span<epoll_event> events, int timeout_ms);

 private:
  static constexpr int none = -1;  // poll() passes it over

  std::vector<pollfd> entries_;  // the first is the epoll set
  std::vector<void*> owners_;
};

}  // namespace shallop::loadgen
