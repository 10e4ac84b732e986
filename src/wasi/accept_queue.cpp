// SPDX-License-Identifier: Apache-2.0
#include "wasi/accept_queue.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "wasm/error.hpp"

namespace shallop::wasi {

AcceptQueue::AcceptQueue() : readable_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!readable_) throw ResourceError(fmt::format("cannot make a queue of connections: {}", std::strerror(errno)));
}

void AcceptQueue::push(UniqueFd connection) {
  const std::scoped_lock lock(mutex_);
  connections_.push_back(std::move(connection));
  waiting_.store(connections_.size(), std::memory_order_relaxed);
  // The counter only tells empty from not empty, so that one write serves however many wait.
  if (connections_.size() == 1) eventfd_write(readable_.get(), 1);
}

UniqueFd AcceptQueue::take() {
  const std::scoped_lock lock(mutex_);
  if (connections_.empty()) return {};
  UniqueFd connection = std::move(connections_.front());
  connections_.pop_front();
  waiting_.store(connections_.size(), std::memory_order_relaxed);
  if (connections_.empty()) {
    eventfd_t count = 0;
    eventfd_read(readable_.get(), &count);
  }
  return connection;
}

}  // namespace shallop::wasi
