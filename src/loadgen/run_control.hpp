// SPDX-License-Identifier: Apache-2.0
// What the threads of a run share while it goes on: the common start, the wish to stop, the count of failures. Nothing
// in it is touched per request.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/unique_fd.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/result.hpp"

namespace shallop::loadgen {

class RunControl {
 public:
  explicit RunControl(const Plan& plan);

  // Each thread calls this once when its connections are there, and gets the moment at which the load begins: the same
  // for all, when the last has come. Nothing when no thread has a connection.
  std::optional<int64_t> wait_for_start(uint64_t connected, const std::optional<Failure>& failure);
  // In place of so many threads that could not be started: the others stop instead of waiting for them.
  void start_without(unsigned threads);
  std::optional<int64_t> start_ns() const;
  // Of the connections that could not be made; meaningful when there was no start.
  Failure connect_failure() const { return connect_failure_; }

  void count_failure() {
    const uint64_t failures = failures_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (failures > failures_max_) stop(Ending::error_budget);
  }

  // May be called from a signal handler; the first reason counts.
  void stop(Ending why);
  bool stops() const { return stops_.load(std::memory_order_relaxed); }
  Ending ending() const { return ending_.load(); }

  // Each thread calls this at its end.
  void thread_ended();
  bool have_all_ended() const { return running_.load() == 0; }
  // Readable after each change that whoever watches the run should see.
  int event_descriptor() const { return event_.get(); }

 private:
  void wake_watcher();

  const uint64_t failures_max_;
  std::atomic<uint64_t> failures_ = 0;
  std::atomic<bool> stops_ = false;
  std::atomic<Ending> ending_ = Ending::duration;
  std::atomic<unsigned> running_;
  UniqueFd event_;

  mutable std::mutex gate_mutex_;
  std::condition_variable gate_;
  unsigned waiting_for_;
  uint64_t connected_ = 0;
  std::optional<int64_t> start_ns_;
  Failure connect_failure_;
};

}  // namespace shallop::loadgen
