// SPDX-License-Identifier: Apache-2.0
// What the thread that runs a guest and its supervisor know of each other. The supervisor asks it to drain; the guest's
// thread counts. Every counter has one writer, so that counting is a plain store: no lock, no locked instruction.
#pragma once

#include <atomic>
#include <cstdint>

namespace shallop::wasi {

class Counter {
 public:
  void add(uint64_t amount) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void subtract(uint64_t amount) {
    value_.store(value_.load(std::memory_order_relaxed) - amount, std::memory_order_relaxed);
  }
  void set(uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  uint64_t read() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_ = 0;
};

// Since the worker's first instance began; `open_connections`, `listeners` and `memory_bytes` are levels, the others
// only grow.
struct WorkerCounters {
  Counter accepts;           // connections that the guest took
  Counter open_connections;  // of those, how many it still holds
  Counter listeners;         // listening sockets that it has open
  Counter receives;          // calls to the host by kind
  Counter sends;
  Counter waits;
  Counter watches;  // changes of the epoll set
  Counter received_bytes;
  Counter sent_bytes;
  Counter polls;         // of the guest: poll_oneoff, and reads of readiness sets
  Counter memory_bytes;  // of memory 0, when the guest polled last
};

struct WorkerState {
  WorkerCounters counters;
  // Set by the supervisor: take no new connection, end those that are between two requests, and end the guest when none
  // is left (wasi/drain.hpp).
  std::atomic<bool> draining = false;
  // Set by the guest's thread: it knows, and will look by itself from now on.
  std::atomic<bool> drain_noticed = false;
};

}  // namespace shallop::wasi
