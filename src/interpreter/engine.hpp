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

}  // namespace shallop::interpreter
