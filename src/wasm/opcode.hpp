// SPDX-License-Identifier: Apache-2.0
// The instruction enum and what can be looked up about an instruction; all of it comes from opcodes.def.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "wasm/types.hpp"

namespace shallop {

enum class Opcode : uint32_t {
#define SHALLOP_OP(code, id, text, immediate) id = code,
#define SHALLOP_LOAD(code, id, text, result, size_bytes) id = code,
#define SHALLOP_STORE(code, id, text, operand, size_bytes) id = code,
#define SHALLOP_CONST(code, id, text, result) id = code,
#define SHALLOP_UNARY(code, id, text, operand, result) id = code,
#define SHALLOP_UNARY_TRAPPING(code, id, text, operand, result) id = code,
#define SHALLOP_BINARY(code, id, text, operand, result) id = code,
#define SHALLOP_BINARY_TRAPPING(code, id, text, operand, result) id = code,
#define SHALLOP_COMPARE(code, id, text, operand, result) id = code,
#include "wasm/opcodes.def"
};

// What follows the opcode in the binary format.
enum class Immediate : uint8_t {
  none,
  block_type,
  label,
  label_table,
  function,
  type_and_table,
  reference_type,
  value_types,
  local,
  global,
  table,
  element_and_table,
  element,
  table_and_table,
  memory,
  data_and_memory,
  data,
  memory_and_memory,
  memory_argument,
  constant,
};

// A numeric instruction's types. Both operands of a binary instruction have the same type.
struct NumericType {
  ValueType operand;
  ValueType result;
};
// For the rows with UNARY, BINARY and COMPARE in their macro's name.
constexpr NumericType numeric_type(Opcode opcode) {
  switch (opcode) {
#define SHALLOP_UNARY(code, id, text, operand, result) \
  case Opcode::id: return {ValueType::operand, ValueType::result};
#define SHALLOP_UNARY_TRAPPING(code, id, text, operand, result) \
  case Opcode::id: return {ValueType::operand, ValueType::result};
#define SHALLOP_BINARY(code, id, text, operand, result) \
  case Opcode::id: return {ValueType::operand, ValueType::result};
#define SHALLOP_BINARY_TRAPPING(code, id, text, operand, result) \
  case Opcode::id: return {ValueType::operand, ValueType::result};
#define SHALLOP_COMPARE(code, id, text, operand, result) \
  case Opcode::id: return {ValueType::operand, ValueType::result};
#include "wasm/opcodes.def"
    default: std::unreachable();
  }
}

// What a load makes or a store takes, and how many bytes of memory it touches.
struct AccessType {
  ValueType value;
  uint32_t size_bytes;
};
constexpr AccessType access_type(Opcode opcode) {
  switch (opcode) {
#define SHALLOP_LOAD(code, id, text, result, size_bytes) \
  case Opcode::id: return {ValueType::result, size_bytes};
#define SHALLOP_STORE(code, id, text, operand, size_bytes) \
  case Opcode::id: return {ValueType::operand, size_bytes};
#include "wasm/opcodes.def"
    default: std::unreachable();
  }
}

// The instruction's text-format name, "i32.add"; "unknown instruction" for a code that is not in the list.
std::string_view text(Opcode opcode);

}  // namespace shallop
