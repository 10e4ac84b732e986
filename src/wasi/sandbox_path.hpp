// SPDX-License-Identifier: Apache-2.0
// Paths that cannot leave a directory: not by "..", not by an absolute path, not through symbolic links, whoever
// changes them meanwhile, and not through the magic links of procfs. What would leave answers `perm`. The kernel
// resolves where it has openat2 (RESOLVE_BENEATH, RESOLVE_NO_MAGICLINKS; Linux 5.6, and not every container's seccomp
// profile lets it through); elsewhere, and where others rename so fast that it gives up, we walk component by
// component. Where a path leads into procfs, sysfs or their like, the answer is `acces`, whatever the call.
// https://man7.org/linux/man-pages/man2/openat2.2.html
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <array>
#include <climits>
#include <cstddef>
#include <expected>
#include <span>

#include "abi/wasi_errno.hpp"
#include "base/unique_fd.hpp"

namespace shallop::wasi {

enum class PathResolver { openat2, walk };
// What this host allows; asked once.
PathResolver host_path_resolver();

// A guest's path, NUL-terminated for the host.
class SandboxPath {
 public:
  // `inval` for a NUL among the bytes, `nametoolong`.
  Errno assign(std::span<const std::byte> bytes);
  const char* c_str() const { return text_.data(); }
  char* data() { return text_.data(); }

 private:
  std::array<char, PATH_MAX> text_;
};

// A directory and a name in it, for calls such as unlinkat. The name is part of the SandboxPath, or a constant.
struct DirectoryEntry {
  UniqueFd owned;  // closes `directory`, unless that is the root given by the caller
  int directory = -1;
  const char* name = nullptr;
};

class Sandbox {
 public:
  Sandbox(int root, PathResolver resolver) : root_(root), resolver_(resolver) {}

  // As open(2), `flags` may hold O_NOFOLLOW. The result is close-on-exec.
  std::expected<UniqueFd, Errno> open(const char* path, int flags, mode_t mode) const;

  // The directory of the path's last component, and that component as it stands: slashes behind it are kept. It may be
  // ".." or a symbolic link, so it is only for calls that create, remove or rename entries: they do not follow it.
  std::expected<DirectoryEntry, Errno> parent(SandboxPath& path) const;

  // The entry that the path names at last, for calls about existing entries: never ".." and, with `follow`, no symbolic
  // link. The caller tells its call not to follow, so that a link put there meanwhile leads nowhere.
  std::expected<DirectoryEntry, Errno> entry(SandboxPath& path, bool follow) const;

 private:
  int root_;
  PathResolver resolver_;
};

// True when a symbolic link at `path` with this target stays beneath the directory that `path` starts from, as far as
// the two texts tell. Links are not resolved by us outside the sandbox; other programs on the host might.
bool stays_beneath(const char* path, const char* target);

// True for files and directories through which the kernel shows and sets itself and the processes, such as
// /proc/self/mem, which would open the host process to the guest, or a directory of cgroups.
bool is_kernel_interface(int fd);

// True for devices through which a machine or its user is reached, such as a disk or a terminal; false for files of
// other kinds, and for /dev/null, zero, full, random and urandom.
bool is_machine_device(const struct stat& stat);

}  // namespace shallop::wasi
