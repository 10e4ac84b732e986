// SPDX-License-Identifier: Apache-2.0
// What a server process tells of itself to those who watch it, in Prometheus' text format.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wasi/worker_state.hpp"

namespace shallop {

struct ProcessMetrics {
  std::vector<const wasi::WorkerCounters*> workers;
  std::string_view engine;  // that runs the guests from the start: "interpreter", "native"
  uint64_t traps = 0;
  uint64_t restarts = 0;
  bool draining = false;
};

std::string prometheus_text(const ProcessMetrics& metrics);

}  // namespace shallop
