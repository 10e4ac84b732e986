// SPDX-License-Identifier: Apache-2.0
#include "oci/real_runtime.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <ranges>
#include <string_view>

#include "base/unique_fd.hpp"

namespace shallop::oci {
namespace {

// Engines start runtimes with whatever PATH they have.
constexpr std::string_view usual_directories = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr size_t output_bytes_max = size_t{16} << 20;

bool is_usable(const std::string& path) {
  struct stat candidate{};
  struct stat ours{};
  if (::stat(path.c_str(), &candidate) != 0 || !S_ISREG(candidate.st_mode) || ::access(path.c_str(), X_OK) != 0) {
    return false;
  }
  // A link to this program, or it would call itself for ever.
  return ::stat("/proc/self/exe", &ours) != 0 || ours.st_dev != candidate.st_dev || ours.st_ino != candidate.st_ino;
}

std::optional<std::string> locate(const std::string& name) {
  if (name.contains('/')) return is_usable(name) ? std::optional(name) : std::nullopt;
  const char* own = std::getenv("PATH");
  const std::string directories = fmt::format("{}:{}", own == nullptr ? "" : own, usual_directories);
  for (const auto part : std::views::split(directories, ':')) {
    const std::string_view directory(part.begin(), part.end());
    if (!directory.starts_with('/')) continue;
    std::string path = fmt::format("{}/{}", directory, name);
    if (is_usable(path)) return path;
  }
  return std::nullopt;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& each : words) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> words_of(const std::string& runtime, std::span<const std::string> arguments) {
  std::vector<std::string> words{runtime};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

std::string read_to_end(int fd) {
  std::string text;
  char chunk[4'096];
  while (text.size() < output_bytes_max) {
    const ssize_t count = ::read(fd, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(chunk, static_cast<size_t>(count));
  }
  return text;
}

}  // namespace

std::expected<std::string, std::string> find_runtime(std::span<const std::string> names) {
  for (const std::string& name : names) {
    if (auto path = locate(name)) return *std::move(path);
  }
  return std::unexpected(fmt::format(
      "there is no OCI runtime that could do the work: none of {} is installed (apt-get install runc, or name "
      "one in /etc/shallop/oci.json, member 'runtimes')",
      fmt::join(names, ", ")));
}

std::string become(const std::string& runtime, std::span<const std::string> arguments) {
  std::vector<std::string> words = words_of(runtime, arguments);
  ::execv(runtime.c_str(), pointers_to(words).data());
  return fmt::format("{} cannot be started: {}", runtime, std::strerror(errno));
}

std::expected<std::string, int> output_of(const std::string& runtime, std::span<const std::string> arguments) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::unexpected(errno);
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> words = words_of(runtime, arguments);
  pid_t process = -1;
  const int error = ::posix_spawn(&process, runtime.c_str(), &actions, nullptr, pointers_to(words).data(), ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  writing.reset();
  if (error != 0) return std::unexpected(error);
  std::string text = read_to_end(reading.get());
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::unexpected(ECHILD);
  return text;
}

}  // namespace shallop::oci
