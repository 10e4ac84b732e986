// SPDX-License-Identifier: Apache-2.0
// Stops guests that do not stop by themselves, without a check in their loops. A timer of the host sends a signal to
// the thread; if that meets guest code, the handler leaves it through the landing point of its entry
// (trap_signal.hpp). If it meets host code, nothing may be left: the request is noted, host operations that wait give
// up, and whoever goes on to guest code asks first. The signal comes again and again until the Interrupter is gone, so
// that none is lost between a look at the request and a system call that waits. The guest ends with
// TrapCode::interrupted; its store is as after any trap. Man pages: timer_create(2), signal(7).
#pragma once

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <optional>

namespace shallop {

namespace detail {
extern constinit thread_local std::atomic<bool> is_interrupted;
}

// True from the moment the guests of the calling thread are to stop. To be asked after anything that may take long and
// before guest code is entered or returned to: then end with TrapCode::interrupted. Costs a load.
inline bool is_interrupted() { return detail::is_interrupted.load(std::memory_order_relaxed); }

// The guests of the calling thread are to stop, as if its Interrupter had fired; it needs one.
inline void interrupt_this_thread() { detail::is_interrupted.store(true, std::memory_order_relaxed); }

// While it lives, the guests that its thread runs can be stopped: by a time limit, or by anybody. Made and destroyed by
// that thread; a thread has at most one. System calls of the thread may answer EINTR once it has fired.
class Interrupter {
 public:
  // Stops the thread's guests when `time_limit`, if there is one, is over. Throws ResourceError when the host has no
  // timer left.
  explicit Interrupter(std::optional<std::chrono::nanoseconds> time_limit = std::nullopt);
  ~Interrupter();
  Interrupter(const Interrupter&) = delete;
  Interrupter& operator=(const Interrupter&) = delete;

  // Stops the thread's guests now. For any thread, and for signal handlers.
  void interrupt() noexcept;
  // A system call in which the thread waits answers EINTR; its guests go on. One signal at a time is on its way,
  // however often it is called. For any thread.
  void wake() noexcept;

 private:
  static void install_handler();
  static void handle(int signal, siginfo_t* info, void* context);

  pthread_t thread_;
  timer_t timer_;
  std::atomic<bool> is_wake_on_its_way_ = false;
};

}  // namespace shallop
