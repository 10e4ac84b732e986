// SPDX-License-Identifier: Apache-2.0
// A global: its value lives in two slots of its own (a v128 uses both), so that its address never changes.
// https://webassembly.github.io/spec/core/exec/runtime.html#global-instances
#pragma once

#include "wasm/types.hpp"
#include "wasm/value.hpp"

namespace shallop {

struct GlobalInstance {
  alignas(16) Slot value[2] = {0, 0};
  GlobalType type;
};

}  // namespace shallop
