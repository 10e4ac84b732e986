// SPDX-License-Identifier: Apache-2.0
// Connections that were accepted on a shared listening socket and wait for one worker's guest to take them. Any thread
// may push; the worker's thread takes. https://man7.org/linux/man-pages/man2/eventfd.2.html
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <expected>
#include <memory>
#include <mutex>

#include "abi/wasi_errno.hpp"
#include "base/unique_fd.hpp"

namespace shallop::wasi {

class AcceptQueue {
 public:
  // The error is for the guest: the host has no descriptor left.
  static std::expected<std::shared_ptr<AcceptQueue>, Errno> open();

  // Readable while a connection waits: what epoll and poll watch in place of the listening socket.
  int readable_fd() const { return readable_.get(); }
  // Non-blocking connections, close-on-exec.
  void push(UniqueFd connection);
  // Empty when none waits.
  UniqueFd take();
  size_t waiting() const { return waiting_.load(); }

  // No connection will come any more. What waits can still be taken.
  void finish() { finished_.store(true, std::memory_order_release); }
  bool finished() const { return finished_.load(std::memory_order_acquire); }

 private:
  explicit AcceptQueue(UniqueFd readable);

  UniqueFd readable_;
  std::mutex mutex_;
  std::deque<UniqueFd> connections_;
  std::atomic<size_t> waiting_ = 0;
  std::atomic<bool> finished_ = false;
};

}  // namespace shallop::wasi
