// SPDX-License-Identifier: Apache-2.0
#include "embedder/seat.hpp"

#include <algorithm>
#include <utility>

namespace shallop {
namespace {

using std::chrono::milliseconds;

// Between a worker's end and its next start: the first time, and the longest that doubling it makes.
constexpr milliseconds first_back_off{100};
constexpr milliseconds longest_back_off{5'000};
// A worker that has run for so long starts over with the first.
constexpr std::chrono::seconds long_life{1};

}  // namespace

Seat::Seat(uint32_t index, Worker::Guest guest, std::function<void()> on_end, std::function<Clock::time_point()> now)
    : worker_(index, std::move(guest), std::move(on_end)), now_(std::move(now)), back_off_(first_back_off) {}

void Seat::start(std::optional<std::chrono::nanoseconds> time_limit, size_t stack_size_bytes) {
  next_start_.reset();
  started_ = now_();
  ++starts_;
  worker_.start(time_limit, stack_size_bytes);
  is_running_ = true;
}

milliseconds Seat::start_later() {
  const Clock::time_point now = now_();
  if (now - started_ >= long_life) back_off_ = first_back_off;
  const milliseconds delay = back_off_;
  back_off_ = std::min(longest_back_off, 2 * back_off_);
  next_start_ = now + delay;
  return delay;
}

WorkerEnding Seat::take_ending() {
  is_running_ = false;
  return worker_.take_ending();
}

bool Seat::was_of_use() const {
  const wasi::WorkerCounters& counters = worker_.state().counters;
  return counters.polls.read() != 0 || counters.accepts.read() != 0;
}

}  // namespace shallop
