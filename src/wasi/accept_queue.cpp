// SPDX-License-Identifier: Apache-2.0
#include "wasi/accept_queue.hpp"

#include <sys/eventfd.h>

#include <utility>

#include "wasi/errno.hpp"

namespace shallop::wasi {

std::expected<std::shared_ptr<AcceptQueue>, Errno> AcceptQueue::open() {
  UniqueFd readable(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!readable) return std::unexpected(last_errno());
  return std::shared_ptr<AcceptQueue>(new AcceptQueue(std::move(readable)));
}

AcceptQueue::AcceptQueue(UniqueFd readable) : readable_(std::move(readable)) {}

void AcceptQueue::push(UniqueFd connection) {
  const std::scoped_lock lock(mutex_);
  connections_.push_back(std::move(connection));
  waiting_.store(connections_.size());
  // The counter only tells empty from not empty, so that one write serves however many wait.
  if (connections_.size() == 1) eventfd_write(readable_.get(), 1);
}

UniqueFd AcceptQueue::take() {
  const std::scoped_lock lock(mutex_);
  if (connections_.empty()) return {};
  UniqueFd connection = std::move(connections_.front());
  connections_.pop_front();
  waiting_.store(connections_.size());
  if (connections_.empty()) {
    eventfd_t count = 0;
    eventfd_read(readable_.get(), &count);
  }
  return connection;
}

}  // namespace shallop::wasi
