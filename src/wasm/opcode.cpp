// SPDX-License-Identifier: Apache-2.0
#include "wasm/opcode.hpp"

namespace shallop {

std::string_view text(Opcode opcode) {
  switch (opcode) {
#define SHALLOP_OP(code, id, name, immediate) \
  case Opcode::id: return name;
#define SHALLOP_LOAD(code, id, name, result, size_bytes) \
  case Opcode::id: return name;
#define SHALLOP_STORE(code, id, name, operand, size_bytes) \
  case Opcode::id: return name;
#define SHALLOP_CONST(code, id, name, result) \
  case Opcode::id: return name;
#define SHALLOP_UNARY(code, id, name, operand, result) \
  case Opcode::id: return name;
#define SHALLOP_UNARY_TRAPPING(code, id, name, operand, result) \
  case Opcode::id: return name;
#define SHALLOP_BINARY(code, id, name, operand, result) \
  case Opcode::id: return name;
#define SHALLOP_BINARY_TRAPPING(code, id, name, operand, result) \
  case Opcode::id: return name;
#define SHALLOP_COMPARE(code, id, name, operand, result) \
  case Opcode::id: return name;
#include "wasm/opcodes.def"
  }
  return "unknown instruction";
}

}  // namespace shallop
