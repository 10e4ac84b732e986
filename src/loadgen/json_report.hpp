// SPDX-License-Identifier: Apache-2.0
// A round's result as JSON: rewrk's eight keys at the top, in its units, and everything else in the object "shallop".
// docs/bench.schema.json is the schema.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "loadgen/result.hpp"

namespace shallop::loadgen {

struct JsonContext {
  unsigned round = 1;
  std::vector<std::string> arguments;  // as typed
  std::string version;
};

nlohmann::ordered_json json_report(const Result& result, const JsonContext& context);

}  // namespace shallop::loadgen
