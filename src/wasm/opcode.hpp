// SPDX-License-Identifier: Apache-2.0
// The instruction enum and what can be looked up about an instruction; all of it comes from opcodes.def.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "wasm/features.hpp"
#include "wasm/types.hpp"

namespace shallop {

enum class Opcode : uint32_t {
#define SHALLOP_ROW(code, id, text) id = code,
#include "wasm/opcodes.def"
};

// What follows the opcode in the binary format.
enum class Immediate : uint8_t {
  none,
  block_type,
  block_type_and_catches,
  tag,
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
  zero_byte,
  constant,
  vector,
  lanes,
};

// The addition to WebAssembly that brought an instruction; nothing for those of the first version.
constexpr std::optional<Feature> feature_of(Opcode opcode) {
  using enum Opcode;
  const auto is_in = [opcode](Opcode first, Opcode last) { return first <= opcode && opcode <= last; };
  if (is_in(i32_extend8_s, i64_extend32_s)) return Feature::sign_extension;
  if (is_in(i32_trunc_sat_f32_s, i64_trunc_sat_f64_u)) return Feature::non_trapping_conversion;
  if (is_in(memory_init, table_copy)) return Feature::bulk_memory;
  if (is_in(table_grow, table_fill) || is_in(table_get, table_set)) return Feature::reference_types;
  if (is_in(ref_null, ref_func) || opcode == select_typed) return Feature::reference_types;
  if (opcode == return_call || opcode == return_call_indirect) return Feature::tail_call;
  if (opcode == throw_ || opcode == throw_ref || opcode == try_table) return Feature::exception_handling;
  if (is_in(v128_load, Opcode{0xFDFFF})) return Feature::simd;
  if (is_in(memory_atomic_notify, Opcode{0xFEFFF})) return Feature::threads;
  return {};
}

// A numeric instruction's types. All operands have the same type, but for the count of a shift, an i32.
struct NumericType {
  ValueType operand;
  ValueType result;
};
// For the rows with UNARY, BINARY, COMPARE, TERNARY and SHIFT in their macro's name.
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
#define SHALLOP_VECTOR_UNARY(code, id, text, operand, result) \
  case Opcode::id: return {ValueType::operand, ValueType::result};
#define SHALLOP_VECTOR_BINARY(code, id, text, operand, result) \
  case Opcode::id: return {ValueType::operand, ValueType::result};
#define SHALLOP_VECTOR_TERNARY(code, id, text, operand, result) \
  case Opcode::id: return {ValueType::operand, ValueType::result};
#define SHALLOP_VECTOR_SHIFT(code, id, text, operand, result) \
  case Opcode::id: return {ValueType::operand, ValueType::result};
#include "wasm/opcodes.def"
    default: std::unreachable();
  }
}

// What a load makes, a store takes or an atomic instruction exchanges, and how many bytes of memory it touches. For the
// rows with LOAD, STORE and ATOMIC in their macro's name.
struct AccessType {
  ValueType value;
  uint32_t size_bytes;
};
constexpr AccessType access_type(Opcode opcode) {
  switch (opcode) {
#define SHALLOP_LOAD(code, id, text, result, size_bytes) \
  case Opcode::id: return {ValueType::result, size_bytes};
#define SHALLOP_VECTOR_LOAD(code, id, text, result, size_bytes) \
  case Opcode::id: return {ValueType::result, size_bytes};
#define SHALLOP_STORE(code, id, text, operand, size_bytes) \
  case Opcode::id: return {ValueType::operand, size_bytes};
#define SHALLOP_LOAD_LANE(code, id, text, result, size_bytes) \
  case Opcode::id: return {ValueType::result, size_bytes};
#define SHALLOP_STORE_LANE(code, id, text, operand, size_bytes) \
  case Opcode::id: return {ValueType::operand, size_bytes};
#define SHALLOP_ATOMIC_LOAD(code, id, text, result, size_bytes) \
  case Opcode::id: return {ValueType::result, size_bytes};
#define SHALLOP_ATOMIC_STORE(code, id, text, operand, size_bytes) \
  case Opcode::id: return {ValueType::operand, size_bytes};
#define SHALLOP_ATOMIC_RMW(code, id, text, operand, size_bytes, operation) \
  case Opcode::id: return {ValueType::operand, size_bytes};
#define SHALLOP_ATOMIC_CMPXCHG(code, id, text, operand, size_bytes) \
  case Opcode::id: return {ValueType::operand, size_bytes};
#include "wasm/opcodes.def"
    default: std::unreachable();
  }
}

// What an extract_lane makes or a replace_lane takes, and how many lanes of that its vectors have.
struct LaneType {
  ValueType value;
  uint32_t lanes;
};
constexpr LaneType lane_type(Opcode opcode) {
  switch (opcode) {
#define SHALLOP_EXTRACT_LANE(code, id, text, lanes, result) \
  case Opcode::id: return {ValueType::result, lanes};
#define SHALLOP_REPLACE_LANE(code, id, text, lanes, operand) \
  case Opcode::id: return {ValueType::operand, lanes};
#include "wasm/opcodes.def"
    default: std::unreachable();
  }
}

// The instruction's text-format name, "i32.add"; "unknown instruction" for a code that is not in the list.
std::string_view text(Opcode opcode);

}  // namespace shallop
