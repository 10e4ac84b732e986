// SPDX-License-Identifier: Apache-2.0
// What one thread counts. It alone writes; the counters that are atomic may be read meanwhile, for live figures.
// Nothing is allocated after the first failure of each sort.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

#include "loadgen/histogram.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/result.hpp"
#include "loadgen/silence.hpp"

namespace shallop::loadgen {

struct Tally {
  Histogram response;
  Histogram service;
  Histogram send_lag;
  Histogram connect;
  Histogram unexpected;
  std::atomic<uint64_t> failed = 0;
  std::atomic<uint64_t> bytes = 0;
  std::array<uint64_t, status_count> statuses{};
  std::vector<FailureCount> failures;
  GapRecord gaps;

  // Set when the thread ends.
  int64_t ended_at_ns = 0;
  uint64_t connected = 0;
  uint64_t in_flight = 0;
  int64_t oldest_in_flight_ns = 0;
  uint64_t waited = 0;
  uint64_t overdue = 0;
  ThreadUse use;
  bool is_server_gone = false;

  void count_bytes(uint64_t size) { add(bytes, size); }

  void count_failure(const Failure& failure) {
    add(failed, 1);
    const auto known = std::ranges::find(failures, failure, &FailureCount::failure);
    if (known != failures.end()) {
      ++known->count;
    } else {
      failures.push_back({failure, 1});
    }
  }

 private:
  static void add(std::atomic<uint64_t>& counter, uint64_t amount) {
    counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
};

}  // namespace shallop::loadgen
