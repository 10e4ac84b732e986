// SPDX-License-Identifier: Apache-2.0
// The interpreter as an engine (runtime/engine.hpp).
#pragma once

#include <memory>

#include "runtime/engine.hpp"
#include "validation/validated_module.hpp"

namespace shallop::interpreter {

// Cheap: functions are lowered when they are first called. Throws ValidationError for a function whose frame exceeds
// limits::frame_slots.
std::shared_ptr<const Code> prepare(std::shared_ptr<const ValidatedModule> module);

// From now on, calls of the module's functions go to what `native` binds to an instance (its guarded kind of memory
// only); frames that are there already stay interpreted. `interpreted` is what prepare() returned. May be called by
// another thread than those that run the code.
void adopt_native(const Code& interpreted, std::shared_ptr<const Code> native);

}  // namespace shallop::interpreter
