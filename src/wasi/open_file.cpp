// SPDX-License-Identifier: Apache-2.0
#include "wasi/open_file.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <array>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "wasi/errno.hpp"

namespace shallop::wasi {
namespace {

// What a guest may have, with what fstat says of it.
std::expected<OpenFile, Errno> look(UniqueFd fd) {
  OpenFile file{.fd = std::move(fd)};
  if (::fstat(file.fd.get(), &file.stat) != 0) return std::unexpected(last_errno());
  // Such file systems have no device of their own, as the major number tells without another call.
  if (major(file.stat.st_dev) == 0 && is_kernel_interface(file.fd.get())) return std::unexpected(Errno::acces);
  if (is_machine_device(file.stat)) return std::unexpected(Errno::acces);
  return file;
}

std::expected<OpenFile, Errno> open_by_name(const Sandbox& sandbox, const SandboxPath& path, int flags, mode_t mode) {
  auto fd = sandbox.open(path.c_str(), flags, mode);
  if (!fd) return std::unexpected(fd.error());
  return look(std::move(*fd));
}

// A guest that has "/" could have made anything else at this place.
bool has_procfs() {
  static const bool answer = [] {
    struct statfs info{};
    return ::statfs("/proc/self/fd", &info) == 0 && info.f_type == PROC_SUPER_MAGIC;
  }();
  return answer;
}

UniqueFd open_by_number(int fd, int flags) {
  std::array<char, 32> name;
  std::snprintf(name.data(), name.size(), "/proc/self/fd/%d", fd);
  return UniqueFd(retry_interrupted([&] { return ::open(name.data(), flags | O_CLOEXEC); }));
}

// Opens what was looked at. Nothing, when its name stands for something else by now and is all that we have of it.
std::expected<std::optional<OpenFile>, Errno> open_seen(const Sandbox& sandbox, const SandboxPath& path, int flags,
                                                        OpenFile seen) {
  if (S_ISLNK(seen.stat.st_mode)) return std::unexpected(Errno::loop);
  // Of a directory, open(2) with O_CREAT says so even where it is to be read.
  if ((flags & O_CREAT) != 0 && S_ISDIR(seen.stat.st_mode)) return std::unexpected(Errno::isdir);
  if (has_procfs()) {
    UniqueFd fd = open_by_number(seen.fd.get(), flags & ~(O_CREAT | O_NOFOLLOW));
    if (!fd) return std::unexpected(last_errno());
    return OpenFile{.fd = std::move(fd), .stat = seen.stat};
  }
  auto opened = open_by_name(sandbox, path, flags & ~O_CREAT, 0);
  if (!opened) return std::unexpected(opened.error());
  if (opened->stat.st_dev != seen.stat.st_dev || opened->stat.st_ino != seen.stat.st_ino) return std::nullopt;
  return std::move(*opened);
}

// Makes a file where there was none, and opens nothing else: O_EXCL sees to it. `exist` when there is one by now.
std::expected<OpenFile, Errno> create(const Sandbox& sandbox, const SandboxPath& path, int flags, mode_t mode) {
  // A name with a slash behind it is a directory's: the host makes none, and knows which error is due.
  if (std::string_view(path.c_str()).ends_with('/')) return open_by_name(sandbox, path, flags | O_EXCL, mode);
  // A link to nothing leads to where the file is made, but O_EXCL does not follow it.
  SandboxPath target = path;
  const auto entry = sandbox.entry(target, (flags & (O_EXCL | O_NOFOLLOW)) == 0);
  if (!entry) return std::unexpected(entry.error());
  UniqueFd fd(retry_interrupted(
      [&] { return ::openat(entry->directory, entry->name, flags | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode); }));
  if (!fd) return std::unexpected(last_errno());
  return look(std::move(fd));
}

}  // namespace

std::expected<OpenFile, Errno> open_file(const Sandbox& sandbox, const SandboxPath& path, int flags, mode_t mode) {
  const bool creates = (flags & O_CREAT) != 0;
  if (creates && (flags & O_EXCL) != 0) return create(sandbox, path, flags, mode);
  // No directory is a device.
  if ((flags & O_DIRECTORY) != 0) return open_by_name(sandbox, path, flags, mode);

  // More than one, while somebody removes the file and makes it again.
  constexpr int attempts = 16;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    auto seen = open_by_name(sandbox, path, O_PATH | (flags & O_NOFOLLOW), 0);
    if (seen) {
      auto opened = open_seen(sandbox, path, flags, std::move(*seen));
      if (!opened) return std::unexpected(opened.error());
      if (*opened) return std::move(**opened);
    } else {
      if (!creates || seen.error() == Errno::acces) return seen;
      auto created = create(sandbox, path, flags, mode);
      if (created || created.error() != Errno::exist) return created;
    }
  }
  return std::unexpected(creates ? Errno::exist : Errno::noent);
}

}  // namespace shallop::wasi
