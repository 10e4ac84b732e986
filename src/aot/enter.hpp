// SPDX-License-Identifier: Apache-2.0
// The way into native code from outside.
#pragma once

#include "runtime/function.hpp"

namespace shallop::aot {

// The entry point (runtime/function.hpp) of every native function.
Completion enter(FunctionInstance& callee, Instance* caller, Slot* values) noexcept;

}  // namespace shallop::aot
