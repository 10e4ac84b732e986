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
};

// The errors are the rest of a sentence that begins with "files are not confined by the kernel: ".

// Leaves `allowed`, and no other file.
std::expected<void, std::string> confine_files(std::span<const AllowedPath> allowed);

// Leaves reading and executing: no file is written, made, moved, removed or, from Linux 6.2 on, truncated.
std::expected<void, std::string> forbid_changing_files();

}  // namespace shallop
