// SPDX-License-Identifier: Apache-2.0
// The path arguments of path_* calls: a descriptor of a directory and a text in guest memory.
#pragma once

#include <expected>

#include "wasi/functions.hpp"
#include "wasi/sandbox_path.hpp"

namespace shallop::wasi {

// Where a path starts.
struct GuestPath {
  Sandbox sandbox;
  bool read_only = false;
};

// Copies the text. `fault`, `inval`, `nametoolong`.
Errno read_path(Caller caller, GuestBytes text, Size size_bytes, SandboxPath& path);
// And looks up the directory: `badf`, `notdir`, `notcapable`.
std::expected<GuestPath, Errno> read_path(Context& context, Caller caller, Fd fd, Rights rights, GuestBytes text,
                                          Size size_bytes, SandboxPath& path);

}  // namespace shallop::wasi
