// SPDX-License-Identifier: Apache-2.0
// One guest on a thread of its own: an instance with its memory, its descriptors, its stack. When it has ended the
// supervisor may start it anew.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "runtime/interruption.hpp"
#include "runtime/outcome.hpp"
#include "wasi/worker_state.hpp"

namespace shallop {

// What is left of a guest. Its instances are gone: a trap has no backtrace, and an exception is not there any more.
struct GuestEnding {
  Outcome outcome;
  std::string failure;  // of a trap the reason and the backtrace, of an uncaught exception what it was; else empty
};

// How a guest's thread ended: by the guest, or by what kept it from running.
using WorkerEnding = std::variant<GuestEnding, std::exception_ptr>;

class Worker {
 public:
  // Runs one guest from its instantiation to its end, on the worker's thread.
  using Guest = std::function<GuestEnding(Worker&)>;

  // `on_end` is called on the worker's thread when take_ending() may be called.
  Worker(uint32_t index, Guest guest, std::function<void()> on_end);
  // Stops a guest that still runs, and waits for its thread.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  uint32_t index() const { return index_; }
  wasi::WorkerState& state() { return state_; }
  const wasi::WorkerState& state() const { return state_; }

  // --- For the supervisor's thread ---

  // Begins a guest; the last one has ended, and take_ending() has told how. `stack_size_bytes` is the thread's. Throws
  // ResourceError.
  void start(std::optional<std::chrono::nanoseconds> time_limit, size_t stack_size_bytes);
  bool has_ended() const { return ended_.load(std::memory_order_acquire); }
  // Waits for the thread, which has_ended().
  WorkerEnding take_ending();
  // Lets a system call in which the guest waits return, so that it sees what its state asks of it.
  void wake();
  // Stops the guest with a trap wherever it is.
  void interrupt();

 private:
  static void* run_thread(void* worker);
  void run();

  uint32_t index_;
  Guest guest_;
  std::function<void()> on_end_;
  wasi::WorkerState state_;
  std::optional<std::chrono::nanoseconds> time_limit_;
  std::optional<pthread_t> thread_;
  std::mutex interrupter_mutex_;
  Interrupter* interrupter_ = nullptr;  // of the running thread
  bool interrupted_early_ = false;      // asked for before the thread had one
  WorkerEnding ending_;
  std::atomic<bool> ended_ = true;
};

}  // namespace shallop
