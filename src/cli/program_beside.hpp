// SPDX-License-Identifier: Apache-2.0
// The programs that lie beside `shallop` and do the work of some of its commands, as their libraries would make every
// start of `shallop run` slower (docs/decisions.md, "Why is the load generator another program?").
#pragma once

#include <string>

#include "cli/command.hpp"

namespace shallop::cli {

// Where the program `name` of this build is, whether it is there or not.
std::string path_beside(const std::string& name);

// Becomes that program. `shown_as` is what it takes for its own name. Throws Error when it cannot be started.
[[noreturn]] void become_program_beside(const std::string& name, const std::string& shown_as,
                                        const Arguments& arguments);

}  // namespace shallop::cli
