// SPDX-License-Identifier: Apache-2.0
// The seats of all workers: what the supervisor asks of every guest at once, and what it wants to know of all of them
// together. On the supervisor's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "embedder/seat.hpp"
#include "embedder/worker.hpp"
#include "wasi/worker_state.hpp"

namespace shallop {

class Seats {
 public:
  // Each runs `guest`, and calls `on_end`, as Worker has it.
  Seats(uint32_t count, const Worker::Guest& guest, const std::function<void()>& on_end);

  std::deque<Seat>::iterator begin() { return seats_.begin(); }
  std::deque<Seat>::iterator end() { return seats_.end(); }
  // Of every worker, in their order. They live as long as this does.
  std::vector<wasi::WorkerState*> states();
  std::vector<const wasi::WorkerCounters*> counters() const;

  bool any_running() const;
  // Whether one runs, or is to be started again.
  bool any_awaited() const;
  // Whether a guest listens, or holds a connection.
  bool is_server() const;
  uint64_t open_connections() const;
  // Whether all that run have noticed that they are to drain.
  bool all_know_of_drain() const;
  // When the first one is to be started again.
  std::optional<Seat::Clock::time_point> next_start() const;

  // Those that run are to drain; none is started again.
  void drain();
  // Lets the system calls return in which guests wait that are to drain and have not noticed.
  void wake_unaware();
  // Stops those that run with a trap wherever they are; none is started again.
  void stop();

 private:
  std::deque<Seat> seats_;  // which cannot be moved
};

}  // namespace shallop
