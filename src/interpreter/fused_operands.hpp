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

// The operations as they are for either width.
constexpr Opcode as_i32(Opcode opcode) {
  constexpr int distance = static_cast<int>(Opcode::i64_add) - static_cast<int>(Opcode::i32_add);
  const bool is_wide = opcode >= Opcode::i64_add && opcode <= Opcode::i64_rotr;
  return is_wide ? static_cast<Opcode>(static_cast<int>(opcode) - distance) : opcode;
}

// Whether programs compute `outer` of `inner` when they hash, mix, scale or index; other pairs are not worth their
// code.
constexpr bool is_chained(Opcode inner, Opcode outer) {
  if (!is_chained(inner) || !is_chained(outer) || numeric_type(inner).operand != numeric_type(outer).operand)
    return false;
  const Opcode first = as_i32(inner);
  switch (as_i32(outer)) {
    case Opcode::i32_mul:
      return first == Opcode::i32_add || first == Opcode::i32_sub || first == Opcode::i32_and ||
             first == Opcode::i32_xor || first == Opcode::i32_shr_s;
    case Opcode::i32_shl:
      return first == Opcode::i32_add || first == Opcode::i32_sub || first == Opcode::i32_and ||
             first == Opcode::i32_shr_u;
    case Opcode::i32_shr_s: return first == Opcode::i32_sub || first == Opcode::i32_shl;
    case Opcode::i32_shr_u:
      return first == Opcode::i32_add || first == Opcode::i32_sub || first == Opcode::i32_and ||
             first == Opcode::i32_xor || first == Opcode::i32_mul;
    case Opcode::i32_rotl: return first == Opcode::i32_add || first == Opcode::i32_xor;
    case Opcode::i32_add:
    case Opcode::i32_xor: return true;
    default: return first != Opcode::i32_rotl;
  }
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
