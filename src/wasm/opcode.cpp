// SPDX-License-Identifier: Apache-2.0
#include "wasm/opcode.hpp"

namespace shallop {

std::string_view text(Opcode opcode) {
  switch (opcode) {
#define SHALLOP_ROW(code, id, name) \
  case Opcode::id: return name;
#include "wasm/opcodes.def"
  }
  return "unknown instruction";
}

}  // namespace shallop
