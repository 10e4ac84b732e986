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

// What runs the guests, and how far its compilation has come. Words of labels.
struct EngineStatus {
  std::string_view engine;       // "interpreter", "native"
  std::string_view compilation;  // "interpreted", "compiling", "native", "failed"
};

struct ProcessMetrics {
  std::vector<const wasi::WorkerCounters*> workers;
  EngineStatus engine;
  uint64_t traps = 0;
  uint64_t restarts = 0;
  bool draining = false;
};

std::string prometheus_text(const ProcessMetrics& metrics);

}  // namespace shallop
