// SPDX-License-Identifier: Apache-2.0
// Two operations in one handler: the value between them stays in a register and one dispatch is saved.
#include "interpreter/comparison.hpp"
#include "interpreter/fused_handlers.hpp"
#include "interpreter/fused_operands.hpp"
#include "interpreter/operation.hpp"

namespace shallop::interpreter {
namespace {

template <Opcode inner, Opcode outer, Side side, From from_a, From from_b, From from_x, To to>
SHALLOP_HANDLER Completion chain(SHALLOP_HANDLER_PARAMETERS) {
  using T = typename Operation<inner>::Operand;
  const T a = operand<T, from_a>(pc, fp, acc, facc, 2);
  const T b = narrow_operand<T, from_b>(pc, fp, acc, facc, 3);
  const T x = narrow_operand<T, from_x>(pc, fp, acc, facc, 1);
  const T middle = Operation<inner>::function(a, b);
  const T value = side == Side::left ? Operation<outer>::function(middle, x) : Operation<outer>::function(x, middle);
  result<to>(value, pc, fp, acc, facc);
  SHALLOP_NEXT(2);
}

template <Opcode inner, Opcode outer, Side side, From from_a, From from_x, To to>
SHALLOP_HANDLER Completion wide_chain(SHALLOP_HANDLER_PARAMETERS) {
  using T = typename Operation<inner>::Operand;
  const T a = operand<T, from_a>(pc, fp, acc, facc, 1);
  const T b = half_operand<T, From::imm>(pc, fp, acc, facc, 0);
  const T x = half_operand<T, from_x>(pc, fp, acc, facc, 1);
  const T middle = Operation<inner>::function(a, b);
  const T value = side == Side::left ? Operation<outer>::function(middle, x) : Operation<outer>::function(x, middle);
  result<to>(value, pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <Opcode inner, Opcode outer, Side side, To to>
Handler wide_chain_form(From a, From x) {
  using enum From;
  if (a == slot && x == slot) return wide_chain<inner, outer, side, slot, slot, to>;
  if (a == slot && x == acc) return wide_chain<inner, outer, side, slot, acc, to>;
  if (a == acc && x == slot) return wide_chain<inner, outer, side, acc, slot, to>;
  if (a == acc && x == acc) return wide_chain<inner, outer, side, acc, acc, to>;
  return nullptr;
}

template <Opcode inner, Opcode outer, Side side>
Handler wide_chain_form(From a, From x, To to) {
  return to == To::acc ? wide_chain_form<inner, outer, side, To::acc>(a, x)
                       : wide_chain_form<inner, outer, side, To::slot>(a, x);
}

template <Opcode inner, Opcode add, Opcode subtract>
Handler wide_chain_form(Opcode outer, Side side, From a, From x, To to) {
  if (outer == add) return wide_chain_form<inner, add, Side::left>(a, x, to);
  if (outer != subtract) return nullptr;
  return side == Side::left ? wide_chain_form<inner, subtract, Side::left>(a, x, to)
                            : wide_chain_form<inner, subtract, Side::right>(a, x, to);
}

template <Opcode inner, Opcode outer, Side side, To to>
Handler chain_form(From a, From b, From x) {
  using enum From;
  constexpr bool has_immediates = !is_float(numeric_type(inner).operand);
  if (a == slot && b == slot && x == slot) return chain<inner, outer, side, slot, slot, slot, to>;
  if (a == slot && b == slot && x == acc) return chain<inner, outer, side, slot, slot, acc, to>;
  if (a == acc && b == slot && x == slot) return chain<inner, outer, side, acc, slot, slot, to>;
  if constexpr (has_immediates) {
    if (a == slot && b == imm && x == slot) return chain<inner, outer, side, slot, imm, slot, to>;
    if (a == slot && b == imm && x == acc) return chain<inner, outer, side, slot, imm, acc, to>;
    if (a == acc && b == imm && x == slot) return chain<inner, outer, side, acc, imm, slot, to>;
    if (a == acc && b == imm && x == acc) return chain<inner, outer, side, acc, imm, acc, to>;
    if constexpr (side == Side::left && numeric_type(inner).operand == ValueType::i32) {
      if (a == slot && b == slot && x == imm) return chain<inner, outer, side, slot, slot, imm, to>;
      if (a == acc && b == slot && x == imm) return chain<inner, outer, side, acc, slot, imm, to>;
      if (a == slot && b == imm && x == imm) return chain<inner, outer, side, slot, imm, imm, to>;
      if (a == acc && b == imm && x == imm) return chain<inner, outer, side, acc, imm, imm, to>;
    }
  }
  return nullptr;
}

template <Opcode inner, Opcode outer>
Handler chain_form(Side side, From a, From b, From x, To to) {
  if constexpr (is_chained(inner, outer)) {
    if (to == To::caller) return nullptr;
    if (side == Side::left) {
      return to == To::acc ? chain_form<inner, outer, Side::left, To::acc>(a, b, x)
                           : chain_form<inner, outer, Side::left, To::slot>(a, b, x);
    }
    if constexpr (outer == Opcode::i32_sub || outer == Opcode::i64_sub || outer == Opcode::f32_sub ||
                  outer == Opcode::f64_sub) {
      return to == To::acc ? chain_form<inner, outer, Side::right, To::acc>(a, b, x)
                           : chain_form<inner, outer, Side::right, To::slot>(a, b, x);
    }
  }
  return nullptr;
}

template <Opcode inner>
Handler chain_form(Opcode outer, Side side, From a, From b, From x, To to) {
  switch (outer) {
#define SHALLOP_BINARY(code, id, text, operand, result) \
  case Opcode::id: return chain_form<inner, Opcode::id>(side, a, b, x, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

}  // namespace

Handler chain_handler(Opcode inner, Opcode outer, Side side, From a, From b, From x, To to) {
  switch (inner) {
#define SHALLOP_BINARY(code, id, text, operand, result) \
  case Opcode::id: return chain_form<Opcode::id>(outer, side, a, b, x, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler wide_chain_handler(Opcode inner, Opcode outer, Side side, From a, From b, From x, To to) {
  if (b != From::imm) return nullptr;
  if (inner == Opcode::i32_mul)
    return wide_chain_form<Opcode::i32_mul, Opcode::i32_add, Opcode::i32_sub>(outer, side, a, x, to);
  if (inner == Opcode::i64_mul)
    return wide_chain_form<Opcode::i64_mul, Opcode::i64_add, Opcode::i64_sub>(outer, side, a, x, to);
  return nullptr;
}

}  // namespace shallop::interpreter
