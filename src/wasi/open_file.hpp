// SPDX-License-Identifier: Apache-2.0
// open(2) for guests. Opening alone has effects with some devices, such as a tape that is rewound or a watchdog that is
// started, so what is there is looked at first (O_PATH, which calls no driver) and, if a guest may have it, that very
// file is opened, whatever has taken its name meanwhile: by /proc/self/fd. On a host without procfs it is opened by
// its name and compared afterwards; there a device that is swapped in between is opened, refused and closed.
// https://man7.org/linux/man-pages/man2/open.2.html (O_PATH), proc_pid_fd(5)
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <expected>

#include "abi/wasi_errno.hpp"
#include "base/unique_fd.hpp"
#include "wasi/sandbox_path.hpp"

namespace shallop::wasi {

struct OpenFile {
  UniqueFd fd;  // close-on-exec
  struct stat stat{};
};

// Opens or creates what `path` names beneath the sandbox's root, with open(2)'s flags and, less the umask, mode.
// Devices of the machine and the kernel's interfaces (sandbox_path.hpp) are refused with `acces`.
std::expected<OpenFile, Errno> open_file(const Sandbox& sandbox, const SandboxPath& path, int flags, mode_t mode);

}  // namespace shallop::wasi
