// SPDX-License-Identifier: Apache-2.0
// Whether anything got worse since an earlier report: for other people's CI.
#pragma once

#include <string>
#include <vector>

#include "compare/statistics.hpp"
#include "compare/summary.hpp"

namespace shallop::compare {

enum class GateVerdict : uint8_t { kept, worse, unclear, gone, not_comparable };

struct GateRow {
  std::string variant;
  std::string load;
  std::string measure;  // "of native", or "requests/s" for what is compared with nothing
  GateVerdict verdict = GateVerdict::kept;
  Change change;  // unless gone or not comparable
};

struct GateResult {
  double max_regression = 0;
  std::vector<GateRow> rows;
  bool passes() const;  // no row is worse or gone
};

// Ratios to native are compared where there are both; requests/s themselves where there are not and the machine is the
// same. A row is worse when its change is beyond `max_regression` and its 95 % interval excludes that there is none.
GateResult hold_against(const Summary& earlier, const Summary& later, double max_regression);

}  // namespace shallop::compare
