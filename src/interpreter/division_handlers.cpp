// SPDX-License-Identifier: Apache-2.0
// Division and remainder by a constant: where the processor's division takes dozens of cycles, a multiplication and
// some shifts take less than ten.
#include <type_traits>

#include "interpreter/handlers.hpp"
#include "interpreter/operation.hpp"
#include "interpreter/reciprocal.hpp"

namespace shallop::interpreter {
namespace {

constexpr bool is_remainder(Opcode opcode) {
  return opcode == Opcode::i32_rem_s || opcode == Opcode::i32_rem_u || opcode == Opcode::i64_rem_s ||
         opcode == Opcode::i64_rem_u;
}

constexpr bool is_signed(Opcode opcode) {
  return opcode == Opcode::i32_div_s || opcode == Opcode::i32_rem_s || opcode == Opcode::i64_div_s ||
         opcode == Opcode::i64_rem_s;
}

template <Opcode opcode, From from, To to>
SHALLOP_HANDLER Completion divide(SHALLOP_HANDLER_PARAMETERS) {
  using T = typename Operation<opcode>::Operand;
  using Dividend = std::conditional_t<is_signed(opcode), std::make_signed_t<T>, T>;
  const T a = operand<T, from>(pc, fp, acc, facc, 1);
  T value = static_cast<T>(quotient(static_cast<Dividend>(a), {.multiplier = pc[2], .shift = field(pc, 2)}));
  if constexpr (is_remainder(opcode)) value = a - value * read_slot<T>(pc + 3);
  result<to>(value, pc, fp, acc, facc);
  SHALLOP_NEXT_OR_RETURN(T, to, is_remainder(opcode) ? 4 : 3);
}

template <Opcode opcode, From from>
Handler divide_form(To to) {
  if (to == To::caller) return divide<opcode, from, To::caller>;
  return to == To::acc ? divide<opcode, from, To::acc> : divide<opcode, from, To::slot>;
}

template <Opcode opcode>
Handler divide_form(From a, To to) {
  if (a == From::imm) return nullptr;
  return a == From::acc ? divide_form<opcode, From::acc>(to) : divide_form<opcode, From::slot>(to);
}

}  // namespace

Handler divide_by_constant_handler(Opcode opcode, From a, To to) {
  switch (opcode) {
#define SHALLOP_BINARY_TRAPPING(code, id, text, operand, result) \
  case Opcode::id: return divide_form<Opcode::id>(a, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

}  // namespace shallop::interpreter
