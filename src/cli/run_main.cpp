// SPDX-License-Identifier: Apache-2.0
// The program `shallop-run`: `shallop run` alone, as one static file.
#include <algorithm>

#include "cli/command.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/standard_streams.hpp"

int main(int argument_count, char** arguments) {
  using namespace shallop;
  occupy_standard_streams();
  return with_diagnostics(
      "", [&] { return cli::run_command({arguments + std::min(argument_count, 1), arguments + argument_count}); });
}
