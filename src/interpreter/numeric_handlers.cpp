// SPDX-License-Identifier: Apache-2.0
#include "interpreter/handlers.hpp"
#include "interpreter/operation.hpp"

namespace shallop::interpreter {
namespace {

template <Opcode opcode, From from_a, From from_b, To to>
SHALLOP_HANDLER Completion binary(SHALLOP_HANDLER_PARAMETERS) {
  using Op = Operation<opcode>;
  using Operand = typename Op::Operand;
  using Result = typename Op::Result;
  constexpr unsigned words = from_a == From::imm ? words_with<Operand, from_a> : words_with<Operand, from_b>;
  const Operand a = operand<Operand, from_a>(pc, fp, acc, facc, 1);
  // A form with the immediate on the left keeps its right operand in field 1.
  const Operand b = operand<Operand, from_b>(pc, fp, acc, facc, from_a == From::imm ? 1 : 2);
  if constexpr (Op::traps) {
    Result value;
    const TrapCode code = Op::function(a, b, value);
    SHALLOP_TRAP_IF(code != TrapCode::none, code);
    result<to>(value, pc, fp, acc, facc);
  } else {
    result<to>(Result(Op::function(a, b)), pc, fp, acc, facc);
  }
  SHALLOP_NEXT_OR_RETURN(Result, to, words);
}

template <Opcode opcode, From from, To to>
SHALLOP_HANDLER Completion unary(SHALLOP_HANDLER_PARAMETERS) {
  using Op = Operation<opcode>;
  using Result = typename Op::Result;
  const auto a = operand<typename Op::Operand, from>(pc, fp, acc, facc, 1);
  if constexpr (Op::traps) {
    Result value;
    const TrapCode code = Op::function(a, value);
    SHALLOP_TRAP_IF(code != TrapCode::none, code);
    result<to>(value, pc, fp, acc, facc);
  } else {
    result<to>(Result(Op::function(a)), pc, fp, acc, facc);
  }
  SHALLOP_NEXT(2);
}

template <Opcode opcode, To to>
Handler binary_form(From a, From b) {
  using enum From;
  if (a == slot && b == slot) return binary<opcode, slot, slot, to>;
  if (a == slot && b == acc) return binary<opcode, slot, acc, to>;
  if (a == slot && b == imm) return binary<opcode, slot, imm, to>;
  if (a == acc && b == slot) return binary<opcode, acc, slot, to>;
  if (a == acc && b == imm) return binary<opcode, acc, imm, to>;
  if (a == acc && b == acc) return binary<opcode, acc, acc, to>;
  if (a == imm && b == slot) return binary<opcode, imm, slot, to>;
  if (a == imm && b == acc) return binary<opcode, imm, acc, to>;
  return nullptr;
}

template <Opcode opcode>
Handler binary_form(From a, From b, To to) {
  if (to == To::caller) return binary_form<opcode, To::caller>(a, b);
  return to == To::acc ? binary_form<opcode, To::acc>(a, b) : binary_form<opcode, To::slot>(a, b);
}

template <Opcode opcode>
Handler unary_form(From a, To to) {
  if (a == From::slot) return to == To::acc ? unary<opcode, From::slot, To::acc> : unary<opcode, From::slot, To::slot>;
  if (a == From::acc) return to == To::acc ? unary<opcode, From::acc, To::acc> : unary<opcode, From::acc, To::slot>;
  return nullptr;
}

}  // namespace

Handler binary_handler(Opcode opcode, From a, From b, To to) {
  switch (opcode) {
#define SHALLOP_BINARY(code, id, text, operand, result) \
  case Opcode::id: return binary_form<Opcode::id>(a, b, to);
#define SHALLOP_BINARY_TRAPPING(code, id, text, operand, result) SHALLOP_BINARY(code, id, text, operand, result)
#define SHALLOP_COMPARE(code, id, text, operand, result) SHALLOP_BINARY(code, id, text, operand, result)
#include "wasm/opcodes.def"
    default: return to == To::caller ? nullptr : vector_binary_handler(opcode, a, b, to);
  }
}

Handler unary_handler(Opcode opcode, From a, To to) {
  switch (opcode) {
#define SHALLOP_UNARY(code, id, text, operand, result) \
  case Opcode::id: return unary_form<Opcode::id>(a, to);
#define SHALLOP_UNARY_TRAPPING(code, id, text, operand, result) SHALLOP_UNARY(code, id, text, operand, result)
#include "wasm/opcodes.def"
    default: return vector_unary_handler(opcode, a, to);
  }
}

}  // namespace shallop::interpreter
