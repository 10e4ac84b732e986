// SPDX-License-Identifier: Apache-2.0
// What `shallop bench --json` says of a run, as a comparison keeps it.
#pragma once

#include <nlohmann/json.hpp>

#include "compare/results.hpp"

namespace shallop::compare {

// Throws nlohmann::json::exception when `report` is no such report.
void read_generator_report(const nlohmann::json& report, Measurement& run);

}  // namespace shallop::compare
