// SPDX-License-Identifier: Apache-2.0
// `shallop version`.
#include <fmt/format.h>

#include "cli/command_line.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/standard_streams.hpp"

namespace shallop::cli {

int version_command(const Arguments& arguments) {
  CommandLine line("shallop version", "", "Tells the version of shallop.");
  const auto operands = line.parse(arguments);
  if (!operands) return exit_status::success;
  if (!operands->empty()) throw UsageError(fmt::format("version takes no argument, not '{}'", operands->front()));
  print(fmt::format("shallop {}\n", SHALLOP_VERSION));
  return exit_status::success;
}

}  // namespace shallop::cli
