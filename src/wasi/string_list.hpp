// SPDX-License-Identifier: Apache-2.0
// Strings as args_get and environ_get hand them out: offsets, and NUL-terminated bytes back to back.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "runtime/host_function.hpp"
#include "wasi/guest_memory.hpp"

namespace shallop::wasi {

class StringList {
 public:
  // Throws ResourceError when a string holds a NUL.
  explicit StringList(std::span<const std::string> strings);

  Errno write_sizes(Caller caller, GuestPointer<Size> count, GuestPointer<Size> size_bytes) const;
  Errno write(Caller caller, GuestPointer<Pointer> pointers, GuestPointer<std::byte> strings) const;

 private:
  std::vector<Size> offsets_;
  std::vector<std::byte> bytes_;
};

}  // namespace shallop::wasi
