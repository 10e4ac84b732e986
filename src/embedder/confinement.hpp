// SPDX-License-Identifier: Apache-2.0
// A second wall around the guest's files, held by the kernel: should a guest ever get out of its sandbox, the thread
// that it took over can open no more than the guest was given. Landlock, where the kernel has it (Linux 5.13).
// https://docs.kernel.org/userspace-api/landlock.html
#pragma once

#include <expected>
#include <span>
#include <string>

namespace shallop {

struct AllowedPath {
  std::string path;  // a directory with all beneath it, or a file; what is not there is passed over
  bool read_only = false;
};

// Confines the calling thread, the threads that it starts from now on and the processes that these start. The error is
// the rest of a sentence that begins with "files are not confined by the kernel: ".
std::expected<void, std::string> confine_files(std::span<const AllowedPath> allowed);

}  // namespace shallop
