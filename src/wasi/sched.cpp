// SPDX-License-Identifier: Apache-2.0
#include <sched.h>

#include "wasi/functions.hpp"

namespace shallop::wasi {

Errno sched_yield(Context&, Caller) noexcept {
  ::sched_yield();  // never fails on Linux
  return Errno::success;
}

}  // namespace shallop::wasi
