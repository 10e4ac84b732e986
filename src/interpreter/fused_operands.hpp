// SPDX-License-Identifier: Apache-2.0
// What the handlers of superinstructions share: which operations take part, and how their operands are encoded.
#pragma once

#include "interpreter/instruction.hpp"
#include "wasm/opcode.hpp"

namespace shallop::interpreter {

// Which operations take part. Total ones only: a trap must name one instruction.
constexpr bool is_chained(Opcode opcode) {
  switch (opcode) {
    case Opcode::i32_add:
    case Opcode::i32_sub:
    case Opcode::i32_mul:
    case Opcode::i32_and:
    case Opcode::i32_or:
    case Opcode::i32_xor:
    case Opcode::i32_shl:
    case Opcode::i32_shr_s:
    case Opcode::i32_shr_u:
    case Opcode::i32_rotl:
    case Opcode::i64_add:
    case Opcode::i64_sub:
    case Opcode::i64_mul:
    case Opcode::i64_and:
    case Opcode::i64_or:
    case Opcode::i64_xor:
    case Opcode::i64_shl:
    case Opcode::i64_shr_s:
    case Opcode::i64_shr_u:
    case Opcode::i64_rotl:
    case Opcode::f32_add:
    case Opcode::f32_sub:
    case Opcode::f32_mul:
    case Opcode::f64_add:
    case Opcode::f64_sub:
    case Opcode::f64_mul: return true;
    default: return false;
  }
}

// Whether programs hash, mix, scale or index by `outer` of `inner`; other pairs are not worth their code.
constexpr bool is_chained(Opcode inner, Opcode outer) {
  if (!is_chained(inner) || !is_chained(outer) || numeric_type(inner).operand != numeric_type(outer).operand)
    return false;
  const auto is_product = [](Opcode opcode) { return opcode == Opcode::i32_mul || opcode == Opcode::i64_mul; };
  const auto is_rotation = [](Opcode opcode) { return opcode == Opcode::i32_rotl || opcode == Opcode::i64_rotl; };
  const auto is_sum = [](Opcode opcode) {
    return opcode == Opcode::i32_add || opcode == Opcode::i32_sub || opcode == Opcode::i64_add ||
           opcode == Opcode::i64_sub;
  };
  const auto is_exclusive_or = [](Opcode opcode) { return opcode == Opcode::i32_xor || opcode == Opcode::i64_xor; };
  if (is_product(outer)) return is_sum(inner) || is_exclusive_or(inner);
  if (is_rotation(outer)) return is_sum(inner) || is_exclusive_or(inner) || is_product(inner);
  return true;
}

// --- Fields ---

template <class T, From from>
inline T narrow_operand(const Word* pc, const Slot* fp, uint64_t acc, Vector facc, unsigned slot_field) {
  if constexpr (from == From::imm)
    return static_cast<T>(static_cast<int16_t>(field(pc, slot_field)));
  else
    return operand<T, from>(pc, fp, acc, facc, slot_field);
}

// Half `half` of word 2: a slot's number, or an immediate.
template <class T, From from>
inline T half_operand(const Word* pc, const Slot* fp, uint64_t acc, Vector facc, unsigned half) {
  uint32_t bits;
  std::memcpy(&bits, reinterpret_cast<const char*>(pc + 2) + size_t{4} * half, sizeof bits);
  if constexpr (from == From::slot)
    return read_slot<T>(fp + bits);
  else if constexpr (from == From::acc)
    return operand<T, from>(pc, fp, acc, facc, 0);
  else
    return static_cast<T>(static_cast<int64_t>(static_cast<int32_t>(bits)));
}

}  // namespace shallop::interpreter
