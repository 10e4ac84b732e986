// SPDX-License-Identifier: Apache-2.0
#include "cli/run_program.hpp"

#include <algorithm>

#include "embedder/diagnostics.hpp"
#include "embedder/standard_streams.hpp"

namespace shallop::cli {

int run_program(int word_count, char** words, const std::function<int(const Arguments&)>& action) {
  occupy_standard_streams();
  return with_diagnostics("", [&] {
    // execve(2) may leave out even the program's name.
    return action({words + std::min(word_count, 1), words + word_count});
  });
}

}  // namespace shallop::cli
