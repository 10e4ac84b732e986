// SPDX-License-Identifier: Apache-2.0
// From a place in slot code back to functions and offsets of the module.
#pragma once

#include <vector>

#include "interpreter/code.hpp"
#include "runtime/outcome.hpp"

namespace shallop::interpreter {

// Adds the frames from (`pc`, `control`), innermost first, up to the one that was entered from outside and returns
// to `outermost`. `pc` is the instruction being executed. `pc` and `control` are hints: where a fault or an
// interruption left them in a state that does not fit, what fits is told and the rest is not. Of a deep stack the
// middle is counted, not kept.
void add_frames(const Instance& instance, const Word* pc, const ReturnPoint* control, const ReturnPoint* outermost,
                std::vector<BacktraceFrame>& backtrace);

}  // namespace shallop::interpreter
