// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <unordered_map>

#include "interpreter/comparison.hpp"
#include "interpreter/fusion.hpp"
#include "interpreter/lowering.hpp"

namespace shallop::interpreter {

void Lowering::unreachable() {
  if (!reachable_) return;
  builder_.emit(unreachable_handler(), 0);
  become_unreachable();
}

void Lowering::block(BlockType type) {
  if (!reachable_) return skip_block();
  enter(Frame::Kind::block, type);
}

void Lowering::loop(BlockType type) {
  if (!reachable_) return skip_block();
  enter(Frame::Kind::loop, type);
  builder_.forget_accumulators();
  frames_.back().loop_position = builder_.position();
}

void Lowering::if_(BlockType type) {
  if (!reachable_) return skip_block();
  const Condition condition = take_condition();
  enter(Frame::Kind::if_, type);
  frames_.back().else_branch = emit_branch_if(condition, false);
}

void Lowering::else_() {
  if (skipped_blocks_ != 0) return;
  Frame& frame = frames_.back();
  if (reachable_) {
    builder_.move_operands(frame.results.size(), frame.base_slot);
    add_fixup(frame, builder_.emit(branch_handler(), 0));
  }
  bind(frame.else_branch);
  frame.else_branch = none;
  locals_.forget_assigned_since(frame.assigned_mark);
  builder_.truncate(frame.base_height);
  for (ValueType each : frame.parameters) builder_.push_stored(each);
  reachable_ = true;
}

void Lowering::end() {
  if (skipped_blocks_ != 0) {
    --skipped_blocks_;
    return;
  }
  if (!frames_.back().clauses.empty()) add_catch_handlers();
  Frame& frame = frames_.back();
  if (frame.kind == Frame::Kind::function) {
    if (reachable_) emit_return();
    emit_return_of_caught();
    frames_.pop_back();
    return;
  }
  // A branch to a loop's label goes to its start: its end is reached from above only. Without else, a false condition
  // passes the parameters on as results: they are in place.
  const bool else_arrives = frame.else_branch != none;
  const bool branches_arrive = frame.first_fixup != none || frame.first_catch != none;
  if (else_arrives || branches_arrive) {
    if (reachable_) builder_.move_operands(frame.results.size(), frame.base_slot);
    if (else_arrives) bind(frame.else_branch);
    bind_fixups(frame);
    locals_.forget_assigned_since(frame.assigned_mark);
  }
  if (else_arrives || branches_arrive || !reachable_) {
    builder_.truncate(frame.base_height);
    for (ValueType each : frame.results) builder_.push_stored(each);
  }
  reachable_ = reachable_ || else_arrives || branches_arrive;
  frames_.pop_back();
}

void Lowering::br(LabelIndex label) {
  if (!reachable_) return;
  emit_branch(label);
  become_unreachable();
}

void Lowering::br_if(LabelIndex label) {
  if (!reachable_) return;
  const Condition condition = take_condition();
  Frame& frame = target(label);
  if (frame.kind != Frame::Kind::function && !builder_.move_operands(frame.label_arity(), frame.label_slot(), false)) {
    // Values that the label takes are in place, once they are stored.
    const size_t branch = emit_branch_if(condition, true);
    if (frame.kind == Frame::Kind::loop)
      set_distance(branch, frame.loop_position);
    else
      add_fixup(frame, branch);
    return;
  }
  builder_.flush();
  const size_t around = emit_branch_if(condition, false);
  emit_branch(label);
  set_distance(around, builder_.position());
}

void Lowering::br_table(LabelTable labels) {
  if (!reachable_) return;
  const Operand index = builder_.pop();
  const From from = builder_.register_source(index);
  builder_.flush();
  const size_t table =
      builder_.emit(branch_table_handler(from), pack_upper(index_field(index, from), 0, labels.size()));
  for (uint32_t i = 0; i < labels.size() / 2 + 1; ++i) builder_.append_word(0);
  // Labels that need their values moved are reached through a piece of code behind the table, one for each label.
  std::unordered_map<uint32_t, size_t> trampolines;
  uint32_t entry = 0;
  auto add_label = [&](LabelIndex label) {
    Frame& frame = target(label);
    if (frame.kind != Frame::Kind::function &&
        !builder_.move_operands(frame.label_arity(), frame.label_slot(), false)) {
      if (frame.kind == Frame::Kind::loop)
        set_entry(table, entry, frame.loop_position);
      else
        add_fixup(frame, table, entry);
    } else {
      const auto [known, is_new] = trampolines.try_emplace(label.value, builder_.position());
      if (is_new) emit_branch(label);
      set_entry(table, entry, known->second);
    }
    ++entry;
  };
  for (LabelIndex label : labels) add_label(label);
  add_label(labels.default_label());
  become_unreachable();
}

void Lowering::return_() {
  if (!reachable_) return;
  emit_return();
  become_unreachable();
}

void Lowering::call(FuncIndex function) {
  if (!reachable_) return;
  const FuncType& callee = type_of(function);
  const CallSlots slots = pass_arguments(callee);
  size_t call = 0;
  if (function.value < module_.imported_functions) {
    call =
        builder_.emit(call_import_handler(), pack(slots.arguments, slots.arguments, slots.beyond, 0), {function.value});
  } else {
    FunctionCode& code = module_code_.function(access_, function.value - module_.imported_functions);
    const auto [copies, fields] = builder_.take_copies(most_call_copies);
    call = emit_call(call_handler(copies), pack(slots.arguments, slots.arguments, 0, 0), {std::bit_cast<Word>(&code)},
                     copies, fields);
  }
  builder_.push_call_results(callee.results, call);
}

void Lowering::call_indirect(TypeIndex type, TableIndex table) {
  if (!reachable_) return;
  const FuncType& callee = module_.types[type.value];
  const Operand index = builder_.pop();
  const From from = builder_.register_source(index);
  const CallSlots slots = pass_arguments(callee);
  const auto [copies, fields] = builder_.take_copies(most_call_copies);
  const size_t call = emit_call(call_indirect_handler(from, copies, next_replica()),
                                pack(slots.arguments, slots.arguments, index_field(index, from), slots.beyond),
                                {std::bit_cast<Word>(canonical(callee)), table.value}, copies, fields);
  builder_.push_call_results(callee.results, call);
}

size_t Lowering::emit_call(Handler handler, Word payload, MoreWords more, unsigned copies, Word fields) {
  const size_t call = builder_.emit(handler, payload, more);
  if (copies != 0) builder_.append_word(fields);
  return call;
}

void Lowering::return_call(FuncIndex function) {
  if (!reachable_) return;
  const Word payload = pass_to_tail_call(type_of(function), 0);
  if (function.value < module_.imported_functions) {
    builder_.emit(return_call_import_handler(), payload, {function.value});
  } else {
    FunctionCode& code = module_code_.function(access_, function.value - module_.imported_functions);
    builder_.emit(return_call_handler(), payload, {std::bit_cast<Word>(&code)});
  }
  become_unreachable();
}

void Lowering::return_call_indirect(TypeIndex type, TableIndex table) {
  if (!reachable_) return;
  const FuncType& callee = module_.types[type.value];
  const Operand index = builder_.pop();
  const From from = builder_.register_source(index);
  const Word payload = pass_to_tail_call(callee, index_field(index, from));
  builder_.emit(return_call_indirect_handler(from), payload, {std::bit_cast<Word>(canonical(callee)), table.value});
  become_unreachable();
}

Word Lowering::pass_to_tail_call(const FuncType& callee, uint32_t index) {
  const CallSlots slots = pass_arguments(callee);
  return pack(index, slots.arguments, slots_of(callee.parameters), slots.beyond - slots.arguments);
}

const FuncType& Lowering::type_of(FuncIndex function) const {
  return module_.types[module_.function_types[function.value].value];
}

void Lowering::become_unreachable() {
  reachable_ = false;
  builder_.truncate(frames_.back().base_height);
  builder_.forget_accumulators();
}

void Lowering::enter(Frame::Kind kind, BlockType type) {
  const auto parameters = type.parameters(module_);
  builder_.settle(parameters.size());
  const size_t base_height = builder_.height() - parameters.size();
  const uint32_t base_slot = parameters.empty() ? builder_.next_slot() : builder_.own_slot(base_height);
  frames_.push_back({.kind = kind,
                     .parameters = parameters,
                     .results = type.results(module_),
                     .base_height = base_height,
                     .base_slot = base_slot,
                     .assigned_mark = locals_.mark()});
}

void Lowering::set_distance(size_t branch, size_t position) {
  builder_.set_upper_half(branch, distance(branch, position));
}

void Lowering::set_entry(size_t table, uint32_t entry, size_t position) {
  builder_.set_table_entry(table, entry, distance(table, position));
}

uint32_t Lowering::distance(size_t from, size_t to) {
  const auto words = static_cast<int64_t>(to) - static_cast<int64_t>(from);
  return static_cast<uint32_t>(static_cast<int32_t>(words * int64_t{sizeof(Word)}));
}

void Lowering::add_fixup(Frame& frame, size_t instruction, size_t entry) {
  fixups_.push_back({.instruction = instruction, .entry = entry, .next = frame.first_fixup});
  frame.first_fixup = fixups_.size() - 1;
}

void Lowering::bind(size_t branch) {
  set_distance(branch, builder_.position());
  builder_.forget_accumulators();
}

void Lowering::bind_fixups(const Frame& frame) {
  for (size_t i = frame.first_fixup; i != none; i = fixups_[i].next) {
    const Fixup& fixup = fixups_[i];
    if (fixup.entry == none)
      set_distance(fixup.instruction, builder_.position());
    else
      set_entry(fixup.instruction, static_cast<uint32_t>(fixup.entry), builder_.position());
  }
  bind_catches(frame);
  builder_.forget_accumulators();
}

Lowering::Condition Lowering::take_condition() {
  const Operand value = builder_.pop();
  const FunctionBuilder::Computation* computation = builder_.absorbable(value);
  if (computation == nullptr || !is_comparison(computation->opcode))
    return {.comparison = std::nullopt, .value = value};
  const FunctionBuilder::Computation comparison = *computation;
  builder_.absorb();
  return {.comparison = comparison, .value = value};
}

size_t Lowering::emit_branch_if(const Condition& condition, bool when) {
  if (!condition.comparison) {
    const Operand zero{.kind = Operand::Kind::constant, .type = ValueType::i32};
    const Opcode compare = when ? Opcode::i32_ne : Opcode::i32_eq;
    if (const auto branch = fuse_branch(builder_, compare, condition.value, zero)) return *branch;
    const From from = builder_.register_source(condition.value);
    builder_.flush();
    return builder_.emit(branch_if_handler(from, when), pack(index_field(condition.value, from), 0, 0, 0));
  }
  const auto& [opcode, a, b, offset, indexed] = *condition.comparison;
  if (const auto compare = when ? opcode : inverse(opcode)) {
    if (const auto branch = fuse_branch(builder_, *compare, a, b)) return *branch;
    if (const auto branch = fuse_branch(builder_, with_swapped_operands(*compare), b, a)) return *branch;
  }
  const From from_a = builder_.register_source(a);
  const From from_b = builder_.source(b);
  builder_.flush();
  const Handler handler = compare_branch_handler(opcode, from_a, from_b, when);
  const Word payload = pack(index_field(a, from_a), index_field(b, from_b), 0, 0);
  return from_b == From::imm ? builder_.emit(handler, payload, {b.bits}) : builder_.emit(handler, payload);
}

void Lowering::emit_branch(LabelIndex label) {
  Frame& frame = target(label);
  if (frame.kind == Frame::Kind::function) return emit_return();
  builder_.move_operands(frame.label_arity(), frame.label_slot());
  const size_t branch = builder_.emit(branch_handler(), 0);
  if (frame.kind == Frame::Kind::loop)
    set_distance(branch, frame.loop_position);
  else
    add_fixup(frame, branch);
}

void Lowering::emit_return() {
  const size_t count = type_.results.size();
  if (count == 0) {
    if (!fuse_return(builder_, nullptr)) builder_.emit(return_nothing_handler(), 0);
  } else if (count == 1 && builder_.top().kind != Operand::Kind::constant) {
    const Operand& value = builder_.top();
    if (builder_.return_last(value) || fuse_return(builder_, &value)) return;
    const From from = builder_.source(value);
    builder_.emit(return_one_handler(from, accumulator_of(value.type)), pack(0, value.slot, 0, 0));
  } else {
    const uint32_t first = builder_.own_slot(builder_.height() - count);
    builder_.move_operands(count, first);
    if (count == 1) {
      builder_.emit(return_one_handler(From::slot, accumulator_of(builder_.top().type)), pack(0, first, 0, 0));
    } else {
      builder_.emit(return_many_handler(), pack(0, first, slots_of(type_.results), 0));
    }
  }
  // The caller's frame has room for the results: they replace the parameters.
  builder_.reserve_slots(slots_of(type_.results));
}

Lowering::CallSlots Lowering::pass_arguments(const FuncType& callee) {
  const size_t count = callee.parameters.size();
  builder_.settle_top(count);
  builder_.flush();
  for (size_t i = 0; i < count; ++i) builder_.pop();
  const uint32_t arguments = builder_.next_slot();
  const uint32_t beyond = arguments + std::max(slots_of(callee.parameters), slots_of(callee.results));
  builder_.reserve_slots(beyond);
  return {.arguments = arguments, .beyond = beyond};
}

}  // namespace shallop::interpreter
