// SPDX-License-Identifier: Apache-2.0
// Host errno -> WASI errno, in one place.
#pragma once

#include <cerrno>

#include "abi/wasi_errno.hpp"
#include "runtime/interruption.hpp"

namespace shallop::wasi {

// What preview1 has no name for becomes `io`.
Errno to_errno(int host_errno);
inline Errno last_errno() { return to_errno(errno); }

// Calls `operation` until it is not interrupted by a signal: guests never see EINTR. But where the guest itself is to
// be stopped, its EINTR stays, and the host function's return ends the guest (runtime/interruption.hpp).
template <class Operation>
auto retry_interrupted(Operation operation) {
  while (true) {
    const auto result = operation();
    if (result != -1 || errno != EINTR || is_interrupted()) return result;
  }
}

}  // namespace shallop::wasi
