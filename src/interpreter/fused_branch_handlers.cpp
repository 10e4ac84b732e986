// SPDX-License-Identifier: Apache-2.0
// An operation or load, and the comparison and branch that its result decides, in one handler; a comparison and what it
// selects.
#include "interpreter/fused_handlers.hpp"
#include "interpreter/fused_operands.hpp"
#include "interpreter/memory_access.hpp"
#include "interpreter/operation.hpp"

namespace shallop::interpreter {
namespace {

// Those that clang makes of loop counters and of bit tests.
constexpr bool is_before_branch(Opcode opcode) {
  return opcode == Opcode::i32_add || opcode == Opcode::i32_sub || opcode == Opcode::i32_and ||
         opcode == Opcode::i64_add || opcode == Opcode::i64_and;
}

constexpr bool is_load_before_branch(Opcode opcode) {
  return opcode == Opcode::i32_load || opcode == Opcode::i32_load8_u || opcode == Opcode::i32_load8_s ||
         opcode == Opcode::i32_load16_u || opcode == Opcode::i32_load16_s;
}

template <Opcode inner, Opcode compare, From from_a, From from_b, From from_c, To to>
SHALLOP_HANDLER Completion operate_branch(SHALLOP_HANDLER_PARAMETERS) {
  using T = typename Operation<inner>::Operand;
  const T a = operand<T, from_a>(pc, fp, acc, facc, 1);
  const T b = half_operand<T, from_b>(pc, fp, acc, facc, 0);
  result<to>(T(Operation<inner>::function(a, b)), pc, fp, acc, facc);
  if (Operation<compare>::function(static_cast<T>(acc), half_operand<T, from_c>(pc, fp, acc, facc, 1))) {
    pc = branch_target(pc);
    SHALLOP_DISPATCH();
  }
  SHALLOP_NEXT(3);
}

template <Opcode load, Opcode compare, From from_address, From from_c, To to>
SHALLOP_HANDLER Completion load_branch(SHALLOP_HANDLER_PARAMETERS) {
  const auto offset = read_slot<uint32_t>(pc + 2);
  const uint64_t address = uint64_t{operand<uint32_t, from_address>(pc, fp, acc, facc, 1)} + offset;
  const auto loaded = load_guarded<load>(memory + address);
  SHALLOP_ACCESS_DONE(pc);
  result<to>(loaded, pc, fp, acc, facc);
  if (Operation<compare>::function(static_cast<uint32_t>(acc), half_operand<uint32_t, from_c>(pc, fp, acc, facc, 1))) {
    pc = branch_target(pc);
    SHALLOP_DISPATCH();
  }
  SHALLOP_NEXT(3);
}

template <Opcode compare, From from_a, From from_b, To to>
SHALLOP_HANDLER Completion compare_select(SHALLOP_HANDLER_PARAMETERS) {
  using T = typename Operation<compare>::Operand;
  const T a = operand<T, from_a>(pc, fp, acc, facc, 3);
  const T b = half_operand<T, from_b>(pc, fp, acc, facc, 0);
  const Slot if_true = fp[field(pc, 1)];
  const Slot if_false = fp[field(pc, 2)];
  result<to>(Operation<compare>::function(a, b) != 0 ? if_true : if_false, pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <Opcode compare, To to>
Handler compare_select_form(From a, From b) {
  using enum From;
  if (a == slot && b == slot) return compare_select<compare, slot, slot, to>;
  if (a == slot && b == imm) return compare_select<compare, slot, imm, to>;
  if (a == acc && b == slot) return compare_select<compare, acc, slot, to>;
  if (a == acc && b == imm) return compare_select<compare, acc, imm, to>;
  return nullptr;
}

template <Opcode inner, Opcode compare, To to>
Handler operate_branch_form(From a, From b, From c) {
  using enum From;
  if (a == slot && b == imm && c == imm) return operate_branch<inner, compare, slot, imm, imm, to>;
  if (a == slot && b == imm && c == slot) return operate_branch<inner, compare, slot, imm, slot, to>;
  if (a == acc && b == imm && c == imm) return operate_branch<inner, compare, acc, imm, imm, to>;
  if (a == acc && b == imm && c == slot) return operate_branch<inner, compare, acc, imm, slot, to>;
  if (a == slot && b == slot && c == imm) return operate_branch<inner, compare, slot, slot, imm, to>;
  if (a == slot && b == slot && c == slot) return operate_branch<inner, compare, slot, slot, slot, to>;
  if (a == acc && b == slot && c == imm) return operate_branch<inner, compare, acc, slot, imm, to>;
  if (a == acc && b == slot && c == slot) return operate_branch<inner, compare, acc, slot, slot, to>;
  return nullptr;
}

template <Opcode inner>
Handler operate_branch_form(Opcode compare, From a, From b, From c, To to) {
  if constexpr (is_before_branch(inner)) {
    switch (compare) {
#define SHALLOP_COMPARE(code, id, text, operand_type, result) \
  case Opcode::id: \
    if constexpr (ValueType::operand_type == numeric_type(inner).operand) { \
      return to == To::acc ? operate_branch_form<inner, Opcode::id, To::acc>(a, b, c) \
                           : operate_branch_form<inner, Opcode::id, To::slot>(a, b, c); \
    } else { \
      return nullptr; \
    }
#include "wasm/opcodes.def"
      default: return nullptr;
    }
  }
  return nullptr;
}

template <Opcode load, Opcode compare, To to>
Handler load_branch_form(From address, From c) {
  using enum From;
  if (address == slot && c == imm) return load_branch<load, compare, slot, imm, to>;
  if (address == slot && c == slot) return load_branch<load, compare, slot, slot, to>;
  if (address == acc && c == imm) return load_branch<load, compare, acc, imm, to>;
  if (address == acc && c == slot) return load_branch<load, compare, acc, slot, to>;
  return nullptr;
}

template <Opcode load>
Handler load_branch_form(Opcode compare, From address, From c, To to) {
  if constexpr (is_load_before_branch(load)) {
    switch (compare) {
#define SHALLOP_COMPARE(code, id, text, operand_type, result) \
  case Opcode::id: \
    if constexpr (ValueType::operand_type == ValueType::i32) { \
      return to == To::acc ? load_branch_form<load, Opcode::id, To::acc>(address, c) \
                           : load_branch_form<load, Opcode::id, To::slot>(address, c); \
    } else { \
      return nullptr; \
    }
#include "wasm/opcodes.def"
      default: return nullptr;
    }
  }
  return nullptr;
}

}  // namespace

Handler compare_select_handler(Opcode compare, From a, From b, To to) {
  switch (compare) {
#define SHALLOP_COMPARE(code, id, text, operand_type, result) \
  case Opcode::id: \
    if constexpr (!is_float(ValueType::operand_type)) { \
      return to == To::acc ? compare_select_form<Opcode::id, To::acc>(a, b) \
                           : compare_select_form<Opcode::id, To::slot>(a, b); \
    } else { \
      return nullptr; \
    }
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler operate_branch_handler(Opcode inner, Opcode compare, From a, From b, From c, To to) {
  switch (inner) {
#define SHALLOP_BINARY(code, id, text, operand, result) \
  case Opcode::id: return operate_branch_form<Opcode::id>(compare, a, b, c, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler load_branch_handler(Opcode load, Opcode compare, From address, From c, To to) {
  switch (load) {
#define SHALLOP_LOAD(code, id, text, result, size_bytes) \
  case Opcode::id: return load_branch_form<Opcode::id>(compare, address, c, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

}  // namespace shallop::interpreter
