// SPDX-License-Identifier: Apache-2.0
// From an opcode of a numeric or vector row to its function in numerics.hpp or simd_numerics.hpp and the C++ types of
// its operands, at compile time.
#pragma once

#include <cstdint>

#include "wasm/numerics.hpp"
#include "wasm/opcode.hpp"
#include "wasm/simd_numerics.hpp"
#include "wasm/v128.hpp"

namespace shallop::interpreter {

template <ValueType type>
struct CppType;
template <>
struct CppType<ValueType::i32> {
  using Type = uint32_t;
};
template <>
struct CppType<ValueType::i64> {
  using Type = uint64_t;
};
template <>
struct CppType<ValueType::f32> {
  using Type = float;
};
template <>
struct CppType<ValueType::f64> {
  using Type = double;
};
template <>
struct CppType<ValueType::v128> {
  using Type = V128;
};

template <Opcode opcode>
struct Operation;

#define SHALLOP_NUMERIC_OPERATION(id, operand_type, result_type, may_trap) \
  template <> \
  struct Operation<Opcode::id> { \
    using Operand = CppType<ValueType::operand_type>::Type; \
    using Result = CppType<ValueType::result_type>::Type; \
    static constexpr bool traps = may_trap; \
    static constexpr auto function = [](auto&&... arguments) \
                                         __attribute__((always_inline)) { return numerics::id(arguments...); }; \
  };
#define SHALLOP_UNARY(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, false)
#define SHALLOP_UNARY_TRAPPING(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, true)
#define SHALLOP_BINARY(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, false)
#define SHALLOP_BINARY_TRAPPING(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, true)
#define SHALLOP_COMPARE(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, false)
#define SHALLOP_VECTOR_UNARY(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, false)
#define SHALLOP_VECTOR_BINARY(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, false)
#define SHALLOP_VECTOR_TERNARY(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, false)
#define SHALLOP_VECTOR_SHIFT(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, false)
#include "wasm/opcodes.def"
#undef SHALLOP_NUMERIC_OPERATION

// Of the rows with LANE in their macro's name, and of loads that make lanes: access_type and lane_type tell the rest.
#define SHALLOP_LANE_OPERATION(id) \
  template <> \
  struct Operation<Opcode::id> { \
    static constexpr auto function = [](auto&&... arguments) \
                                         __attribute__((always_inline)) { return numerics::id(arguments...); }; \
  };
#define SHALLOP_EXTRACT_LANE(code, id, text, lanes, result) SHALLOP_LANE_OPERATION(id)
#define SHALLOP_REPLACE_LANE(code, id, text, lanes, operand) SHALLOP_LANE_OPERATION(id)
#define SHALLOP_VECTOR_LOAD(code, id, text, result, size_bytes) SHALLOP_LANE_OPERATION(id)
#define SHALLOP_LOAD_LANE(code, id, text, result, size_bytes) SHALLOP_LANE_OPERATION(id)
#define SHALLOP_STORE_LANE(code, id, text, operand, size_bytes) SHALLOP_LANE_OPERATION(id)
#include "wasm/opcodes.def"
#undef SHALLOP_LANE_OPERATION

}  // namespace shallop::interpreter
