// SPDX-License-Identifier: Apache-2.0
#include "embedder/standard_streams.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "wasm/error.hpp"

namespace shallop {
namespace {

// A terminal or pipe that somebody else made non-blocking.
bool wait_until_writable(int fd) {
  pollfd request{.fd = fd, .events = POLLOUT, .revents = 0};
  return ::poll(&request, 1, -1) > 0 || errno == EINTR;
}

}  // namespace

void occupy_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    // open() takes the lowest free number, which is `fd`: those below it are taken by now.
    ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

std::error_code write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR && !(errno == EAGAIN && wait_until_writable(fd))) {
      return {errno, std::system_category()};
    }
  }
  return {};
}

void print(std::string_view text) {
  if (const std::error_code error = write_all(STDOUT_FILENO, text)) {
    throw Error(fmt::format("cannot write to standard output: {}", error.message()));
  }
}

}  // namespace shallop
