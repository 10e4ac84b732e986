// SPDX-License-Identifier: Apache-2.0
#include "aot/entry_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.hpp"
#include "base/unique_fd.hpp"

namespace shallop::aot {
namespace {

std::string random_name() {
  uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random) random = static_cast<uint64_t>(::getpid());
  return fmt::format("{}{}.{:016x}", temporary_prefix, ::getpid(), random);
}

}  // namespace

std::string entry_name(const Digest& key) {
  std::string name;
  for (const std::byte each : key) name += fmt::format("{:02x}", std::to_integer<unsigned>(each));
  return name + std::string(entry_suffix);
}

std::optional<std::vector<std::byte>> read_all(int fd, size_t size_bytes) {
  std::vector<std::byte> bytes(size_bytes);
  size_t done = 0;
  while (done < size_bytes) {
    const ssize_t count = ::read(fd, bytes.data() + done, size_bytes - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    done += static_cast<size_t>(count);
  }
  return bytes;
}

std::optional<std::string> write_temporary(int directory, std::span<const std::byte> first,
                                           std::span<const std::byte> second) {
  std::string name = random_name();
  const UniqueFd file(::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return std::nullopt;
  std::error_code error = write_all(file.get(), first);
  if (!error) error = write_all(file.get(), second);
  if (!error && ::fsync(file.get()) != 0) error = {errno, std::system_category()};
  if (!error) return name;
  ::unlinkat(directory, name.c_str(), 0);
  errno = error.value();
  return std::nullopt;
}

}  // namespace shallop::aot
