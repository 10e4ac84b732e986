// SPDX-License-Identifier: Apache-2.0
#include "embedder/seats.hpp"

#include <algorithm>

namespace shallop {

Seats::Seats(uint32_t count, const Worker::Guest& guest, const std::function<void()>& on_end) {
  for (uint32_t i = 0; i < count; ++i) seats_.emplace_back(i, guest, on_end);
}

std::vector<wasi::WorkerState*> Seats::states() {
  std::vector<wasi::WorkerState*> states;
  states.reserve(seats_.size());
  for (Seat& each : seats_) states.push_back(&each.worker().state());
  return states;
}

std::vector<const wasi::WorkerCounters*> Seats::counters() const {
  std::vector<const wasi::WorkerCounters*> counters;
  counters.reserve(seats_.size());
  for (const Seat& each : seats_) counters.push_back(&each.worker().state().counters);
  return counters;
}

bool Seats::any_running() const {
  return std::ranges::any_of(seats_, [](const Seat& each) { return each.is_running(); });
}

bool Seats::any_awaited() const {
  return std::ranges::any_of(seats_, [](const Seat& each) { return each.is_running() || each.next_start(); });
}

bool Seats::is_server() const {
  return std::ranges::any_of(seats_, [](const Seat& each) {
    const wasi::WorkerCounters& counters = each.worker().state().counters;
    return counters.listeners.read() != 0 || counters.open_connections.read() != 0;
  });
}

uint64_t Seats::open_connections() const {
  uint64_t sum = 0;
  for (const Seat& each : seats_) sum += each.worker().state().counters.open_connections.read();
  return sum;
}

bool Seats::all_know_of_drain() const {
  return std::ranges::all_of(
      seats_, [](const Seat& each) { return !each.is_running() || each.worker().state().drain_noticed.load(); });
}

std::optional<Seat::Clock::time_point> Seats::next_start() const {
  std::optional<Seat::Clock::time_point> next;
  for (const Seat& each : seats_) {
    if (const auto start = each.next_start(); start && (!next || *start < *next)) next = start;
  }
  return next;
}

void Seats::drain() {
  for (Seat& each : seats_) {
    each.start_no_more();
    each.worker().state().draining.store(true);
  }
}

void Seats::wake_unaware() {
  for (Seat& each : seats_) {
    if (each.is_running() && !each.worker().state().drain_noticed.load()) each.worker().wake();
  }
}

void Seats::stop() {
  for (Seat& each : seats_) {
    each.start_no_more();
    each.worker().interrupt();
  }
}

}  // namespace shallop
