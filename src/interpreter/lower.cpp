// SPDX-License-Identifier: Apache-2.0
#include "interpreter/lower.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <span>

#include "binary/instructions.hpp"
#include "interpreter/comparison.hpp"
#include "interpreter/function_builder.hpp"
#include "interpreter/fusion.hpp"
#include "interpreter/local_slots.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop::interpreter {
namespace {

// A visitor of visit_instructions. Code that cannot be reached is skipped; only its nesting is followed.
class Lowering {
 public:
  Lowering(const ModuleCode& module_code, uint32_t defined_index, MemoryAccess access,
           std::vector<InstructionPlace>* places)
      : module_code_(module_code),
        module_(*module_code.module()),
        function_(module_.functions[defined_index]),
        type_(module_.types[function_.type.value]),
        access_(access),
        places_(places),
        locals_(type_, function_) {
    builder_.set_operand_base(locals_.end());
    // Room for zeroing locals, used if it turns out to be needed.
    builder_.emit(zero_slots_handler(), 0);
    frames_.push_back({.kind = Frame::Kind::function,
                       .parameters = {},
                       .results = type_.results,
                       .base_height = 0,
                       .base_slot = builder_.next_slot()});
  }

  LoweredFunction finish() {
    const auto [first, count] = locals_.zeroed_range();
    if (count != 0) builder_.word(1) = pack(first, count, 0, 0);
    if (builder_.frame_slots() > limits::frame_slots) {
      throw ValidationError(function_.body.offset,
                            fmt::format("a function needs {} slots for its locals and operands, more than {}",
                                        builder_.frame_slots(), limits::frame_slots));
    }
    return {.words = builder_.take_words(), .first_word = count != 0 ? 0u : 2u, .frame_slots = builder_.frame_slots()};
  }

  void at(size_t offset) {
    if (places_ != nullptr && reachable_) {
      while (!places_->empty() && places_->back().word >= builder_.position()) places_->pop_back();
      places_->push_back({static_cast<uint32_t>(builder_.position()), offset});
    }
  }

  // --- Control ---

  void nop() {}

  void unreachable() {
    if (!reachable_) return;
    builder_.emit(unreachable_handler(), 0);
    become_unreachable();
  }

  void block(BlockType type) {
    if (!reachable_) return skip_block();
    enter(Frame::Kind::block, type);
  }

  void loop(BlockType type) {
    if (!reachable_) return skip_block();
    enter(Frame::Kind::loop, type);
    builder_.forget_accumulators();
    frames_.back().loop_position = builder_.position();
  }

  void if_(BlockType type) {
    if (!reachable_) return skip_block();
    const Condition condition = take_condition();
    enter(Frame::Kind::if_, type);
    frames_.back().else_branch = emit_branch_if(condition, false);
  }

  void else_() {
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

  void end() {
    if (skipped_blocks_ != 0) {
      --skipped_blocks_;
      return;
    }
    Frame& frame = frames_.back();
    if (frame.kind == Frame::Kind::function) {
      if (reachable_) emit_return();
      frames_.pop_back();
      return;
    }
    // A branch to a loop's label goes to its start: its end is reached from above only. Without else, a false condition
    // passes the parameters on as results: they are in place.
    const bool else_arrives = frame.else_branch != none;
    const bool branches_arrive = frame.first_fixup != none;
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

  void br(LabelIndex label) {
    if (!reachable_) return;
    emit_branch(label);
    become_unreachable();
  }

  void br_if(LabelIndex label) {
    if (!reachable_) return;
    const Condition condition = take_condition();
    Frame& frame = target(label);
    if (frame.kind != Frame::Kind::function && !builder_.move_operands(frame.label_arity(), frame.label_slot(), false)) {
      // Values that the label takes are in place, once they are stored.
      const size_t branch = emit_branch_if(condition, true);
      if (frame.kind == Frame::Kind::loop) set_distance(branch, frame.loop_position);
      else add_fixup(frame, branch);
      return;
    }
    builder_.flush();
    const size_t around = emit_branch_if(condition, false);
    emit_branch(label);
    set_distance(around, builder_.position());
  }

  void br_table(LabelTable labels) {
    if (!reachable_) return;
    const Operand index = builder_.pop();
    const From from = builder_.register_source(index);
    builder_.flush();
    const size_t table =
        builder_.emit(branch_table_handler(from), pack_upper(index_field(index, from), 0, labels.size()));
    for (uint32_t i = 0; i < labels.size() / 2 + 1; ++i) builder_.append_word(0);
    // Labels that need their values moved are reached through a piece of code behind the table, one for each label.
    std::vector<std::pair<uint32_t, size_t>> trampolines;
    uint32_t entry = 0;
    auto add_label = [&](LabelIndex label) {
      Frame& frame = target(label);
      if (frame.kind != Frame::Kind::function &&
          !builder_.move_operands(frame.label_arity(), frame.label_slot(), false)) {
        if (frame.kind == Frame::Kind::loop) set_entry(table, entry, frame.loop_position);
        else add_fixup(frame, table, entry);
      } else {
        size_t code = SIZE_MAX;
        for (const auto& [known, position] : trampolines) {
          if (known == label.value) code = position;
        }
        if (code == SIZE_MAX) {
          code = builder_.position();
          trampolines.emplace_back(label.value, code);
          emit_branch(label);
        }
        set_entry(table, entry, code);
      }
      ++entry;
    };
    for (LabelIndex label : labels) add_label(label);
    add_label(labels.default_label());
    become_unreachable();
  }

  void return_() {
    if (!reachable_) return;
    emit_return();
    become_unreachable();
  }

  void call(FuncIndex function) {
    if (!reachable_) return;
    const FuncType& callee = type_of(function);
    const CallSlots slots = pass_arguments(callee);
    if (function.value < module_.imported_functions) {
      builder_.emit(call_import_handler(), pack(0, slots.arguments, slots.beyond, 0), {function.value});
    } else {
      FunctionCode& code = module_code_.function(access_, function.value - module_.imported_functions);
      builder_.emit(call_handler(), pack(0, slots.arguments, slots.header, 0), {std::bit_cast<Word>(&code)});
    }
    builder_.push_call_results(callee.results);
  }

  void call_indirect(TypeIndex type, TableIndex table) {
    if (!reachable_) return;
    const FuncType& callee = module_.types[type.value];
    const Operand index = builder_.pop();
    const From from = builder_.register_source(index);
    const CallSlots slots = pass_arguments(callee);
    builder_.emit(call_indirect_handler(from),
                  pack(index_field(index, from), slots.arguments, slots.header, slots.beyond),
                  {std::bit_cast<Word>(canonical(callee)), table.value});
    builder_.push_call_results(callee.results);
  }

  // --- References, parametric, variables ---

  void ref_null(ValueType type) {
    if (reachable_) builder_.push_constant(type, 0);
  }
  void ref_is_null() {
    if (!reachable_) return;
    compare_with_zero(Opcode::i64_eq);
  }
  void ref_func(FuncIndex function) {
    if (!reachable_) return;
    builder_.emit_result(ValueType::funcref, {ref_func_handler(To::acc), ref_func_handler(To::slot)}, 0,
                         {function.value});
  }

  void drop() {
    if (reachable_) builder_.pop();
  }

  void select() {
    if (!reachable_) return;
    const Operand condition = builder_.pop();
    const Operand if_false = builder_.pop();
    const Operand if_true = builder_.pop();
    const From from = builder_.register_source(condition);
    const Accumulator accumulator = accumulator_of(if_true.type);
    const uint32_t true_slot = builder_.place(if_true);
    const uint32_t false_slot = builder_.place(if_false);
    builder_.emit_result(if_true.type,
                         {select_handler(from, accumulator, To::acc), select_handler(from, accumulator, To::slot)},
                         pack(0, true_slot, false_slot, index_field(condition, from)));
  }
  void select_typed(SelectTypes) { select(); }

  void local_get(LocalIndex local) {
    if (!reachable_) return;
    locals_.note_read(local);
    builder_.push_local(locals_.type(local), locals_.slot(local));
  }
  void local_set(LocalIndex local) {
    if (!reachable_) return;
    locals_.note_write(local);
    builder_.set_local(locals_.slot(local));
  }
  void local_tee(LocalIndex local) {
    if (!reachable_) return;
    local_set(local);
    builder_.push_local(locals_.type(local), locals_.slot(local));
  }

  void global_get(GlobalIndex global) {
    if (!reachable_) return;
    const ValueType type = module_.global_types[global.value].type;
    const Accumulator accumulator = accumulator_of(type);
    builder_.emit_result(type, {global_get_handler(accumulator, To::acc), global_get_handler(accumulator, To::slot)}, 0,
                         {global.value});
  }
  void global_set(GlobalIndex global) {
    if (!reachable_) return;
    const Operand value = builder_.pop();
    const From from = builder_.register_source(value);
    builder_.emit(global_set_handler(from, accumulator_of(value.type)), pack(index_field(value, from), 0, 0, 0),
                  {global.value});
  }

  // --- Tables ---

  void table_get(TableIndex table) {
    if (!reachable_) return;
    const uint32_t index = place_popped();
    builder_.emit_result(module_.table_types[table.value].element,
                         {table_get_handler(To::acc), table_get_handler(To::slot)}, pack(0, index, 0, 0), {table.value});
  }
  void table_set(TableIndex table) {
    if (!reachable_) return;
    const uint32_t value = place_popped();
    const uint32_t index = place_popped();
    builder_.emit(table_set_handler(), pack(index, value, 0, 0), {table.value});
  }
  void table_size(TableIndex table) {
    if (!reachable_) return;
    builder_.emit_result(ValueType::i32, {table_size_handler(To::acc), table_size_handler(To::slot)}, 0, {table.value});
  }
  void table_grow(TableIndex table) {
    if (!reachable_) return;
    const uint32_t delta = place_popped();
    const uint32_t value = place_popped();
    builder_.emit_result(ValueType::i32, {table_grow_handler(To::acc), table_grow_handler(To::slot)},
                         pack(0, value, delta, 0), {table.value});
  }
  void table_fill(TableIndex table) { bulk(table_fill_handler(), {table.value}); }
  void table_copy(TableIndex target, TableIndex source) {
    bulk(table_copy_handler(), {target.value | Word{source.value} << 32});
  }
  void table_init(ElementIndex segment, TableIndex table) {
    bulk(table_init_handler(), {table.value | Word{segment.value} << 32});
  }
  void elem_drop(ElementIndex segment) {
    if (reachable_) builder_.emit(elem_drop_handler(), 0, {segment.value});
  }

  // --- Memory ---

  void load(Opcode opcode, MemArg argument) {
    if (!reachable_) return;
    const Operand address = builder_.pop();
    auto offset = static_cast<uint32_t>(argument.offset);
    if (access_ == MemoryAccess::guarded && fuse_load(builder_, opcode, address, offset)) return;
    const From from = address_source(address, offset);
    const ResultForms forms{load_handler(opcode, from, To::acc, access_), load_handler(opcode, from, To::slot, access_)};
    const Word payload = pack_upper(0, index_field(address, from), offset);
    const ValueType type = access_type(opcode).value;
    if (access_ == MemoryAccess::checked || from == From::imm) builder_.emit_result(type, forms, payload);
    else builder_.emit_computation({.opcode = opcode, .a = address, .offset = offset}, type, forms, payload);
  }
  void store(Opcode opcode, MemArg argument) {
    if (!reachable_) return;
    const Operand value = builder_.pop();
    const Operand address = builder_.pop();
    auto offset = static_cast<uint32_t>(argument.offset);
    if (access_ == MemoryAccess::guarded && fuse_store(builder_, opcode, address, value, offset)) return;
    const From from_address = address_source(address, offset);
    const From from_value = builder_.source(value);
    const Handler handler = store_handler(opcode, from_value, from_address, access_);
    const Word payload = pack_upper(index_field(value, from_value), index_field(address, from_address), offset);
    if (from_value == From::imm) builder_.emit(handler, payload, words_of(value));
    else builder_.emit(handler, payload);
  }
  void load_lane(Opcode opcode, MemArg argument, LaneIndex lane) {
    if (!reachable_) return;
    const Operand vector = builder_.pop();
    const Operand address = builder_.pop();
    const From from_vector = builder_.register_source(vector);
    const From from_address = builder_.register_source(address);
    builder_.emit_result(ValueType::v128,
                         {load_lane_handler(opcode, from_vector, from_address, To::acc, access_),
                          load_lane_handler(opcode, from_vector, from_address, To::slot, access_)},
                         pack_upper(0, index_field(address, from_address), static_cast<uint32_t>(argument.offset)),
                         {index_field(vector, from_vector) | Word{lane.value} << 32});
  }
  void store_lane(Opcode opcode, MemArg argument, LaneIndex lane) {
    if (!reachable_) return;
    const uint32_t vector = place_popped();
    const Operand address = builder_.pop();
    const From from = builder_.register_source(address);
    builder_.emit(store_lane_handler(opcode, from, access_),
                  pack_upper(vector, index_field(address, from), static_cast<uint32_t>(argument.offset)), {lane.value});
  }
  void memory_size(MemoryIndex) {
    if (!reachable_) return;
    builder_.emit_result(ValueType::i32, {memory_size_handler(To::acc), memory_size_handler(To::slot)}, 0);
  }
  void memory_grow(MemoryIndex) {
    if (!reachable_) return;
    const uint32_t delta = place_popped();
    builder_.emit_result(ValueType::i32, {memory_grow_handler(To::acc), memory_grow_handler(To::slot)},
                         pack(0, delta, 0, 0));
  }
  void memory_fill(MemoryIndex) { bulk(memory_fill_handler(), {}); }
  void memory_copy(MemoryIndex, MemoryIndex) { bulk(memory_copy_handler(), {}); }
  void memory_init(DataIndex segment, MemoryIndex) { bulk(memory_init_handler(), {segment.value}); }
  void data_drop(DataIndex segment) {
    if (reachable_) builder_.emit(data_drop_handler(), 0, {segment.value});
  }

  // --- Numeric ---

  void constant(ValueType type, uint64_t bits) {
    if (reachable_) builder_.push_constant(type, bits);
  }

  void unary(Opcode opcode) {
    if (!reachable_) return;
    if (opcode == Opcode::i32_eqz) return not_or_compare_with_zero();
    if (opcode == Opcode::i64_eqz) return compare_with_zero(Opcode::i64_eq);
    const Operand a = builder_.pop();
    const From from = builder_.register_source(a);
    builder_.emit_result(numeric_type(opcode).result,
                         {unary_handler(opcode, from, To::acc), unary_handler(opcode, from, To::slot)},
                         pack(0, index_field(a, from), 0, 0));
  }
  void unary_trapping(Opcode opcode) { unary(opcode); }

  void binary(Opcode opcode) {
    if (!reachable_) return;
    Operand b = builder_.pop();
    Operand a = builder_.pop();
    if (is_commutative(opcode) && left_is_better_right(a, b)) std::swap(a, b);
    if (fuse_operation(builder_, opcode, a, b)) return;
    emit_binary(opcode, a, b);
  }
  void binary_trapping(Opcode opcode) { binary(opcode); }

  void compare(Opcode opcode) {
    if (!reachable_) return;
    Operand b = builder_.pop();
    Operand a = builder_.pop();
    emit_comparison(opcode, a, b);
  }

  // --- Vectors ---

  void v128_const(VectorBits bits) {
    if (reachable_) builder_.push_constant(ValueType::v128, bits[0], bits[1]);
  }

  void ternary(Opcode opcode) {
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

  void shift(Opcode opcode) { binary(opcode); }

  void i8x16_shuffle(ShuffleLanes lanes) {
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

  void extract_lane(Opcode opcode, LaneIndex lane) {
    if (!reachable_) return;
    const uint32_t vector = place_popped();
    builder_.emit_result(lane_type(opcode).value,
                         {extract_lane_handler(opcode, To::acc), extract_lane_handler(opcode, To::slot)},
                         pack(0, vector, lane.value, 0));
  }

  void replace_lane(Opcode opcode, LaneIndex lane) {
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

 private:
  static constexpr size_t none = SIZE_MAX;

  struct Frame {
    enum class Kind : uint8_t { function, block, loop, if_ };
    Kind kind = Kind::block;
    std::span<const ValueType> parameters;
    std::span<const ValueType> results;
    size_t base_height = 0;   // of the operand stack, below the parameters
    uint32_t base_slot = 0;   // where parameters and results are
    size_t loop_position = 0;
    size_t first_fixup = none;  // branches to the end
    size_t else_branch = none;  // of an if, until its else
    size_t assigned_mark = 0;

    // What a branch to this label carries.
    size_t label_arity() const { return kind == Kind::loop ? parameters.size() : results.size(); }
    uint32_t label_slot() const { return base_slot; }
  };

  // A branch whose target is not known yet; `entry` is the index in a branch table.
  struct Fixup {
    size_t instruction;
    size_t entry;
    size_t next;
  };

  // What decides a conditional branch: a comparison that the branch absorbs, or any i32.
  struct Condition {
    std::optional<FunctionBuilder::Computation> comparison;
    Operand value{};
  };

  struct CallSlots {
    uint32_t arguments;
    uint32_t header;
    uint32_t beyond;
  };

  struct BinaryForm {
    From a;
    From b;
    Word payload;
    MoreWords more;
  };

  const FuncType& type_of(FuncIndex function) const {
    return module_.types[module_.function_types[function.value].value];
  }

  Frame& target(LabelIndex label) { return frames_[frames_.size() - 1 - label.value]; }

  // --- Reachability ---

  void become_unreachable() {
    reachable_ = false;
    builder_.truncate(frames_.back().base_height);
    builder_.forget_accumulators();
  }
  void skip_block() { ++skipped_blocks_; }

  void enter(Frame::Kind kind, BlockType type) {
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

  // --- Branches ---

  void set_distance(size_t branch, size_t position) {
    builder_.set_upper_half(branch, distance(branch, position));
  }
  void set_entry(size_t table, uint32_t entry, size_t position) {
    builder_.set_table_entry(table, entry, distance(table, position));
  }
  static uint32_t distance(size_t from, size_t to) {
    const auto words = static_cast<int64_t>(to) - static_cast<int64_t>(from);
    return static_cast<uint32_t>(static_cast<int32_t>(words * int64_t{sizeof(Word)}));
  }

  void add_fixup(Frame& frame, size_t instruction, size_t entry = none) {
    fixups_.push_back({.instruction = instruction, .entry = entry, .next = frame.first_fixup});
    frame.first_fixup = fixups_.size() - 1;
  }
  // A label is here: whoever arrives by a branch has left the accumulators in another state.
  void bind(size_t branch) {
    set_distance(branch, builder_.position());
    builder_.forget_accumulators();
  }
  void bind_fixups(const Frame& frame) {
    for (size_t i = frame.first_fixup; i != none; i = fixups_[i].next) {
      const Fixup& fixup = fixups_[i];
      if (fixup.entry == none) set_distance(fixup.instruction, builder_.position());
      else set_entry(fixup.instruction, static_cast<uint32_t>(fixup.entry), builder_.position());
    }
    builder_.forget_accumulators();
  }

  Condition take_condition() {
    const Operand value = builder_.pop();
    const FunctionBuilder::Computation* computation = builder_.absorbable(value);
    if (computation == nullptr || !is_comparison(computation->opcode)) return {.comparison = std::nullopt, .value = value};
    const FunctionBuilder::Computation comparison = *computation;
    builder_.absorb();
    return {.comparison = comparison, .value = value};
  }

  // Emits a branch that is taken if the condition is `when`; its target is set by the caller.
  size_t emit_branch_if(const Condition& condition, bool when) {
    if (!condition.comparison) {
      const Operand zero{.kind = Operand::Kind::constant, .type = ValueType::i32};
      const Opcode compare = when ? Opcode::i32_ne : Opcode::i32_eq;
      if (const auto branch = fuse_branch(builder_, compare, condition.value, zero)) return *branch;
      const From from = builder_.register_source(condition.value);
      builder_.flush();
      return builder_.emit(branch_if_handler(from, when), pack(index_field(condition.value, from), 0, 0, 0));
    }
    const auto& [opcode, a, b, offset] = *condition.comparison;
    if (const auto compare = when ? opcode : inverse(opcode)) {
      if (const auto branch = fuse_branch(builder_, *compare, a, b)) return *branch;
    }
    const From from_a = builder_.register_source(a);
    const From from_b = builder_.source(b);
    builder_.flush();
    const Handler handler = compare_branch_handler(opcode, from_a, from_b, when);
    const Word payload = pack(index_field(a, from_a), index_field(b, from_b), 0, 0);
    return from_b == From::imm ? builder_.emit(handler, payload, {b.bits}) : builder_.emit(handler, payload);
  }

  void emit_branch(LabelIndex label) {
    Frame& frame = target(label);
    if (frame.kind == Frame::Kind::function) return emit_return();
    builder_.move_operands(frame.label_arity(), frame.label_slot());
    const size_t branch = builder_.emit(branch_handler(), 0);
    if (frame.kind == Frame::Kind::loop) set_distance(branch, frame.loop_position);
    else add_fixup(frame, branch);
  }

  // Leaves what is known about operands and accumulators as it is: the path may be a conditional one.
  void emit_return() {
    const uint32_t header = locals_.parameter_slots();
    const size_t count = type_.results.size();
    if (count == 0) {
      builder_.emit(return_nothing_handler(), pack(0, 0, header, 0));
    } else if (count == 1 && builder_.top().kind != Operand::Kind::constant) {
      const Operand& value = builder_.top();
      const From from = builder_.source(value);
      builder_.emit(return_one_handler(from, accumulator_of(value.type)), pack(0, value.slot, header, 0));
    } else {
      const uint32_t first = builder_.own_slot(builder_.height() - count);
      builder_.move_operands(count, first);
      if (count == 1) {
        builder_.emit(return_one_handler(From::slot, accumulator_of(builder_.top().type)), pack(0, first, header, 0));
      } else {
        builder_.emit(return_many_handler(), pack(0, first, header, slots_of(type_.results)));
      }
    }
    // The caller's frame has room for the results: they replace the parameters.
    builder_.reserve_slots(slots_of(type_.results));
  }

  // --- Calls ---

  CallSlots pass_arguments(const FuncType& callee) {
    const size_t count = callee.parameters.size();
    builder_.settle_top(count);
    builder_.flush();
    for (size_t i = 0; i < count; ++i) builder_.pop();
    const uint32_t arguments = builder_.next_slot();
    const uint32_t header = arguments + slots_of(callee.parameters);
    const uint32_t beyond = arguments + std::max(slots_of(callee.parameters), slots_of(callee.results));
    builder_.reserve_slots(std::max(beyond, header + frame_header_slots));
    return {.arguments = arguments, .header = header, .beyond = beyond};
  }

  // --- Numeric forms ---

  // The field of an operand that is in a slot; 0 where it comes from elsewhere.
  uint32_t index_field(const Operand& operand, From from) const {
    if (from != From::slot) return 0;
    return operand.kind == Operand::Kind::constant ? operand.own_slot : operand.slot;
  }

  // A constant address becomes part of the offset where the sum stays below 4 GiB.
  From address_source(const Operand& address, uint32_t& offset) {
    if (address.kind == Operand::Kind::constant && address.bits + offset <= UINT32_MAX) {
      offset += static_cast<uint32_t>(address.bits);
      return From::imm;
    }
    return builder_.register_source(address);
  }

  uint32_t place_popped() { return builder_.place(builder_.pop()); }

  // Of a commutative instruction: constants belong on the right, the accumulator on the left.
  bool left_is_better_right(const Operand& a, const Operand& b) const {
    return a.kind == Operand::Kind::constant ||
           (builder_.source(b) == From::acc && builder_.source(a) == From::slot);
  }

  static bool fits_immediate(const Operand& constant) {
    if (constant.type != ValueType::i64) return true;
    const auto value = static_cast<int64_t>(constant.bits);
    return value == static_cast<int32_t>(value);
  }

  BinaryForm binary_form(const Operand& a, const Operand& b) {
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

  void emit_comparison(Opcode opcode, Operand a, Operand b) {
    if (a.kind == Operand::Kind::constant && b.kind != Operand::Kind::constant) {
      std::swap(a, b);
      opcode = with_swapped_operands(opcode);
    }
    emit_binary(opcode, a, b);
  }

  void emit_binary(Opcode opcode, const Operand& a, const Operand& b) {
    const BinaryForm form = binary_form(a, b);
    builder_.emit_computation(
        {.opcode = opcode, .a = a, .b = b}, numeric_type(opcode).result,
        {binary_handler(opcode, form.a, form.b, To::acc), binary_handler(opcode, form.a, form.b, To::slot)},
        form.payload, form.more);
  }

  void compare_with_zero(Opcode equal) {
    const Operand a = builder_.pop();
    const ValueType type = numeric_type(equal).operand;
    // An immediate on the right needs no slot of its own.
    emit_comparison(equal, a, {.kind = Operand::Kind::constant, .type = type});
  }

  // i32.eqz of a comparison is the inverse comparison.
  void not_or_compare_with_zero() {
    const FunctionBuilder::Computation* computation = builder_.absorbable(builder_.top());
    if (computation != nullptr && is_comparison(computation->opcode)) {
      const auto [opcode, a, b, offset] = *computation;
      if (const auto inverted = inverse(opcode)) {
        builder_.pop();
        builder_.absorb();
        return emit_comparison(*inverted, a, b);
      }
    }
    compare_with_zero(Opcode::i32_eq);
  }

  void bulk(Handler handler, MoreWords more) {
    if (!reachable_) return;
    const uint32_t count = place_popped();
    const uint32_t second = place_popped();
    const uint32_t first = place_popped();
    builder_.emit(handler, pack(first, second, count, 0), more);
  }

  const ModuleCode& module_code_;
  const Module& module_;
  const Function& function_;
  const FuncType& type_;
  MemoryAccess access_;
  std::vector<InstructionPlace>* places_;
  LocalSlots locals_;
  FunctionBuilder builder_;
  std::vector<Frame> frames_;
  std::vector<Fixup> fixups_;
  bool reachable_ = true;
  uint32_t skipped_blocks_ = 0;
};

}  // namespace

uint32_t slots_of(const std::vector<ValueType>& types) {
  uint32_t slots = 0;
  for (ValueType each : types) slots += slots_of(each);
  return slots;
}

uint64_t frame_slots_bound(const Module& module, uint32_t defined_index) {
  const Function& function = module.functions[defined_index];
  const FuncType& type = module.types[function.type.value];
  uint64_t locals = type.parameters.size() + type.results.size() + frame_header_slots;
  for (const LocalGroup& group : function.locals) locals += group.count;
  uint64_t most_results = 1;
  for (const FuncType& each : module.types) most_results = std::max<uint64_t>(most_results, each.results.size());
  // An instruction pushes one value, a call or block its results; each value takes at most two slots.
  return 2 * (locals + function.body.bytes.size() * most_results) + frame_header_slots;
}

LoweredFunction lower(const ModuleCode& module_code, uint32_t defined_index, MemoryAccess access,
                      std::vector<InstructionPlace>* places) {
  Lowering lowering(module_code, defined_index, access, places);
  visit_instructions(module_code.module()->functions[defined_index].body, lowering);
  return lowering.finish();
}

}  // namespace shallop::interpreter
