// SPDX-License-Identifier: Apache-2.0
// `shallop pack`, as the program `shallop` has it: libarchive is in shallop-pack.
#include "cli/command.hpp"
#include "cli/program_beside.hpp"

namespace shallop::cli {

int pack_command(const Arguments& arguments) { become_program_beside("shallop-pack", "shallop pack", arguments); }

}  // namespace shallop::cli
