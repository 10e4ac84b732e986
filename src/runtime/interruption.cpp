// SPDX-License-Identifier: Apache-2.0
#include "runtime/interruption.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "runtime/trap_signal.hpp"
#include "wasm/error.hpp"

// timer_create(2) has this name for it, glibc before 2.38 has not.
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace shallop {

constinit thread_local std::atomic<bool> detail::is_interrupted = false;

namespace {

using std::chrono::nanoseconds;

// Between one signal and the next. What it bounds is how long a system call may go on that began just behind a signal.
constexpr nanoseconds interval = std::chrono::milliseconds(2);
// Longer ones are as good as none, and fit into every kernel's clock.
constexpr nanoseconds longest = std::chrono::hours(24 * 365 * 100);

// A signal may still be on its way when its Interrupter is gone.
constinit thread_local Interrupter* current = nullptr;

// Real-time signals are free for programs; the lowest are the first that others take.
int interrupt_signal() { return SIGRTMIN + 6; }

// Whoever started the process may have blocked any signal.
void let_signal_in() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, interrupt_signal());
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

timespec to_timespec(nanoseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  return {.tv_sec = seconds.count(), .tv_nsec = (duration - seconds).count()};
}

void start(timer_t timer, nanoseconds first) noexcept {
  // A time of 0 would stop the timer.
  const itimerspec times{.it_interval = to_timespec(interval),
                         .it_value = to_timespec(std::clamp(first, nanoseconds(1), longest))};
  timer_settime(timer, 0, &times, nullptr);
}

}  // namespace

void Interrupter::handle(int, siginfo_t* info, void* context) {
  if (current == nullptr) return;
  if (info->si_code != SI_TIMER) {
    current->is_wake_on_its_way_.store(false, std::memory_order_relaxed);
    return;
  }
  detail::is_interrupted.store(true, std::memory_order_relaxed);
  leave_guest_code(context, TrapCode::interrupted);
}

void Interrupter::install_handler() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action = {};
    action.sa_sigaction = handle;
    // No SA_RESTART: system calls that wait shall end. No SA_NODEFER: real-time signals queue, and the kernel would
    // stack a frame for each that has come before the handler's first instruction, more than its stack holds.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(interrupt_signal(), &action, nullptr);
  });
}

Interrupter::Interrupter(std::optional<nanoseconds> time_limit) : thread_(pthread_self()) {
  assert(current == nullptr);
  install_handler();
  let_signal_in();
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = interrupt_signal();
  event.sigev_notify_thread_id = gettid();
  if (timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) {
    throw ResourceError(fmt::format("the host has no timer for a time limit: {}", std::strerror(errno)));
  }
  current = this;
  if (time_limit) start(timer_, *time_limit);
}

Interrupter::~Interrupter() {
  timer_delete(timer_);
  current = nullptr;
  detail::is_interrupted.store(false, std::memory_order_relaxed);
}

void Interrupter::interrupt() noexcept { start(timer_, nanoseconds(1)); }

void Interrupter::wake() noexcept {
  if (is_wake_on_its_way_.exchange(true, std::memory_order_relaxed)) return;
  if (pthread_kill(thread_, interrupt_signal()) != 0) is_wake_on_its_way_.store(false, std::memory_order_relaxed);
}

}  // namespace shallop
