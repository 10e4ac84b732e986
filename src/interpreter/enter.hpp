// SPDX-License-Identifier: Apache-2.0
// The way into the interpreter's loop from outside.
#pragma once

#include "runtime/function.hpp"

namespace shallop::interpreter {

// The entry point (runtime/function.hpp) of every interpreted function.
Completion enter(FunctionInstance& callee, Instance* caller, Slot* values) noexcept;

}  // namespace shallop::interpreter
