// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <bit>
#include <utility>

#include "interpreter/comparison.hpp"
#include "interpreter/fusion.hpp"
#include "interpreter/lowering.hpp"

namespace shallop::interpreter {

void Lowering::constant(ValueType type, uint64_t bits) {
  if (reachable_) builder_.push_constant(type, bits);
}

void Lowering::unary(Opcode opcode) {
  if (!reachable_) return;
  if (opcode == Opcode::i32_eqz) return not_or_compare_with_zero();
  if (opcode == Opcode::i64_eqz) return compare_with_zero(Opcode::i64_eq);
  if ((opcode == Opcode::i64_extend_i32_u || opcode == Opcode::i64_extend_i32_s) && widen_truth()) return;
  const Operand a = builder_.pop();
  const From from = builder_.register_source(a);
  builder_.emit_result(numeric_type(opcode).result,
                       {unary_handler(opcode, from, To::acc), unary_handler(opcode, from, To::slot)},
                       pack(0, index_field(a, from), 0, 0));
}

void Lowering::binary(Opcode opcode) {
  if (!reachable_) return;
  Operand b = builder_.pop();
  Operand a = builder_.pop();
  if (is_commutative(opcode) && left_is_better_right(a, b)) std::swap(a, b);
  if (fuse_operation(builder_, opcode, a, b)) return;
  emit_binary(opcode, a, b);
}

void Lowering::compare(Opcode opcode) {
  if (!reachable_) return;
  Operand b = builder_.pop();
  Operand a = builder_.pop();
  emit_comparison(opcode, a, b);
}

void Lowering::v128_const(VectorBits bits) {
  if (reachable_) builder_.push_constant(ValueType::v128, bits[0], bits[1]);
}

void Lowering::ternary(Opcode opcode) {
  if (!reachable_) return;
  const Operand c = builder_.pop();
  const Operand b = builder_.pop();
  const Operand a = builder_.pop();
  const From from_a = builder_.register_source(a);
  const From from_b = builder_.register_source(b);
  const From from_c = builder_.register_source(c);
  builder_.emit_result(numeric_type(opcode).result,
                       {vector_ternary_handler(opcode, from_a, from_b, from_c, To::acc),
                        vector_ternary_handler(opcode, from_a, from_b, from_c, To::slot)},
                       pack(0, index_field(a, from_a), index_field(b, from_b), index_field(c, from_c)));
}

void Lowering::i8x16_shuffle(ShuffleLanes lanes) {
  if (!reachable_) return;
  const Operand b = builder_.pop();
  const Operand a = builder_.pop();
  const From from_a = builder_.register_source(a);
  const From from_b = builder_.register_source(b);
  const auto indices = std::bit_cast<std::array<Word, 2>>(lanes);
  builder_.emit_result(ValueType::v128,
                       {shuffle_handler(from_a, from_b, To::acc), shuffle_handler(from_a, from_b, To::slot)},
                       pack(0, index_field(a, from_a), index_field(b, from_b), 0), {indices[0], indices[1]});
}

void Lowering::extract_lane(Opcode opcode, LaneIndex lane) {
  if (!reachable_) return;
  const uint32_t vector = place_popped();
  builder_.emit_result(lane_type(opcode).value,
                       {extract_lane_handler(opcode, To::acc), extract_lane_handler(opcode, To::slot)},
                       pack(0, vector, lane.value, 0));
}

void Lowering::replace_lane(Opcode opcode, LaneIndex lane) {
  if (!reachable_) return;
  const Operand value = builder_.pop();
  const Operand vector = builder_.pop();
  const From from_vector = builder_.register_source(vector);
  const From from_value = builder_.register_source(value);
  builder_.emit_result(ValueType::v128,
                       {replace_lane_handler(opcode, from_vector, from_value, To::acc),
                        replace_lane_handler(opcode, from_vector, from_value, To::slot)},
                       pack(0, index_field(vector, from_vector), index_field(value, from_value), lane.value));
}

uint32_t Lowering::index_field(const Operand& operand, From from) const {
  if (from != From::slot) return 0;
  return operand.kind == Operand::Kind::constant ? operand.own_slot : operand.slot;
}

bool Lowering::left_is_better_right(const Operand& a, const Operand& b) const {
  return a.kind == Operand::Kind::constant || (builder_.source(b) == From::acc && builder_.source(a) == From::slot);
}

bool Lowering::fits_immediate(const Operand& constant) {
  if (constant.type != ValueType::i64) return true;
  const auto value = static_cast<int64_t>(constant.bits);
  return value == static_cast<int32_t>(value);
}

Lowering::BinaryForm Lowering::binary_form(const Operand& a, const Operand& b) {
  From from_a = builder_.source(a);
  From from_b = builder_.source(b);
  if (from_b == From::imm && !fits_immediate(b)) from_b = builder_.register_source(b);
  const bool can_be_left = a.type != ValueType::v128 && fits_immediate(a);
  if (from_a == From::imm && (from_b == From::imm || !can_be_left)) from_a = builder_.register_source(a);
  if (from_a != From::imm && from_b != From::imm) {
    return {from_a, from_b, pack(0, index_field(a, from_a), index_field(b, from_b), 0), {}};
  }
  const Operand& immediate = from_a == From::imm ? a : b;
  const Operand& other = from_a == From::imm ? b : a;
  const uint32_t field = index_field(other, from_a == From::imm ? from_b : from_a);
  if (immediate.type == ValueType::f64 || immediate.type == ValueType::v128) {
    return {from_a, from_b, pack(0, field, 0, 0), words_of(immediate)};
  }
  return {from_a, from_b, pack_upper(0, field, static_cast<uint32_t>(immediate.bits)), {}};
}

void Lowering::emit_comparison(Opcode opcode, Operand a, Operand b) {
  if (a.kind == Operand::Kind::constant && b.kind != Operand::Kind::constant) {
    std::swap(a, b);
    opcode = with_swapped_operands(opcode);
  }
  emit_binary(opcode, a, b);
}

void Lowering::emit_binary(Opcode opcode, const Operand& a, const Operand& b) {
  const BinaryForm form = binary_form(a, b);
  builder_.emit_computation(
      {.opcode = opcode, .a = a, .b = b}, numeric_type(opcode).result,
      {binary_handler(opcode, form.a, form.b, To::acc), binary_handler(opcode, form.a, form.b, To::slot),
       binary_handler(opcode, form.a, form.b, To::caller)},
      form.payload, form.more);
}

void Lowering::compare_with_zero(Opcode equal) {
  const Operand a = builder_.pop();
  const ValueType type = numeric_type(equal).operand;
  // An immediate on the right needs no slot of its own.
  emit_comparison(equal, a, {.kind = Operand::Kind::constant, .type = type});
}

bool Lowering::widen_truth() {
  const FunctionBuilder::Computation* computation = builder_.absorbable(builder_.top());
  if (computation == nullptr || !is_comparison(computation->opcode)) return false;
  builder_.widen_last();
  return true;
}

void Lowering::not_or_compare_with_zero() {
  const FunctionBuilder::Computation* computation = builder_.absorbable(builder_.top());
  if (computation != nullptr && is_comparison(computation->opcode)) {
    const auto [opcode, a, b, offset, indexed] = *computation;
    if (const auto inverted = inverse(opcode)) {
      builder_.pop();
      builder_.absorb();
      return emit_comparison(*inverted, a, b);
    }
  }
  compare_with_zero(Opcode::i32_eq);
}

}  // namespace shallop::interpreter
