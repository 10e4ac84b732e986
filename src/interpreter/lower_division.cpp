// SPDX-License-Identifier: Apache-2.0
// Division and remainder, whose divisor is a constant in most programs.
#include <bit>

#include "interpreter/fusion.hpp"
#include "interpreter/lowering.hpp"
#include "interpreter/reciprocal.hpp"

namespace shallop::interpreter {
namespace {

struct Division {
  bool is_signed;
  bool is_remainder;
  Opcode power_of_two;  // what it is by a power of two, if unsigned
  Reciprocal (*reciprocal)(uint64_t);
};

Division division_of(Opcode opcode) {
  switch (opcode) {
    case Opcode::i32_div_s: return {true, false, opcode, reciprocal<int32_t>};
    case Opcode::i32_div_u: return {false, false, Opcode::i32_shr_u, reciprocal<uint32_t>};
    case Opcode::i32_rem_s: return {true, true, opcode, reciprocal<int32_t>};
    case Opcode::i32_rem_u: return {false, true, Opcode::i32_and, reciprocal<uint32_t>};
    case Opcode::i64_div_s: return {true, false, opcode, reciprocal<int64_t>};
    case Opcode::i64_div_u: return {false, false, Opcode::i64_shr_u, reciprocal<uint64_t>};
    case Opcode::i64_rem_s: return {true, true, opcode, reciprocal<int64_t>};
    default: return {false, true, Opcode::i64_and, reciprocal<uint64_t>};
  }
}

int64_t as_signed(const Operand& constant) {
  return constant.type == ValueType::i32 ? static_cast<int32_t>(constant.bits) : static_cast<int64_t>(constant.bits);
}

uint64_t magnitude(int64_t value) { return value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value); }

}  // namespace

void Lowering::binary_trapping(Opcode opcode) {
  if (!reachable_) return;
  const Operand& divisor = builder_.top();
  if (divisor.kind != Operand::Kind::constant) return binary(opcode);
  const Division division = division_of(opcode);
  const uint64_t size = division.is_signed ? magnitude(as_signed(divisor)) : divisor.bits;
  if (size < 2) return binary(opcode);  // 0, 1 and -1: the first traps, the last may
  divide_by_constant(opcode, size);
}

void Lowering::divide_by_constant(Opcode opcode, uint64_t size) {
  const Division division = division_of(opcode);
  Operand divisor = builder_.pop();
  const Operand a = builder_.pop();
  if (!division.is_signed && std::has_single_bit(size)) {
    divisor.bits = division.is_remainder ? size - 1 : static_cast<uint64_t>(std::countr_zero(size));
    if (!fuse_operation(builder_, division.power_of_two, a, divisor)) emit_binary(division.power_of_two, a, divisor);
    return;
  }
  const From from = builder_.register_source(a);
  const auto [multiplier, shift] = division.reciprocal(size);
  const MoreWords more = division.is_remainder ? MoreWords(multiplier, size) : MoreWords(multiplier);
  builder_.emit_result(
      a.type,
      {divide_by_constant_handler(opcode, from, To::acc), divide_by_constant_handler(opcode, from, To::slot),
       divide_by_constant_handler(opcode, from, To::caller)},
      pack(0, index_field(a, from), shift, 0), more);
  if (division.is_signed && !division.is_remainder && as_signed(divisor) < 0) {
    const Operand zero{.kind = Operand::Kind::constant, .type = a.type};
    emit_binary(a.type == ValueType::i32 ? Opcode::i32_sub : Opcode::i64_sub, zero, builder_.pop());
  }
}

}  // namespace shallop::interpreter
