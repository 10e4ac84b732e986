// SPDX-License-Identifier: Apache-2.0
// From a place in slot code back to functions and offsets of the module.
#pragma once

#include <vector>

#include "interpreter/code.hpp"
#include "runtime/outcome.hpp"

namespace shallop::interpreter {

// Adds the frames from (`pc`, `control`), innermost first, up to the one that was entered from outside. `pc` is the
// instruction being executed. Hints that do not fit (a fault may have left registers in another state) add nothing.
void add_frames(const Instance& instance, const Word* pc, const ReturnPoint* control,
                std::vector<BacktraceFrame>& backtrace);

}  // namespace shallop::interpreter
