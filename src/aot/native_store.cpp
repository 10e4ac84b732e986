// SPDX-License-Identifier: Apache-2.0
#include "aot/native_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "aot/entry_file.hpp"

namespace shallop::aot {
namespace {

// In a user namespace the host's root has no number, so a mount that nobody in the container can write through has to
// do.
bool is_read_only_mount(int directory) {
  struct statvfs file_system{};
  return ::fstatvfs(directory, &file_system) == 0 && (file_system.f_flag & ST_RDONLY) != 0;
}

bool is_writable_by_others(const struct stat& status) {
  return (status.st_uid != ::geteuid() && status.st_uid != 0) || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

}  // namespace

std::expected<NativeStore, std::string> NativeStore::open(const std::string& path) {
  const auto unusable = [&](std::string_view why) {
    return std::unexpected(fmt::format("the store for native code, {}, is not used: {}", path, why));
  };
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status{};
  if (!directory || ::fstat(directory.get(), &status) != 0) return unusable(std::strerror(errno));
  if (is_writable_by_others(status) && !is_read_only_mount(directory.get())) {
    return unusable("others may write to it");
  }
  return NativeStore(path, std::move(directory));
}

std::optional<std::vector<std::byte>> NativeStore::load(const Digest& key) const {
  const UniqueFd file(
      ::openat(directory_.get(), entry_name(key).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  if (static_cast<uint64_t>(status.st_size) > entry_bytes_max) return std::nullopt;
  return read_all(file.get(), static_cast<size_t>(status.st_size));
}

std::optional<std::string> NativeStore::failure() const {
  constexpr const char* failure_name = "failed";  // docs/containers.md
  constexpr off_t size_bytes_max = 4'096;
  const UniqueFd file(::openat(directory_.get(), failure_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto bytes = read_all(file.get(), static_cast<size_t>(std::min(status.st_size, size_bytes_max)));
  if (!bytes) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

bool NativeStore::touch(const Digest& key) const {
  return ::utimensat(directory_.get(), entry_name(key).c_str(), nullptr, AT_SYMLINK_NOFOLLOW) == 0;
}

std::expected<void, std::string> NativeStore::store(const Digest& key, std::span<const std::byte> contents) const {
  const auto name = write_temporary(directory_.get(), contents, {});
  // Whatever user a container runs as is to read it.
  const bool is_stored = name && ::fchmodat(directory_.get(), name->c_str(), 0644, 0) == 0 &&
                         ::renameat(directory_.get(), name->c_str(), directory_.get(), entry_name(key).c_str()) == 0;
  if (is_stored) return {};
  const int error = errno;
  if (name) ::unlinkat(directory_.get(), name->c_str(), 0);
  return std::unexpected(fmt::format("the native code could not be kept in {}: {}", path_, std::strerror(error)));
}

UniqueFd NativeStore::lock() const {
  UniqueFd self(::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  while (self && ::flock(self.get(), LOCK_EX) != 0) {
    if (errno != EINTR) self.reset();
  }
  return self;
}

}  // namespace shallop::aot
