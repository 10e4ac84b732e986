// SPDX-License-Identifier: Apache-2.0
// Traps are values: every entry point returns a Completion, nothing is thrown across guest frames.
// https://webassembly.github.io/spec/core/exec/runtime.html#results
#pragma once

#include <cstdint>
#include <string_view>

namespace shallop {

enum class TrapCode : uint32_t {
  none = 0,
#define SHALLOP_TRAP(id, text) id,
#include "wasm/trap.def"
};

std::string_view text(TrapCode code);

}  // namespace shallop
