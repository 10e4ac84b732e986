// SPDX-License-Identifier: Apache-2.0
// From an opcode of a numeric row to its function in numerics.hpp and the C++ types of its operands, at compile time.
#pragma once

#include <cstdint>

#include "wasm/numerics.hpp"
#include "wasm/opcode.hpp"

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

template <Opcode opcode>
struct Operation;

#define SHALLOP_NUMERIC_OPERATION(id, operand_type, result_type, may_trap)       \
  template <>                                                                    \
  struct Operation<Opcode::id> {                                                 \
    using Operand = CppType<ValueType::operand_type>::Type;                      \
    using Result = CppType<ValueType::result_type>::Type;                        \
    static constexpr bool traps = may_trap;                                      \
    static constexpr auto function = [](auto&&... arguments) __attribute__((always_inline)) { \
      return numerics::id(arguments...);                                         \
    };                                                                           \
  };
#define SHALLOP_UNARY(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, false)
#define SHALLOP_UNARY_TRAPPING(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, true)
#define SHALLOP_BINARY(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, false)
#define SHALLOP_BINARY_TRAPPING(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, true)
#define SHALLOP_COMPARE(code, id, text, operand, result) SHALLOP_NUMERIC_OPERATION(id, operand, result, false)
#include "wasm/opcodes.def"
#undef SHALLOP_NUMERIC_OPERATION

}  // namespace shallop::interpreter
