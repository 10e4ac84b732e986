// SPDX-License-Identifier: Apache-2.0
#include "interpreter/lowering.hpp"

namespace shallop::interpreter {

void Lowering::throw_(TagIndex tag) {
  if (!reachable_) return;
  const CallSlots slots = pass_arguments(module_.types[module_.tag_types[tag.value].type.value]);
  builder_.emit(throw_handler(), pack(0, slots.arguments, 0, 0), {tag.value});
  become_unreachable();
}

void Lowering::throw_ref() {
  if (!reachable_) return;
  const uint32_t reference = place_popped();
  builder_.emit(throw_ref_handler(), pack(0, reference, 0, 0));
  become_unreachable();
}

// An exception finds what a branch to its label would find: operands below the label's in their slots, all locals in
// theirs, and nothing in the accumulators. No instruction of the body may become one with an instruction outside of it.
void Lowering::try_table(BlockType type, CatchClauses clauses) {
  if (!reachable_) return skip_block();
  enter(Frame::Kind::block, type);
  builder_.flush();
  builder_.forget_accumulators();
  frames_.back().clauses = clauses;
  frames_.back().first_word = static_cast<uint32_t>(builder_.position());
}

void Lowering::add_catch_handlers() {
  builder_.flush();
  builder_.forget_accumulators();
  const Frame of = frames_.back();
  if (of.first_word == builder_.position()) return;
  for (const CatchClause clause : of.clauses) add_catch_handler(of, clause);
}

// Labels are counted from outside of the try_table, which is the innermost frame.
void Lowering::add_catch_handler(const Frame& of, const CatchClause& clause) {
  Frame& to = target({clause.label.value + 1});
  uint32_t slots = clause.with_reference ? 1 : 0;
  if (clause.tag) slots += slots_of(module_.types[module_.tag_types[clause.tag->value].type.value].parameters);
  builder_.reserve_slots(to.label_slot() + slots);
  catch_handlers_.push_back({.first_word = of.first_word,
                             .end_word = static_cast<uint32_t>(builder_.position()),
                             .tag = clause.tag ? clause.tag->value : CatchHandler::all_tags,
                             .target = static_cast<uint32_t>(to.loop_position),
                             .slot = static_cast<uint16_t>(to.label_slot()),
                             .with_reference = clause.with_reference});
  next_catch_.push_back(none);
  if (to.kind == Frame::Kind::loop) return;
  next_catch_.back() = to.first_catch;
  to.first_catch = catch_handlers_.size() - 1;
}

void Lowering::bind_catches(const Frame& frame) {
  for (size_t i = frame.first_catch; i != none; i = next_catch_[i]) {
    catch_handlers_[i].target = static_cast<uint32_t>(builder_.position());
  }
}

void Lowering::emit_return_of_caught() {
  if (frames_.back().first_catch == none) return;
  bind_catches(frames_.back());
  builder_.truncate(0);
  builder_.forget_accumulators();
  for (const ValueType each : type_.results) builder_.push_stored(each);
  emit_return();
}

}  // namespace shallop::interpreter
