// SPDX-License-Identifier: Apache-2.0
// What every wrapper does around an import: pointers become guest offsets, an Errno becomes -1 and errno.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "abi/wasi_preview1.hpp"

namespace shallop::posix {

inline wasi::Errno errno_of(std::int32_t import_result) noexcept { return static_cast<wasi::Errno>(import_result); }

/// wasi-libc's errno values are preview1's, so no table stands between them.
inline int fail(wasi::Errno error) noexcept {
  errno = static_cast<int>(error);
  return -1;
}

/// 0, or -1 with errno set.
inline int status_of(std::int32_t import_result) noexcept {
  return import_result == 0 ? 0 : fail(errno_of(import_result));
}

inline wasi::Pointer offset_of(const void* pointer) noexcept {
  return static_cast<wasi::Pointer>(reinterpret_cast<std::uintptr_t>(pointer));
}

inline wasi::Fd descriptor_of(int fd) noexcept { return static_cast<wasi::Fd>(fd); }

}  // namespace shallop::posix
