// SPDX-License-Identifier: Apache-2.0
#include "oci/module_store.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <span>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "base/sha256.hpp"

namespace shallop::oci {
namespace {

constexpr size_t module_bytes_max = size_t{1} << 30;  // limits::module_bytes of what can be run
constexpr std::string_view entry_suffix = ".native";

std::unexpected<std::string> unusable(const std::string& directory, std::string_view why) {
  return std::unexpected(
      fmt::format("the store for native code, {}, is not used, and modules are interpreted: {}", directory, why));
}

// Native code from it is run, so nobody else may be able to write there.
std::expected<void, std::string> make_directory(const std::string& path) {
  struct stat status{};
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return unusable(path, std::strerror(errno));
  if (::lstat(path.c_str(), &status) != 0) return unusable(path, std::strerror(errno));
  if (!S_ISDIR(status.st_mode)) return unusable(path, "it is no directory");
  if (status.st_uid != ::geteuid()) return unusable(path, "it belongs to another user");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return unusable(path, "others may write to it");
  return {};
}

std::string hexadecimal(const Digest& digest) {
  std::string text;
  for (const std::byte each : digest) text += fmt::format("{:02x}", std::to_integer<unsigned>(each));
  return text;
}

std::time_t started_at() {
  std::timespec since_start{};
  ::clock_gettime(CLOCK_BOOTTIME, &since_start);
  return std::time(nullptr) - since_start.tv_sec;
}

// Where a process of this one's control groups joins the root of each hierarchy (cgroups(7)).
std::vector<std::string> roots_of_control_groups() {
  std::vector<std::string> roots;
  const auto bytes = read_file("/proc/self/cgroup", size_t{1} << 20);
  std::istringstream lines(bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : "");
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    std::string controllers = line.substr(first + 1, second - first - 1);
    if (controllers.starts_with("name=")) controllers.erase(0, 5);
    roots.push_back(fmt::format("/sys/fs/cgroup/{}/cgroup.procs", controllers.empty() ? "unified" : controllers));
    if (controllers.empty()) roots.emplace_back("/sys/fs/cgroup/cgroup.procs");  // the only hierarchy
  }
  return roots;
}

// The module is a stranger's. The compiler's process, a child of this one, inherits both.
void hold_to_limits() {
  constexpr rlim_t memory_bytes = rlim_t{4} << 30;
  constexpr rlim_t processor_seconds = 600;
  const rlimit memory{.rlim_cur = memory_bytes, .rlim_max = memory_bytes};
  const rlimit time{.rlim_cur = processor_seconds, .rlim_max = processor_seconds};
  ::setrlimit(RLIMIT_AS, &memory);
  ::setrlimit(RLIMIT_CPU, &time);
  // Engines protect themselves from the killer of processes that need memory, and this one would inherit that.
  const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score >= 0) static_cast<void>(::write(score, "500", 3));
}

// What is executed after fork(): only what is safe then.
[[noreturn]] void become_precompiler(const char* precompiler, const char* directory, int module,
                                     std::span<const std::string> roots) {
  ::setsid();
  if (::fork() != 0) ::_exit(0);  // an orphan: nobody gets a signal when it ends
  // Out of the engine's control groups: a pod's could not be removed, and its limits are not the host's.
  for (const std::string& each : roots) {
    const int group = ::open(each.c_str(), O_WRONLY | O_CLOEXEC);
    if (group >= 0) static_cast<void>(::write(group, "0", 1));
  }
  ::setpriority(PRIO_PROCESS, 0, 10);
  hold_to_limits();
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(module, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  ::dup2(nothing, STDERR_FILENO);
  // Pipes of the engine: it waits until all who hold them have closed them.
  ::close_range(3, ~0U, 0);
  ::execl(precompiler, precompiler, "precompile", "--store", directory, "-", nullptr);
  ::_exit(127);
}

}  // namespace

std::expected<std::string, std::string> module_directory(const std::string& store, int module) {
  if (const auto made = make_directory(store); !made) return std::unexpected(made.error());
  const auto bytes = read_file(fmt::format("/proc/self/fd/{}", module), module_bytes_max);
  if (!bytes) return unusable(store, fmt::format("the module cannot be read: {}", bytes.error().message()));
  std::string directory = fmt::format("{}/{}", store, hexadecimal(sha256(*bytes)));
  if (const auto made = make_directory(directory); !made) return std::unexpected(made.error());
  return directory;
}

bool wants_compilation(const std::string& directory, const std::string& precompiler) {
  struct stat program{};
  if (::stat(precompiler.c_str(), &program) != 0) return false;
  const std::time_t since = std::max(program.st_ctime, started_at());
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(directory.c_str()), ::closedir);
  if (listing == nullptr) return false;
  while (const dirent* each = ::readdir(listing.get())) {
    struct stat entry{};
    if (std::string_view(each->d_name).ends_with(entry_suffix) &&
        ::fstatat(::dirfd(listing.get()), each->d_name, &entry, AT_SYMLINK_NOFOLLOW) == 0 && entry.st_mtime >= since) {
      return false;
    }
  }
  return true;
}

std::expected<void, std::string> start_compilation(const std::string& precompiler, const std::string& directory,
                                                   int module) {
  if (::lseek(module, 0, SEEK_SET) != 0) {
    return std::unexpected(fmt::format("the module cannot be compiled: {}", std::strerror(errno)));
  }
  const std::vector<std::string> roots = roots_of_control_groups();
  const pid_t process = ::fork();
  if (process == 0) become_precompiler(precompiler.c_str(), directory.c_str(), module, roots);
  if (process < 0) {
    return std::unexpected(fmt::format("there can be no process that compiles the module: {}", std::strerror(errno)));
  }
  while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
  }
  return {};
}

}  // namespace shallop::oci
