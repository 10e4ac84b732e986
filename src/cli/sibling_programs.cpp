// SPDX-License-Identifier: Apache-2.0
// The commands that are programs of their own beside `shallop`, which becomes them: what they need (TLS and HTTP/2,
// libarchive) is in those programs alone.
#include "cli/command.hpp"
#include "cli/program_beside.hpp"

namespace shallop::cli {

int bench_command(const Arguments& arguments) { become_program_beside("shallop-bench", "shallop bench", arguments); }

int compare_command(const Arguments& arguments) {
  become_program_beside("shallop-compare", "shallop compare", arguments);
}

int pack_command(const Arguments& arguments) { become_program_beside("shallop-pack", "shallop pack", arguments); }

}  // namespace shallop::cli
