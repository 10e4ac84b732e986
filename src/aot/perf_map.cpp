// SPDX-License-Identifier: Apache-2.0
#include "aot/perf_map.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iterator>

#include "aot/native_code.hpp"
#include "base/unique_fd.hpp"
#include "binary/names.hpp"

namespace shallop::aot {
namespace {

// "START SIZE name", in hexadecimal. A name must not break the line.
std::string lines_of(const NativeCode& code) {
  const Names names(code.module());
  std::string lines;
  for (uint32_t i = 0; i < code.module().functions.size(); ++i) {
    const std::span<const std::byte> function = code.function(i);
    std::string name = names.describe(FuncIndex{code.module().imported_functions + i});
    for (char& each : name) {
      if (static_cast<unsigned char>(each) < 0x20) each = '?';
    }
    fmt::format_to(std::back_inserter(lines), "{:x} {:x} {}\n", reinterpret_cast<uintptr_t>(function.data()),
                   function.size(), name);
  }
  return lines;
}

// /tmp is everybody's: the file must be ours.
UniqueFd open_map(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  struct stat status{};
  if (file && (::fstat(file.get(), &status) != 0 || status.st_uid != ::geteuid() || !S_ISREG(status.st_mode))) {
    file.reset();
    errno = EPERM;
  }
  return file;
}

}  // namespace

std::expected<void, std::string> write_perf_map(const Code& code) {
  const std::string path = fmt::format("/tmp/perf-{}.map", ::getpid());
  const std::string lines = lines_of(static_cast<const NativeCode&>(code));
  const UniqueFd file = open_map(path);
  const bool is_written = file && ::write(file.get(), lines.data(), lines.size()) == static_cast<ssize_t>(lines.size());
  if (!is_written) return std::unexpected(fmt::format("{} cannot be written: {}", path, std::strerror(errno)));
  return {};
}

}  // namespace shallop::aot
