// SPDX-License-Identifier: Apache-2.0
#include "wasm/trap.hpp"

namespace shallop {

std::string_view text(TrapCode code) {
  switch (code) {
    case TrapCode::none: return "no trap";
#define SHALLOP_TRAP(id, words) \
  case TrapCode::id: return words;
#include "wasm/trap.def"
  }
  return "unknown trap";
}

}  // namespace shallop
