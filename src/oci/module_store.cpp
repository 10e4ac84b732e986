// SPDX-License-Identifier: Apache-2.0
#include "oci/module_store.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/sha256.hpp"

namespace shallop::oci {
namespace {

constexpr std::string_view temporary_prefix = "tmp.";

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

std::time_t started_at() {
  std::timespec since_start{};
  ::clock_gettime(CLOCK_BOOTTIME, &since_start);
  return std::time(nullptr) - since_start.tv_sec;
}

// The names in a directory, without "." and "..".
std::vector<std::string> names_in(int directory) {
  std::vector<std::string> names;
  const int own = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(own < 0 ? nullptr : ::fdopendir(own), ::closedir);
  if (listing == nullptr) return names;
  while (const dirent* each = ::readdir(listing.get())) {
    const std::string_view name = each->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

struct KeptModule {
  std::string name;
  uint64_t size_bytes = 0;
  std::pair<int64_t, int64_t> last_use;  // seconds and nanoseconds
};

// On the disk; an empty directory has a size too.
uint64_t size_of(const struct stat& status) { return static_cast<uint64_t>(status.st_blocks) * 512; }

std::pair<int64_t, int64_t> last_use(const struct stat& status) {
  return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

std::vector<KeptModule> modules_in(int store) {
  std::vector<KeptModule> modules;
  for (std::string& name : names_in(store)) {
    const UniqueFd directory(::openat(store, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    if (!directory || ::fstat(directory.get(), &status) != 0) continue;
    constexpr uint64_t directory_bytes = 4'096;  // where a file system does not count it
    KeptModule module{.name = std::move(name),
                      .size_bytes = std::max(size_of(status), directory_bytes),
                      .last_use = last_use(status)};
    for (const std::string& each : names_in(directory.get())) {
      if (::fstatat(directory.get(), each.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        module.size_bytes += size_of(status);
      }
    }
    modules.push_back(std::move(module));
  }
  std::ranges::sort(modules, {}, &KeptModule::last_use);
  return modules;
}

// False where it is being compiled, or was used meanwhile.
bool remove_module(int store, const KeptModule& module) {
  const UniqueFd directory(::openat(store, module.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!directory || ::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) return false;
  if (::fstat(directory.get(), &status) != 0 || last_use(status) != module.last_use) return false;
  clear_directory(directory.get());
  return ::unlinkat(store, module.name.c_str(), AT_REMOVEDIR) == 0;
}

}  // namespace

std::expected<std::string, std::string> module_directory(const std::string& store, int module) {
  if (const auto made = make_directory(store); !made) return std::unexpected(made.error());
  const auto digest = sha256_of_file(module, module_bytes_max);
  if (!digest && digest.error() == std::errc::file_too_large) {
    return std::unexpected(
        fmt::format("the module is only interpreted, as it is larger than {} MiB, the most that the host reads of one "
                    "at each start",
                    module_bytes_max >> 20));
  }
  if (!digest) return unusable(store, fmt::format("the module cannot be read: {}", digest.error().message()));
  std::string directory = fmt::format("{}/{}", store, hexadecimal(*digest));
  if (const auto made = make_directory(directory); !made) return std::unexpected(made.error());
  ::utimensat(AT_FDCWD, directory.c_str(), nullptr, 0);
  return directory;
}

bool wants_compilation(const std::string& directory, const std::string& precompiler) {
  struct stat program{};
  if (::stat(precompiler.c_str(), &program) != 0) return false;
  const std::time_t since = std::max(program.st_ctime, started_at());
  const UniqueFd listed(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!listed) return false;
  return std::ranges::none_of(names_in(listed.get()), [&](const std::string& name) {
    struct stat entry{};
    return (name.ends_with(entry_suffix) || name == failure_name) &&
           ::fstatat(listed.get(), name.c_str(), &entry, AT_SYMLINK_NOFOLLOW) == 0 && entry.st_mtime >= since;
  });
}

NewEntry::NewEntry(int directory)
    : directory_(directory),
      temporary_(fmt::format("{}{}", temporary_prefix, ::getpid())),
      file_(::openat(directory, temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) {}

NewEntry::~NewEntry() {
  if (file_) ::unlinkat(directory_, temporary_.c_str(), 0);
}

bool NewEntry::write(std::string_view bytes) { return !write_all(file_.get(), bytes); }

bool NewEntry::finish(const std::string& name) {
  if (::fsync(file_.get()) != 0 || ::fchmod(file_.get(), 0644) != 0) return false;
  if (::renameat(directory_, temporary_.c_str(), directory_, name.c_str()) != 0) return false;
  file_.reset();
  clear_directory(directory_, name);
  return true;
}

void mark_as_failed(int directory, std::string_view sentence) {
  NewEntry mark(directory);
  if (mark && mark.write(sentence)) mark.finish(failure_name);
}

void clear_directory(int directory, std::string_view kept) {
  for (const std::string& each : names_in(directory)) {
    if (each != kept) ::unlinkat(directory, each.c_str(), 0);
  }
}

void evict(const std::string& store, uint64_t size_bytes_max, const std::string& kept) {
  const UniqueFd directory(::open(store.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return;
  const std::vector<KeptModule> modules = modules_in(directory.get());
  uint64_t size_bytes = 0;
  for (const KeptModule& each : modules) size_bytes += each.size_bytes;
  for (const KeptModule& each : modules) {
    if (size_bytes <= size_bytes_max) return;
    if (kept.ends_with("/" + each.name)) continue;
    if (remove_module(directory.get(), each)) size_bytes -= each.size_bytes;
  }
}

}  // namespace shallop::oci
