// SPDX-License-Identifier: Apache-2.0
#include "embedder/worker.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <cassert>
#include <cstring>
#include <utility>

#include "wasm/error.hpp"

namespace shallop {

Worker::Worker(uint32_t index, Guest guest, std::function<void()> on_end)
    : index_(index), guest_(std::move(guest)), on_end_(std::move(on_end)) {}

Worker::~Worker() {
  if (!thread_) return;
  interrupt();
  pthread_join(*thread_, nullptr);
}

void Worker::start(std::optional<std::chrono::nanoseconds> time_limit, size_t stack_size_bytes) {
  assert(has_ended() && !thread_);
  time_limit_ = time_limit;
  ending_ = GuestEnding{};
  interrupted_early_ = false;
  ended_.store(false, std::memory_order_relaxed);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_size_bytes);
  pthread_t thread{};
  const int error = pthread_create(&thread, &attributes, run_thread, this);
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    ended_.store(true, std::memory_order_relaxed);
    throw ResourceError(fmt::format("cannot start a thread for the guest: {}", std::strerror(error)));
  }
  thread_ = thread;
}

void* Worker::run_thread(void* worker) {
  static_cast<Worker*>(worker)->run();
  return nullptr;
}

void Worker::run() {
  try {
    Interrupter interrupter(time_limit_);
    {
      const std::scoped_lock lock(interrupter_mutex_);
      interrupter_ = &interrupter;
      if (interrupted_early_) interrupter.interrupt();
    }
    // Not to be destroyed while somebody uses it.
    struct Withdraw {
      Worker& worker;
      ~Withdraw() {
        const std::scoped_lock lock(worker.interrupter_mutex_);
        worker.interrupter_ = nullptr;
      }
    } withdraw{*this};
    ending_ = guest_(*this);
  } catch (...) {
    ending_ = std::current_exception();
  }
  ended_.store(true, std::memory_order_release);
  on_end_();
}

WorkerEnding Worker::take_ending() {
  assert(has_ended() && thread_);
  pthread_join(*thread_, nullptr);
  thread_.reset();
  return std::exchange(ending_, GuestEnding{});
}

void Worker::wake() {
  const std::scoped_lock lock(interrupter_mutex_);
  if (interrupter_ != nullptr) interrupter_->wake();
}

void Worker::interrupt() {
  const std::scoped_lock lock(interrupter_mutex_);
  interrupted_early_ = true;
  if (interrupter_ != nullptr) interrupter_->interrupt();
}

}  // namespace shallop
