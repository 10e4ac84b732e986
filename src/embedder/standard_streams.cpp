// SPDX-License-Identifier: Apache-2.0
#include "embedder/standard_streams.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/file.hpp"
#include "wasm/error.hpp"

namespace shallop {
void occupy_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    // open() takes the lowest free number, which is `fd`: those below it are taken by now.
    ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

void print(std::string_view text) {
  if (const std::error_code error = write_all(STDOUT_FILENO, text)) {
    throw Error(fmt::format("cannot write to standard output: {}", error.message()));
  }
}

}  // namespace shallop
