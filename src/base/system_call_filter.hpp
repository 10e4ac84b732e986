// SPDX-License-Identifier: Apache-2.0
// System calls that the calling thread and what it starts have no more, taken away by the kernel and for good: seccomp.
// https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace shallop {

struct ForbiddenCall {
  uint32_t number;     // SYS_...
  uint16_t error;      // what it fails with
  uint32_t flags = 0;  // only where the lower half of its first argument has one of these; 0: always
};

// io_uring makes the other calls without making them; older headers lack its number, which all architectures share.
inline constexpr uint32_t call_io_uring_setup = 425;

inline constexpr size_t forbidden_calls_max = 32;

// At most `forbidden_calls_max`. Besides, calls of another architecture end the process, those of x32 fail with EPERM,
// and execve(2) gives no more rights (no_new_privs). Async-signal-safe. False where the kernel does not do it.
bool forbid_calls(std::span<const ForbiddenCall> calls);

}  // namespace shallop
