// SPDX-License-Identifier: Apache-2.0
#include "interpreter/handlers.hpp"
#include "interpreter/operation.hpp"

namespace shallop::interpreter {
namespace {

template <class T>
T word_immediate(const Word* pc) {
  return read_slot<T>(pc + 2);
}

template <class T, From from>
T condition_operand(const Word* pc, const Slot* fp, uint64_t acc, Vector facc, unsigned slot_field) {
  if constexpr (from == From::imm)
    return word_immediate<T>(pc);
  else
    return operand<T, from>(pc, fp, acc, facc, slot_field);
}

// Two exits with a dispatch each: the processor predicts each of the two jumps by itself.
template <Opcode opcode, From from_a, From from_b, bool when>
SHALLOP_HANDLER Completion compare_branch(SHALLOP_HANDLER_PARAMETERS) {
  using Op = Operation<opcode>;
  const auto a = condition_operand<typename Op::Operand, from_a>(pc, fp, acc, facc, 0);
  const auto b = condition_operand<typename Op::Operand, from_b>(pc, fp, acc, facc, 1);
  if (Op::function(a, b) == when) {
    pc = branch_target(pc);
    SHALLOP_DISPATCH();
  }
  SHALLOP_NEXT(from_b == From::imm ? 3 : 2);
}

template <From from, bool when>
SHALLOP_HANDLER Completion branch_if(SHALLOP_HANDLER_PARAMETERS) {
  if ((operand<uint32_t, from>(pc, fp, acc, facc, 0) != 0) == when) {
    pc = branch_target(pc);
    SHALLOP_DISPATCH();
  }
  SHALLOP_NEXT(2);
}

SHALLOP_HANDLER Completion branch(SHALLOP_HANDLER_PARAMETERS) {
  pc = branch_target(pc);
  SHALLOP_DISPATCH();
}

template <From from>
SHALLOP_HANDLER Completion branch_table(SHALLOP_HANDLER_PARAMETERS) {
  const uint32_t labels = upper_half(pc);
  uint32_t index = operand<uint32_t, from>(pc, fp, acc, facc, 0);
  if (index > labels) index = labels;
  int32_t distance;
  std::memcpy(&distance, reinterpret_cast<const char*>(pc + 2) + size_t{4} * index, sizeof distance);
  pc = reinterpret_cast<const Word*>(reinterpret_cast<const char*>(pc) + distance);
  SHALLOP_DISPATCH();
}

template <Opcode opcode, bool when>
Handler compare_branch_form(From a, From b) {
  using enum From;
  if (a == slot && b == slot) return compare_branch<opcode, slot, slot, when>;
  if (a == slot && b == acc) return compare_branch<opcode, slot, acc, when>;
  if (a == slot && b == imm) return compare_branch<opcode, slot, imm, when>;
  if (a == acc && b == slot) return compare_branch<opcode, acc, slot, when>;
  if (a == acc && b == imm) return compare_branch<opcode, acc, imm, when>;
  if (a == acc && b == acc) return compare_branch<opcode, acc, acc, when>;
  return nullptr;
}

}  // namespace

Handler compare_branch_handler(Opcode compare, From a, From b, bool when) {
  switch (compare) {
#define SHALLOP_COMPARE(code, id, text, operand, result) \
  case Opcode::id: \
    return when ? compare_branch_form<Opcode::id, true>(a, b) : compare_branch_form<Opcode::id, false>(a, b);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler branch_if_handler(From a, bool when) {
  if (a == From::acc) return when ? branch_if<From::acc, true> : branch_if<From::acc, false>;
  return when ? branch_if<From::slot, true> : branch_if<From::slot, false>;
}

Handler branch_handler() { return branch; }

Handler branch_table_handler(From index) {
  return index == From::acc ? branch_table<From::acc> : branch_table<From::slot>;
}

}  // namespace shallop::interpreter
