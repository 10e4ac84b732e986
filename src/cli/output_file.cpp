// SPDX-License-Identifier: Apache-2.0
#include "cli/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <system_error>

#include "base/file.hpp"
#include "base/unique_fd.hpp"
#include "embedder/standard_streams.hpp"
#include "wasm/error.hpp"

namespace shallop::cli {
namespace {

std::error_code host_error() { return {errno, std::system_category()}; }

std::error_code write_to(const char* path, int flags, std::string_view bytes) {
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC | flags, 0666));
  if (!file) return host_error();
  std::error_code error = write_all(file.get(), bytes);
  // What is no file of a disk has nothing to sync, and says EINVAL.
  if (!error && ::fsync(file.get()) != 0 && errno != EINVAL && errno != EROFS) error = host_error();
  return error;
}

// Where a symbolic link leads, if it does.
std::string target_of(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  return resolved == nullptr ? path : resolved.get();
}

std::error_code replace(const std::string& path, std::string_view bytes) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, ::getpid());
  std::error_code error = write_to(temporary.c_str(), O_CREAT | O_EXCL, bytes);
  if (!error && ::rename(temporary.c_str(), path.c_str()) != 0) error = host_error();
  if (error && error != std::errc::file_exists) ::unlink(temporary.c_str());
  return error;
}

}  // namespace

void write_output(const std::string& path, std::string_view bytes) {
  std::signal(SIGXFSZ, SIG_IGN);  // beyond the limit of ulimit -f, writing fails and kills nobody
  if (path == "-") return print(bytes);
  struct stat status{};
  const bool is_there = ::stat(path.c_str(), &status) == 0;
  const std::error_code error =
      is_there && !S_ISREG(status.st_mode) ? write_to(path.c_str(), 0, bytes) : replace(target_of(path), bytes);
  if (error) throw Error(fmt::format("{} cannot be written: {}", path, error.message()));
}

}  // namespace shallop::cli
