// SPDX-License-Identifier: Apache-2.0
// `shallop bench`, as the program `shallop` has it: TLS and HTTP/2 are in shallop-bench.
#include "cli/command.hpp"
#include "cli/program_beside.hpp"

namespace shallop::cli {

int bench_command(const Arguments& arguments) { become_program_beside("shallop-bench", "shallop bench", arguments); }

}  // namespace shallop::cli
