// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/unique_fd.hpp"

namespace shallop {
namespace {

std::unexpected<std::error_code> host_error() {
  return std::unexpected(std::error_code(errno, std::system_category()));
}

// A terminal or pipe that somebody else made non-blocking.
bool wait_until_writable(int fd) {
  pollfd request{.fd = fd, .events = POLLOUT, .revents = 0};
  return ::poll(&request, 1, -1) > 0 || errno == EINTR;
}

}  // namespace

std::expected<std::vector<std::byte>, std::error_code> read_file(const std::string& path, size_t size_bytes_max,
                                                                 GoesOn goes_on) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return host_error();
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return host_error();

  // The size is a hint only: it is 0 for a pipe, and a file may grow while it is read. One byte more than announced
  // lets the end be seen without growing the buffer.
  constexpr size_t chunk_bytes = size_t{64} << 10;
  const auto announced = static_cast<size_t>(std::max<off_t>(status.st_size, 0));
  const auto too_large = std::unexpected(std::make_error_code(std::errc::file_too_large));
  if (S_ISREG(status.st_mode) && announced > size_bytes_max) return too_large;  // before memory is taken
  std::vector<std::byte> bytes(std::min(chunk_bytes, size_bytes_max + 1));
  size_t size = 0;
  for (;;) {
    const ssize_t got = ::read(fd.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return host_error();
    if (got == 0) break;
    const bool is_beginning = size == 0;
    size += static_cast<size_t>(got);
    if (size > size_bytes_max) return too_large;
    if (is_beginning && !goes_on({bytes.data(), size})) break;
    if (is_beginning) bytes.resize(std::max(bytes.size(), std::min(announced, size_bytes_max) + 1));
    if (size == bytes.size()) bytes.resize(std::min(2 * size, size_bytes_max + 1));
  }
  bytes.resize(size);
  return bytes;
}

std::error_code write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<size_t>(written));
    } else if (errno != EINTR && !(errno == EAGAIN && wait_until_writable(fd))) {
      return {errno, std::system_category()};
    }
  }
  return {};
}

}  // namespace shallop
