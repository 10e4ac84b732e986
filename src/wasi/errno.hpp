// SPDX-License-Identifier: Apache-2.0
// Host errno -> WASI errno, in one place.
#pragma once

#include <cerrno>

#include "abi/wasi_errno.hpp"

namespace shallop::wasi {

// What preview1 has no name for becomes `io`.
Errno to_errno(int host_errno);
inline Errno last_errno() { return to_errno(errno); }

// Calls `operation` until it is not interrupted by a signal: guests never see EINTR.
template <class Operation>
auto retry_interrupted(Operation operation) {
  while (true) {
    const auto result = operation();
    if (result != -1 || errno != EINTR) return result;
  }
}

}  // namespace shallop::wasi
