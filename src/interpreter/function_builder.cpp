// SPDX-License-Identifier: Apache-2.0
#include "interpreter/function_builder.hpp"

#include <algorithm>
#include <bit>

namespace shallop::interpreter {

// --- Operand stack ---

void FunctionBuilder::set_operand_base(uint32_t slot) {
  next_slot_ = slot;
  reserve_slots(slot);
}

void FunctionBuilder::push(Operand operand) {
  note_write(next_slot_);  // whatever an accumulator holds of that slot was popped
  operand.own_slot = next_slot_;
  if (operand.kind == Operand::Kind::temporary) operand.slot = next_slot_;
  next_slot_ += slots_of(operand.type);
  reserve_slots(next_slot_);
  operands_.push_back(operand);
}

void FunctionBuilder::push_local(ValueType type, uint32_t slot) {
  if (operands_.size() - settled_ >= lazy_operands_max) settle(0);
  push({.kind = Operand::Kind::local, .type = type, .slot = slot});
}

void FunctionBuilder::push_constant(ValueType type, uint64_t bits, uint64_t more_bits) {
  push({.kind = Operand::Kind::constant, .type = type, .bits = bits, .more_bits = more_bits});
}

void FunctionBuilder::push_stored(ValueType type) { push({.kind = Operand::Kind::temporary, .type = type}); }

Operand FunctionBuilder::pop() {
  Operand operand = operands_.back();
  operands_.pop_back();
  next_slot_ = operand.own_slot;
  settled_ = std::min(settled_, operands_.size());
  return operand;
}

void FunctionBuilder::truncate(size_t height) {
  if (height >= operands_.size()) return;
  next_slot_ = operands_[height].own_slot;
  operands_.resize(height);
  settled_ = std::min(settled_, height);
}

void FunctionBuilder::reserve_slots(uint32_t end) { frame_slots_ = std::max(frame_slots_, end); }

// --- Where operands are ---

bool FunctionBuilder::holds(const Operand& operand) const {
  return operand.kind != Operand::Kind::constant && held(operand.type).slot == operand.slot;
}

From FunctionBuilder::source(const Operand& operand) const {
  if (operand.kind == Operand::Kind::constant) return From::imm;
  return holds(operand) ? From::acc : From::slot;
}

From FunctionBuilder::register_source(const Operand& operand) {
  if (operand.kind == Operand::Kind::constant) {
    place(operand);
    return From::slot;
  }
  return source(operand);
}

uint32_t FunctionBuilder::place(const Operand& operand) {
  if (operand.kind == Operand::Kind::constant) {
    emit_constant(operand, operand.own_slot);
    note_write(operand.own_slot);
    return operand.own_slot;
  }
  if (holds(operand)) store(held(operand.type));
  return operand.slot;
}

void FunctionBuilder::store(Held& held) {
  if (held.stored) return;
  words_[held.producer] = std::bit_cast<Word>(held.forms.slot);
  held.stored = true;
}

// A value that nobody stored is a temporary; it is still wanted if its slot is below the top of the stack.
void FunctionBuilder::flush(Held& held) {
  if (!held.stored && held.slot < next_slot_) store(held);
}

void FunctionBuilder::flush() {
  for (Held& each : held_) flush(each);
}

void FunctionBuilder::forget_accumulators() {
  for (Held& each : held_) each = {};
  copies_at_end_ = {};
  before_return_ = {};
}

void FunctionBuilder::note_write(uint32_t slot) {
  for (Held& each : held_) {
    if (each.slot == slot) each = {};
  }
}

void FunctionBuilder::settle(size_t forced) {
  const size_t first_forced = operands_.size() - forced;
  settle_from(std::min(settled_, first_forced), first_forced);
  settled_ = operands_.size();
}

void FunctionBuilder::settle_top(size_t count) { settle_from(operands_.size() - count, operands_.size() - count); }

void FunctionBuilder::settle_from(size_t first, size_t first_forced) {
  flush();
  for (size_t i = first; i < operands_.size(); ++i) {
    Operand& operand = operands_[i];
    if (operand.kind == Operand::Kind::local) {
      emit_copy(operand.type, operand.own_slot, operand.slot);
      note_write(operand.own_slot);
    } else if (operand.kind == Operand::Kind::constant && i >= first_forced) {
      place(operand);
    } else {
      continue;
    }
    operand.kind = Operand::Kind::temporary;
    operand.slot = operand.own_slot;
  }
}

// Up to four copies that follow each other are one instruction; those of a v128 stay alone.
void FunctionBuilder::emit_copy(ValueType type, uint32_t target, uint32_t source) {
  if (type == ValueType::v128) {
    emit(copy_vector_handler(), pack(target, source, 0, 0));
    return;
  }
  Copies& copies = copies_at_end_;
  if (copies.end != words_.size() || copies.count == most_copies) {
    copies = {.position = emit(copy_handler(1), pack(target, source, 0, 0)), .end = words_.size(), .count = 1};
    return;
  }
  if (copies.count % 2 == 0)
    words_.push_back(pack(target, source, 0, 0));
  else
    words_.back() |= pack(0, 0, target, source);
  ++copies.count;
  copies.end = words_.size();
  words_[copies.position] = std::bit_cast<Word>(copy_handler(copies.count));
}

void FunctionBuilder::emit_constant(const Operand& constant, uint32_t target) {
  const Handler handler = constant.type == ValueType::v128 ? vector_constant_handler() : constant_handler();
  emit(handler, pack(target, 0, 0, 0), words_of(constant));
}

// --- Emission ---

size_t FunctionBuilder::emit(Handler handler, Word payload, MoreWords more) {
  const size_t position = words_.size();
  words_.push_back(std::bit_cast<Word>(handler));
  words_.push_back(payload);
  words_.insert(words_.end(), more.words, more.words + more.count);
  return position;
}

size_t FunctionBuilder::emit_result(ValueType type, ResultForms forms, Word payload, MoreWords more) {
  Held& target = held(type);
  flush(target);
  const size_t position = emit(forms.acc, payload | Word{next_slot_ & 0xFFFF}, more);
  push({.kind = Operand::Kind::temporary, .type = type});
  target = {.slot = operands_.back().slot, .stored = false, .producer = position, .end = words_.size(), .forms = forms};
  return position;
}

std::pair<unsigned, Word> FunctionBuilder::take_copies(unsigned most) {
  const Copies copies = copies_at_end_;
  if (copies.end != words_.size() || copies.count > most) return {0, 0};
  const Word fields = words_[copies.position + 1];
  words_.resize(copies.position);
  copies_at_end_ = {};
  return {copies.count, fields};
}

void FunctionBuilder::push_call_results(std::span<const ValueType> results, size_t call) {
  forget_accumulators();
  for (ValueType each : results) push_stored(each);
  if (results.size() != 1 || results[0] == ValueType::v128) return;
  held(results[0]) = {.slot = operands_.back().slot, .producer = call, .end = words_.size()};
}

void FunctionBuilder::set_upper_half(size_t instruction, uint32_t value) {
  Word& payload = words_[instruction + 1];
  payload = (payload & 0xFFFF'FFFF) | Word{value} << 32;
}

void FunctionBuilder::set_table_entry(size_t instruction, uint32_t index, uint32_t value) {
  Word& word = words_[instruction + 2 + index / 2];
  const unsigned shift = index % 2 * 32;
  word = (word & ~(Word{0xFFFF'FFFF} << shift)) | Word{value} << shift;
}

void FunctionBuilder::release_local(uint32_t slot) {
  for (size_t i = settled_; i < operands_.size(); ++i) {
    Operand& operand = operands_[i];
    if (operand.kind != Operand::Kind::local || operand.slot != slot) continue;
    emit_copy(operand.type, operand.own_slot, slot);
    note_write(operand.own_slot);
    operand.kind = Operand::Kind::temporary;
    operand.slot = operand.own_slot;
  }
}

bool FunctionBuilder::is_pending(uint32_t slot) const {
  return std::any_of(operands_.begin() + static_cast<ptrdiff_t>(settled_), operands_.end(),
                     [&](const Operand& each) { return each.kind == Operand::Kind::local && each.slot == slot; });
}

// What was emitted last reads no slot that the copies write: those belong to operands that were below its own already.
void FunctionBuilder::release_local_before_last(Held& result, uint32_t slot) {
  const size_t position = result.producer;
  const bool is_computation = is_last(recent_[0]) && recent_[0].position == position;
  const std::vector<Word> last(words_.begin() + static_cast<ptrdiff_t>(position), words_.end());
  words_.resize(position);
  release_local(slot);
  const size_t added = words_.size() - position;
  words_.insert(words_.end(), last.begin(), last.end());
  result.producer += added;
  result.end = words_.size();
  if (!is_computation) return;
  recent_[0].position = result.producer;
  recent_[0].end = result.end;
}

std::optional<size_t> FunctionBuilder::set_local(uint32_t slot) {
  const Operand value = pop();
  if (value.kind == Operand::Kind::local && value.slot == slot) return std::nullopt;
  Held& accumulator = held(value.type);
  std::optional<size_t> moved_from;
  if (holds(value) && accumulator.end == words_.size() && is_pending(slot)) {
    moved_from = accumulator.producer;
    release_local_before_last(accumulator, slot);
  } else {
    release_local(slot);
  }
  if (!holds(value)) {
    emit_move(value, slot);
    note_write(slot);
    return std::nullopt;
  }
  if (accumulator.end == words_.size()) {
    // The value was made by the last instruction: let that write the local.
    words_[accumulator.producer + 1] = (words_[accumulator.producer + 1] & ~Word{0xFFFF}) | slot;
    store(accumulator);
  } else {
    emit(store_accumulator_handler(accumulator_of(value.type)), pack(slot, 0, 0, 0));
  }
  const Held moved{.slot = slot};
  note_write(slot);
  accumulator = moved;
  return moved_from;
}

void FunctionBuilder::emit_move(const Operand& operand, uint32_t target) {
  if (operand.kind == Operand::Kind::constant) {
    emit_constant(operand, target);
  } else if (holds(operand)) {
    emit(store_accumulator_handler(accumulator_of(operand.type)), pack(target, 0, 0, 0));
  } else {
    emit_copy(operand.type, target, operand.slot);
  }
}

bool FunctionBuilder::return_last(const Operand& value) {
  const Held& result = held(value.type);
  if (!holds(value) || result.stored || result.end != words_.size() || result.forms.caller == nullptr) return false;
  words_[result.producer] = std::bit_cast<Word>(result.forms.caller);
  return true;
}

bool FunctionBuilder::move_operands(size_t count, uint32_t target, bool emit_moves) {
  flush();
  bool moved = false;
  for (size_t i = operands_.size() - count; i < operands_.size(); ++i) {
    const Operand& operand = operands_[i];
    const bool in_place = operand.kind == Operand::Kind::temporary && operand.slot == target;
    if (!in_place) {
      moved = true;
      if (emit_moves) emit_move(operand, target);
    }
    target += slots_of(operand.type);
  }
  return moved;
}

// --- Computations ---

void FunctionBuilder::emit_computation(const Computation& computation, ValueType type, ResultForms forms, Word payload,
                                       MoreWords more) {
  recent_[1] = recent_[0];
  Emitted emitted{.computation = computation, .held_before = {held_[0], held_[1]}};
  emitted.position = emit_result(type, forms, payload, more);
  emitted.end = words_.size();
  recent_[0] = emitted;
}

const FunctionBuilder::Computation* FunctionBuilder::absorbable(const Operand& operand) const {
  const Emitted& last = recent_[0];
  if (!is_last(last) || operand.kind != Operand::Kind::temporary || !holds(operand)) return nullptr;
  const Held& result = held(operand.type);
  return !result.stored && result.producer == last.position ? &last.computation : nullptr;
}

const FunctionBuilder::Computation* FunctionBuilder::absorbable_update(const Operand& operand) const {
  const Emitted& last = recent_[0];
  if (!is_last(last) || operand.kind != Operand::Kind::local || !holds(operand)) return nullptr;
  return (words_[last.position + 1] & 0xFFFF) == operand.slot ? &last.computation : nullptr;
}

From FunctionBuilder::source_before(const Operand& operand) const {
  if (operand.kind == Operand::Kind::constant) return From::imm;
  const Held& before = recent_[0].held_before[held_index(operand.type)];
  return before.slot == operand.slot ? From::acc : From::slot;
}

void FunctionBuilder::absorb() {
  words_.resize(recent_[0].position);
  for (size_t i = 0; i < 2; ++i) {
    held_[i] = recent_[0].held_before[i];
    if (!held_[i].stored) words_[held_[i].producer] = std::bit_cast<Word>(held_[i].forms.acc);
  }
  recent_[0] = recent_[1];
  recent_[1] = {};
}

void FunctionBuilder::widen_last() {
  operands_.back().type = ValueType::i64;
  recent_[0] = {};
}

void FunctionBuilder::note_update(ValueType type, uint32_t slot) {
  note_write(slot);
  held(type) = {.slot = slot};
}

void FunctionBuilder::note_overwritten(ValueType type) { held(type) = {}; }

}  // namespace shallop::interpreter
