// SPDX-License-Identifier: Apache-2.0
// What main() does in each of our programs but shallop-oci, which container engines call.
#pragma once

#include <functional>

#include "cli/command.hpp"

namespace shallop::cli {

// Runs `action` with what stands behind the program's name in main()'s `words`, and returns the exit status: its own,
// or that of the error which it threw and which has been told.
int run_program(int word_count, char** words, const std::function<int(const Arguments&)>& action);

}  // namespace shallop::cli
