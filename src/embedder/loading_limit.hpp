// SPDX-License-Identifier: Apache-2.0
// A time limit for what comes before a guest: reading, validating, lowering and compiling its module, which nothing
// else interrupts.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

namespace shallop {

class LoadingLimit {
 public:
  // Calls `when_over`, which should end the process, on a thread of its own if this still lives when the time is over.
  LoadingLimit(std::optional<std::chrono::nanoseconds> time_limit, std::function<void()> when_over);
  // Waits for `when_over` if it has been called.
  ~LoadingLimit() = default;
  LoadingLimit(const LoadingLimit&) = delete;
  LoadingLimit& operator=(const LoadingLimit&) = delete;

 private:
  std::jthread watch_;
};

}  // namespace shallop
