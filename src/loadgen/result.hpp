// SPDX-License-Identifier: Apache-2.0
// What one round measured, merged from its threads. docs/bench.md says what each figure means.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "loadgen/failure.hpp"
#include "loadgen/histogram.hpp"

namespace shallop::loadgen {

struct FailureCount {
  Failure failure;
  uint64_t count = 0;
};

// A span of time in which no response was completed on any connection.
struct Silence {
  int64_t begin_ns = 0;  // in the window
  int64_t length_ns = 0;
};

// Of one interval of the window, in order of time.
struct Interval {
  int64_t begin_ns = 0;
  int64_t length_ns = 0;
  uint64_t completed = 0;
  uint64_t failed = 0;
  uint64_t bytes = 0;
  int64_t p50_ns = 0;
  int64_t p99_ns = 0;
};

struct ThreadUse {
  double busy_share = 0;     // of the window on a processor, at work
  double waiting_share = 0;  // ready to run, but others had the processor
};

// Of a run with a rate.
struct Pace {
  double offered_per_s = 0;
  double achieved_per_s = 0;  // completed in the window
  uint64_t overdue = 0;       // due before the end of the window and never sent
  uint64_t waited = 0;        // sent late because no connection was free
};

enum class Ending : uint8_t { duration, requests, error_budget, interrupted, server_gone };

struct Result {
  Histogram response;    // of successes, from the intended start: all that counts as completed
  Histogram service;     // of successes, from sending; filled only with a rate, else it is the same
  Histogram send_lag;    // from the intended start to sending; filled only with a rate
  Histogram connect;     // connections made during connecting and during the window, with their TLS handshake
  Histogram unexpected;  // response times of responses that were whole but had an unexpected status or body

  int64_t window_ns = 0;
  double started_at_s = 0;  // the window's begin, in seconds since 1970
  uint64_t connections = 0;
  uint64_t connected = 0;  // of these when the window began
  uint64_t bytes_received = 0;
  std::map<int, uint64_t> statuses;  // of all whole responses
  std::vector<FailureCount> failures;
  Silence silence;
  uint64_t in_flight = 0;  // requests that were not answered when the window ended; neither completed nor failed
  int64_t oldest_in_flight_ns = 0;
  std::vector<Interval> series;
  std::vector<ThreadUse> threads;
  std::optional<Pace> pace;
  Ending ending = Ending::duration;

  uint64_t completed() const { return response.count(); }
  uint64_t failed() const;
  double window_s() const { return static_cast<double>(window_ns) / 1e9; }
  double requests_per_s() const { return window_ns == 0 ? 0 : static_cast<double>(completed()) / window_s(); }
  double bytes_per_s() const { return window_ns == 0 ? 0 : static_cast<double>(bytes_received) / window_s(); }
  double busiest_share() const;
  double waiting_share() const;  // the largest of the threads'
};

// Whether the generator itself was the limit or was kept waiting: figures then tell of it and not of the server. Empty
// when it was neither.
std::string generator_warning(const Result& result);

}  // namespace shallop::loadgen
