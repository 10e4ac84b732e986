// SPDX-License-Identifier: Apache-2.0
// From the thread's stack back to the functions of native code that stand on it.
#pragma once

#include <vector>

#include "runtime/outcome.hpp"

namespace shallop {
class Store;
}

namespace shallop::aot {

// Adds the native frames of `store` below the caller, innermost first, up to the one that was entered from outside. The
// caller is a builtin, or the handler of a signal that interrupted native code; as that holds no lock and is not
// within malloc(3), the handler may do what handlers else may not.
void add_frames(const Store& store, std::vector<BacktraceFrame>& backtrace);

}  // namespace shallop::aot
