// SPDX-License-Identifier: Apache-2.0
// A worker's place in the process: the worker, and what the supervisor, whose thread it belongs to, knows of its
// starts.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "embedder/worker.hpp"

namespace shallop {

class Seat {
 public:
  using Clock = std::chrono::steady_clock;

  // `now` is what time it is.
  Seat(uint32_t index, Worker::Guest guest, std::function<void()> on_end,
       std::function<Clock::time_point()> now = Clock::now);

  Worker& worker() { return worker_; }
  const Worker& worker() const { return worker_; }

  // As Worker::start(), whose error is thrown on.
  void start(std::optional<std::chrono::nanoseconds> time_limit, size_t stack_size_bytes);
  // Asks for another start, 100 ms from now, and twice as long the next time, 5 s at most; a guest that ran for a
  // second begins with 100 ms again. Returns after what time.
  std::chrono::milliseconds start_later();
  void start_no_more() { next_start_.reset(); }
  WorkerEnding take_ending();

  bool is_running() const { return is_running_; }
  bool has_ended() const { return is_running_ && worker_.has_ended(); }
  bool has_started_once() const { return starts_ == 1; }
  // When it is to be started again.
  std::optional<Clock::time_point> next_start() const { return next_start_; }
  // Whether the guest has ever waited for clients or taken one.
  bool was_of_use() const;

 private:
  Worker worker_;
  std::function<Clock::time_point()> now_;
  bool is_running_ = false;
  uint32_t starts_ = 0;
  Clock::time_point started_;
  std::chrono::milliseconds back_off_;
  std::optional<Clock::time_point> next_start_;
};

}  // namespace shallop
