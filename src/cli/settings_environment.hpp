// SPDX-License-Identifier: Apache-2.0
// Options of `shallop run` from variables SHALLOP_NAME, for the runner in an image: who starts a container sets
// variables more easily than options. docs/cli.md lists them.
#pragma once

#include "cli/command.hpp"

namespace shallop::cli {

// The options that the variables of this process's environment stand for. They are to be put before the user's own,
// which win. Throws UsageError when SHALLOP_MODE has a value that it cannot have; the other values are read with the
// options.
Arguments options_of_environment();

}  // namespace shallop::cli
