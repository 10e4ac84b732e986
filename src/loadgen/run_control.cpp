// SPDX-License-Identifier: Apache-2.0
#include "loadgen/run_control.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include "loadgen/clock.hpp"

namespace shallop::loadgen {

RunControl::RunControl(const Plan& plan)
    : failures_max_(plan.errors.count.value_or(UINT64_MAX)),
      running_(plan.threads),
      event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      waiting_for_(plan.threads) {}

std::optional<int64_t> RunControl::wait_for_start(uint64_t connected, const std::optional<Failure>& failure) {
  std::unique_lock lock(gate_mutex_);
  connected_ += connected;
  if (failure) connect_failure_ = *failure;
  if (--waiting_for_ == 0) {
    if (connected_ != 0) start_ns_ = now_ns();
    wake_watcher();
    gate_.notify_all();
  } else {
    gate_.wait(lock, [&] { return waiting_for_ == 0; });
  }
  return start_ns_;
}

void RunControl::start_without(unsigned threads) {
  stop(Ending::interrupted);
  const std::lock_guard lock(gate_mutex_);
  waiting_for_ -= threads;
  if (waiting_for_ == 0) gate_.notify_all();
}

std::optional<int64_t> RunControl::start_ns() const {
  const std::lock_guard lock(gate_mutex_);
  return start_ns_;
}

void RunControl::stop(Ending why) {
  if (stops_.exchange(true)) return;
  ending_.store(why);
  wake_watcher();
}

void RunControl::thread_ended() {
  if (running_.fetch_sub(1) == 1) wake_watcher();
}

void RunControl::wake_watcher() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(event_.get(), &one, sizeof one);  // it fails only when it is readable
}

}  // namespace shallop::loadgen
