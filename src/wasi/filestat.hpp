// SPDX-License-Identifier: Apache-2.0
// Between the host's stat and times and preview1's.
#pragma once

#include <sys/stat.h>

#include <array>
#include <ctime>
#include <expected>

#include "wasi/guest_memory.hpp"

namespace shallop::wasi {

Filetype to_filetype(mode_t mode);  // a socket's kind is not in it: `unknown`
Filestat to_filestat(const struct stat& stat);

// What utimensat takes: access time, modification time. `inval` for unknown flags and for a time that is both given and
// now.
std::expected<std::array<timespec, 2>, Errno> to_times(Timestamp atim, Timestamp mtim, Unchecked<Fstflags> flags);

}  // namespace shallop::wasi
