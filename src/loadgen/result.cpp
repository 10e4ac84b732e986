// SPDX-License-Identifier: Apache-2.0
#include "loadgen/result.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace shallop::loadgen {
namespace {

// A thread that is on its processor for more of the time has no room left for bursts.
constexpr double busy_share_max = 0.95;
constexpr double waiting_share_max = 0.10;

}  // namespace

uint64_t Result::failed() const {
  uint64_t sum = 0;
  for (const FailureCount& each : failures) sum += each.count;
  return sum;
}

double Result::busiest_share() const {
  double share = 0;
  for (const ThreadUse& each : threads) share = std::max(share, each.busy_share);
  return share;
}

double Result::waiting_share() const {
  double share = 0;
  for (const ThreadUse& each : threads) share = std::max(share, each.waiting_share);
  return share;
}

std::string generator_warning(const Result& result) {
  if (result.busiest_share() > busy_share_max) {
    return "it was the bottleneck: rates are lower bounds and latencies hold its own delays; more threads (-t) or "
           "fewer "
           "connections (-c) help";
  }
  if (result.waiting_share() > waiting_share_max) {
    return fmt::format("it waited for a processor {:.0f} % of the time: latencies hold its own delays",
                       100 * result.waiting_share());
  }
  return "";
}

}  // namespace shallop::loadgen
