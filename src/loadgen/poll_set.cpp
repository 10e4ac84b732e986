// SPDX-License-Identifier: Apache-2.0
#include "loadgen/poll_set.hpp"

#include <algorithm>

namespace shallop::loadgen {

// What poll() tells is passed on as epoll_wait() would tell it.
static_assert(EPOLLIN == POLLIN && EPOLLOUT == POLLOUT && EPOLLERR == POLLERR && EPOLLHUP == POLLHUP &&
              EPOLLRDHUP == POLLRDHUP);

PollSet::PollSet(int epoll, size_t count)
    : entries_(count + 1, {.fd = none, .events = 0, .revents = 0}), owners_(count) {
  entries_.front() = {.fd = epoll, .events = POLLIN, .revents = 0};
}

void PollSet::add(size_t number, int socket, void* owner) {
  entries_[number + 1] = {.fd = socket, .events = POLLIN | POLLRDHUP, .revents = 0};
  owners_[number] = owner;
}

int PollSet::wait(std::span<epoll_event> events, int timeout_ms) {
  int left = ::poll(entries_.data(), entries_.size(), timeout_ms);
  if (left <= 0) return left;
  size_t count = 0;
  const size_t sockets_max = events.size() - 1;  // the epoll set has its turn too
  for (size_t i = 1; i < entries_.size() && left > 0 && count < sockets_max; ++i) {
    pollfd& entry = entries_[i];
    if (entry.revents == 0) continue;
    --left;
    if ((entry.revents & POLLOUT) != 0) entry.events &= ~POLLOUT;
    events[count++] = {.events = static_cast<uint32_t>(entry.revents), .data = {.ptr = owners_[i - 1]}};
  }
  if (entries_.front().revents == 0) return static_cast<int>(count);
  const std::span<epoll_event> rest = events.subspan(count);
  const int more = epoll_wait(entries_.front().fd, rest.data(), static_cast<int>(rest.size()), 0);
  return static_cast<int>(count) + std::max(more, 0);
}

}  // namespace shallop::loadgen
