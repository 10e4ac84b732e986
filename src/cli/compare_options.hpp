// SPDX-License-Identifier: Apache-2.0
// What the user typed after `shallop compare`.
#pragma once

#include <optional>
#include <string>

#include "cli/command.hpp"
#include "compare/plan.hpp"

namespace shallop::cli {

struct CompareOptions {
  compare::Plan plan;
  std::string output_directory;
  std::string peers_directory;
  bool report_only = false;  // from the results in the output directory
  bool resume = false;
  std::string readme;    // the document that gets the tables; empty: none
  std::string baseline;  // empty: none
  double max_regression = 0.05;
  bool quiet = false;
};

// Nothing when help was asked for. Throws UsageError.
std::optional<CompareOptions> parse_compare_options(const Arguments& arguments);

}  // namespace shallop::cli
