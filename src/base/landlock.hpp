// SPDX-License-Identifier: Apache-2.0
// Landlock (Linux 5.13): what the calling thread, the threads that it starts from now on and the processes that these
// start may still do to files, held by the kernel and for good. Files that are open stay as they were opened.
// https://docs.kernel.org/userspace-api/landlock.html
#pragma once

#include <expected>
#include <span>
#include <string>

namespace shallop {

struct AllowedPath {
  std::string path;  // a directory with all beneath it, or a file; what is not there is passed over
  bool read_only = false;
  bool executable = false;  // programs there may be started
};

// Leaves `allowed`, and no other file. The error is the rest of a sentence that begins with "files are not confined by
// the kernel: ".
std::expected<void, std::string> confine_files(std::span<const AllowedPath> allowed);

}  // namespace shallop
