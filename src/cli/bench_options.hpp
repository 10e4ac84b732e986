// SPDX-License-Identifier: Apache-2.0
// The command line of `shallop bench`, read: rewrk's options and our own. docs/bench.md lists them.
#pragma once

#include <optional>
#include <string>

#include "cli/command.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/text_report.hpp"

namespace shallop::cli {

struct BenchOptions {
  loadgen::Plan plan;
  unsigned rounds = 1;
  loadgen::TextStyle style;
  bool json = false;
  bool quiet = false;          // no progress
  std::string subject;         // for the report: the URL, or the file of requests
  std::string limit;           // "for 15 second(s)"
  std::string output_file;     // of the JSON; empty: standard output
  std::string histogram_file;  // empty: none
};

// Nothing when help was asked for, which it prints. Throws UsageError, and Error when a host is not known or a file
// cannot be read.
std::optional<BenchOptions> parse_bench_options(const Arguments& arguments);

}  // namespace shallop::cli
