// SPDX-License-Identifier: Apache-2.0
#include "interpreter/fusion.hpp"

#include <bit>
#include <utility>

#include "interpreter/comparison.hpp"
#include "interpreter/fused_handlers.hpp"

namespace shallop::interpreter {
namespace {

using Computation = FunctionBuilder::Computation;

template <class Narrow>
bool fits(const Operand& operand) {
  if (operand.kind != Operand::Kind::constant) return true;
  const int64_t value =
      operand.type == ValueType::i32 ? static_cast<int32_t>(operand.bits) : static_cast<int64_t>(operand.bits);
  return !is_float(operand.type) && value == static_cast<Narrow>(value);
}

// What stands for `operand` in a 16-bit field or in half a word: a slot, the low bits of an immediate, or nothing.
uint32_t encoded(const Operand& operand, From from) {
  if (from == From::slot) return operand.slot;
  return from == From::imm ? static_cast<uint32_t>(operand.bits) : 0;
}

Word halves(uint32_t low, uint32_t high) { return Word{low} | Word{high} << 32; }

// The same with an immediate of 32 bits.
bool fuse_wide_chain(FunctionBuilder& builder, const Computation& inner, Opcode outer, Side side, const Operand& x) {
  const auto [opcode, a, b, offset, indexed] = inner;
  if (!fits<int32_t>(b)) return false;
  const From from_a = builder.source_before(a);
  const From from_b = builder.source_before(b);
  const From from_x = builder.source_before(x);
  const ResultForms forms{wide_chain_handler(opcode, outer, side, from_a, from_b, from_x, To::acc),
                          wide_chain_handler(opcode, outer, side, from_a, from_b, from_x, To::slot)};
  if (forms.acc == nullptr) return false;
  builder.absorb();
  builder.emit_result(numeric_type(outer).result, forms, pack(0, encoded(a, from_a), 0, 0),
                      halves(encoded(b, from_b), encoded(x, from_x)));
  return true;
}

bool fuse_chain(FunctionBuilder& builder, const Computation& inner, Opcode outer, Side side, const Operand& x) {
  const auto [opcode, a, b, offset, indexed] = inner;
  if (!fits<int16_t>(b)) return fuse_wide_chain(builder, inner, outer, side, x);
  if (!fits<int16_t>(x)) return false;
  const From from_a = builder.source_before(a);
  const From from_b = builder.source_before(b);
  const From from_x = builder.source_before(x);
  const ResultForms forms{chain_handler(opcode, outer, side, from_a, from_b, from_x, To::acc),
                          chain_handler(opcode, outer, side, from_a, from_b, from_x, To::slot)};
  if (forms.acc == nullptr) return false;
  builder.absorb();
  builder.emit_result(numeric_type(outer).result, forms,
                      pack(0, encoded(x, from_x) & 0xFFFF, encoded(a, from_a), encoded(b, from_b) & 0xFFFF));
  return true;
}

bool fuse_indexed(FunctionBuilder& builder, const Computation& load, Opcode outer, Side side, const Operand& x) {
  const From from_a = builder.source_before(load.a);
  const From from_b = builder.source_before(load.b);
  const From from_x = builder.source_before(x);
  const ResultForms forms{load_sum_operate_handler(load.opcode, outer, side, from_a, from_b, from_x, To::acc),
                          load_sum_operate_handler(load.opcode, outer, side, from_a, from_b, from_x, To::slot)};
  if (forms.acc == nullptr) return false;
  const Word payload = pack_upper(0, encoded(load.a, from_a), load.offset);
  const Word operands = halves(encoded(load.b, from_b), encoded(x, from_x));
  builder.absorb();
  builder.emit_result(numeric_type(outer).result, forms, payload, operands);
  return true;
}

bool fuse_loaded(FunctionBuilder& builder, const Computation& load, Opcode outer, Side side, const Operand& x) {
  if (!fits<int32_t>(x)) return false;
  const From from_address = builder.source_before(load.a);
  const From from_x = builder.source_before(x);
  const ResultForms forms{load_operate_handler(load.opcode, outer, side, from_address, from_x, To::acc),
                          load_operate_handler(load.opcode, outer, side, from_address, from_x, To::slot),
                          load_operate_handler(load.opcode, outer, side, from_address, from_x, To::caller)};
  if (forms.acc == nullptr) return false;
  const Word payload = pack_upper(0, encoded(load.a, from_address), load.offset);
  builder.absorb();
  builder.emit_result(numeric_type(outer).result, forms, payload, encoded(x, from_x));
  return true;
}

bool fuse_inner(FunctionBuilder& builder, const Computation& inner, Opcode outer, Side side, const Operand& x) {
  if (inner.indexed) return fuse_indexed(builder, inner, outer, side, x);
  return fuse_chain(builder, inner, outer, side, x) || fuse_loaded(builder, inner, outer, side, x);
}

// The sum that `address` is, if it may be part of an access.
const Computation* address_sum(const FunctionBuilder& builder, const Operand& address) {
  const Computation* sum = builder.absorbable(address);
  return sum != nullptr && sum->opcode == Opcode::i32_add && sum->a.kind != Operand::Kind::constant ? sum : nullptr;
}

// A load whose address was loaded last.
bool fuse_load_of_loaded(FunctionBuilder& builder, Opcode load, const Operand& address, uint32_t offset) {
  const Computation* first = builder.absorbable(address);
  if (first == nullptr || first->opcode != Opcode::i32_load || first->indexed) return false;
  const From from = builder.source_before(first->a);
  const ResultForms forms{load_load_handler(load, from, To::acc), load_load_handler(load, from, To::slot),
                          load_load_handler(load, from, To::caller)};
  if (forms.acc == nullptr) return false;
  const Word payload = pack_upper(0, encoded(first->a, from), offset);
  const Word first_offset = first->offset;
  builder.absorb();
  builder.emit_result(access_type(load).value, forms, payload, first_offset);
  return true;
}

// A store of what was computed last, be it a local's new value or a value that nobody else needs.
bool fuse_store_of_computed(FunctionBuilder& builder, Opcode store, const Operand& address, const Operand& value,
                            uint32_t offset) {
  const Computation* update = builder.absorbable_update(value);
  const Computation* inner = update != nullptr ? update : builder.absorbable(value);
  if (inner == nullptr || address.kind == Operand::Kind::constant || !fits<int32_t>(inner->b)) return false;
  // The address is read before the local gets its new value.
  if (update != nullptr && address.slot == value.slot) return false;
  const auto [opcode, a, b, unused, indexed] = *inner;
  const To to = update != nullptr ? To::slot : To::acc;
  const From from_a = builder.source_before(a);
  const From from_b = builder.source_before(b);
  const From from_address = builder.source_before(address);
  const Handler handler = operate_store_handler(opcode, store, from_a, from_b, from_address, to);
  if (handler == nullptr) return false;
  builder.absorb();
  if (to == To::slot) builder.flush();
  builder.emit(handler, pack_upper(to == To::slot ? value.slot : 0, encoded(a, from_a), offset),
               halves(encoded(b, from_b), encoded(address, from_address)));
  if (to == To::slot) builder.note_update(value.type, value.slot);
  return true;
}

// Whether the instruction emitted last reads `global`, and `operand` is its value that nobody else needs.
bool is_global(const FunctionBuilder& builder, const Operand& operand, GlobalIndex global) {
  const Computation* read = builder.absorbable(operand);
  return read != nullptr && read->opcode == Opcode::global_get && read->offset == global.value;
}

}  // namespace

bool fuse_operation(FunctionBuilder& builder, Opcode outer, const Operand& a, const Operand& b) {
  if (const Computation* inner = builder.absorbable(a)) return fuse_inner(builder, *inner, outer, Side::left, b);
  if (const Computation* inner = builder.absorbable(b)) {
    return fuse_inner(builder, *inner, outer, is_commutative(outer) ? Side::left : Side::right, a);
  }
  return false;
}

bool fuse_load(FunctionBuilder& builder, Opcode load, const Operand& address, uint32_t offset) {
  const Computation* sum = address_sum(builder, address);
  if (sum == nullptr) return fuse_load_of_loaded(builder, load, address, offset);
  const auto [opcode, a, b, unused, indexed] = *sum;
  const From from_a = builder.source_before(a);
  const From from_b = builder.source_before(b);
  const ResultForms forms{load_sum_handler(load, from_a, from_b, To::acc),
                          load_sum_handler(load, from_a, from_b, To::slot),
                          load_sum_handler(load, from_a, from_b, To::caller)};
  if (forms.acc == nullptr) return false;
  builder.absorb();
  builder.emit_computation({.opcode = load, .a = a, .b = b, .offset = offset, .indexed = true}, access_type(load).value,
                           forms, pack_upper(0, encoded(a, from_a), offset), encoded(b, from_b));
  return true;
}

bool fuse_store(FunctionBuilder& builder, Opcode store, const Operand& address, const Operand& value, uint32_t offset) {
  const Computation* sum = address_sum(builder, address);
  if (sum == nullptr) return fuse_store_of_computed(builder, store, address, value, offset);
  const auto [opcode, a, b, unused, indexed] = *sum;
  const From from_a = builder.source_before(a);
  const From from_b = builder.source_before(b);
  const From from_value = builder.source_before(value);
  const Handler handler = store_sum_handler(store, from_value, from_a, from_b);
  if (handler == nullptr) return false;
  builder.absorb();
  const Word payload = pack_upper(from_value == From::slot ? value.slot : 0, encoded(a, from_a), offset);
  if (from_value != From::imm)
    builder.emit(handler, payload, encoded(b, from_b));
  else if (value.type != ValueType::v128)
    builder.emit(handler, payload, {encoded(b, from_b), value.bits});
  else
    builder.emit(handler, payload, {encoded(b, from_b), value.bits, value.more_bits});
  return true;
}

bool fuse_select(FunctionBuilder& builder) {
  const Computation* comparison = builder.absorbable(builder.top());
  if (comparison == nullptr || !is_comparison(comparison->opcode)) return false;
  const ValueType type = builder.top(1).type;
  if (accumulator_of(type) != Accumulator::integer) return false;
  auto [compare, a, b, offset, indexed] = *comparison;
  if (builder.source_before(b) == From::acc) {
    std::swap(a, b);
    compare = with_swapped_operands(compare);
  }
  const From from_a = builder.source_before(a);
  const From from_b = builder.source_before(b);
  if (from_b == From::acc || !fits<int32_t>(b)) return false;
  const ResultForms forms{compare_select_handler(compare, from_a, from_b, To::acc),
                          compare_select_handler(compare, from_a, from_b, To::slot)};
  if (forms.acc == nullptr) return false;
  builder.pop();
  builder.absorb();
  const Operand if_false = builder.pop();
  const Operand if_true = builder.pop();
  const uint32_t true_slot = builder.place(if_true);
  const uint32_t false_slot = builder.place(if_false);
  builder.emit_result(type, forms, pack(0, true_slot, false_slot, encoded(a, from_a)), encoded(b, from_b));
  return true;
}

bool fuse_global_set(FunctionBuilder& builder, GlobalIndex global, const Operand& value) {
  const Computation* update = builder.absorbable_update(value);
  const Computation* inner = update != nullptr ? update : builder.absorbable(value);
  if (inner == nullptr || inner->b.kind != Operand::Kind::constant) return false;
  const auto [opcode, a, b, offset, indexed] = *inner;
  const To to = update != nullptr ? To::slot : To::acc;
  const From from = builder.source_before(a);
  const Handler handler = operate_global_set_handler(opcode, from, to);
  if (handler == nullptr) return false;
  builder.absorb();
  const auto immediate = static_cast<uint32_t>(b.bits);
  const uint32_t target = to == To::slot ? value.slot : 0;
  if (is_global(builder, a, global)) {
    builder.absorb();
    builder.flush();
    builder.emit(global_move_handler(opcode, to), pack_upper(target, 0, immediate), global.value);
    if (to == To::acc) builder.note_overwritten(value.type);
  } else {
    if (to == To::slot) builder.flush();
    const size_t position = builder.emit(handler, pack_upper(target, encoded(a, from), immediate), global.value);
    if (to == To::acc) builder.note_before_return(position, opcode, from);
  }
  if (to == To::slot) builder.note_update(value.type, value.slot);
  return true;
}

bool fuse_return(FunctionBuilder& builder, const Operand* value) {
  Returned returned = Returned::nothing;
  if (value != nullptr) {
    const Accumulator accumulator = accumulator_of(value->type);
    if (accumulator == Accumulator::vector) return false;
    const bool is_integer = accumulator == Accumulator::integer;
    if (builder.source(*value) == From::acc)
      returned = is_integer ? Returned::integer_acc : Returned::float_acc;
    else
      returned = is_integer ? Returned::integer_slot : Returned::float_slot;
  }
  const FunctionBuilder::BeforeReturn* last = builder.before_return();
  if (last == nullptr) return false;
  const Handler handler = operate_global_set_return_handler(last->opcode, last->a, returned);
  if (handler == nullptr) return false;
  builder.word(last->position) = std::bit_cast<Word>(handler);
  if (value != nullptr) builder.word(last->position + 1) |= value->slot;
  return true;
}

std::optional<size_t> fuse_branch(FunctionBuilder& builder, Opcode compare, const Operand& a, const Operand& b) {
  const Computation* update = builder.absorbable_update(a);
  const Computation* inner = update != nullptr ? update : builder.absorbable(a);
  if (inner == nullptr || inner->indexed || !fits<int32_t>(b)) return std::nullopt;
  // The right operand is read from its slot: it must not be what the computation would push out of the accumulator.
  if (builder.source_before(b) == From::acc) return std::nullopt;
  const Computation computation = *inner;
  const To to = update != nullptr ? To::slot : To::acc;
  const From from_a = builder.source_before(computation.a);
  const From from_c = b.kind == Operand::Kind::constant ? From::imm : From::slot;
  const From from_b = builder.source_before(computation.b);
  Handler handler = nullptr;
  uint32_t low = encoded(computation.b, from_b);
  if (fits<int32_t>(computation.b)) {
    handler = operate_branch_handler(computation.opcode, compare, from_a, from_b, from_c, to);
  }
  if (handler == nullptr) {
    handler = load_branch_handler(computation.opcode, compare, from_a, from_c, to);
    low = computation.offset;
  }
  if (handler == nullptr) return std::nullopt;
  builder.absorb();
  builder.flush();
  const size_t branch =
      builder.emit(handler, pack_upper(to == To::slot ? a.slot : 0, encoded(computation.a, from_a), 0),
                   halves(low, encoded(b, from_c)));
  if (to == To::slot)
    builder.note_update(a.type, a.slot);
  else
    builder.note_overwritten(a.type);
  return branch;
}

}  // namespace shallop::interpreter
