// SPDX-License-Identifier: Apache-2.0
// The visitor that lowers one function body. Its instructions are in files by the specification's groups:
// lower_control.cpp, lower_exceptions.cpp, lower_instance.cpp (variables, references, tables), lower_memory.cpp,
// lower_atomic.cpp,
// lower_numeric.cpp (vectors too), lower_division.cpp.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "binary/immediates.hpp"
#include "interpreter/function_builder.hpp"
#include "interpreter/local_slots.hpp"
#include "interpreter/lower.hpp"

namespace shallop::interpreter {

// A visitor of visit_instructions. Code that cannot be reached is skipped; only its nesting is followed.
class Lowering {
 public:
  Lowering(const ModuleCode& module_code, uint32_t defined_index, MemoryAccess access,
           std::vector<InstructionPlace>* places);
  LoweredFunction finish();
  void at(size_t offset);

  // --- Control ---

  void nop() {}
  void unreachable();
  void block(BlockType type);
  void loop(BlockType type);
  void if_(BlockType type);
  void else_();
  void end();
  void br(LabelIndex label);
  void br_if(LabelIndex label);
  void br_table(LabelTable labels);
  void return_();
  void call(FuncIndex function);
  void call_indirect(TypeIndex type, TableIndex table);
  void return_call(FuncIndex function);
  void return_call_indirect(TypeIndex type, TableIndex table);

  // --- Exceptions ---

  void throw_(TagIndex tag);
  void throw_ref();
  void try_table(BlockType type, CatchClauses clauses);

  // --- References, parametric, variables ---

  void ref_null(ValueType type);
  void ref_is_null();
  void ref_func(FuncIndex function);
  void drop();
  void select();
  void select_typed(SelectTypes) { select(); }
  void local_get(LocalIndex local);
  void local_set(LocalIndex local);
  void local_tee(LocalIndex local);
  void global_get(GlobalIndex global);
  void global_set(GlobalIndex global);

  // --- Tables ---

  void table_get(TableIndex table);
  void table_set(TableIndex table);
  void table_size(TableIndex table);
  void table_grow(TableIndex table);
  void table_fill(TableIndex table) { bulk(table_fill_handler(), {table.value}); }
  void table_copy(TableIndex target, TableIndex source);
  void table_init(ElementIndex segment, TableIndex table);
  void elem_drop(ElementIndex segment);

  // --- Memory ---

  void load(Opcode opcode, MemArg argument);
  void store(Opcode opcode, MemArg argument);
  void load_lane(Opcode opcode, MemArg argument, LaneIndex lane);
  void store_lane(Opcode opcode, MemArg argument, LaneIndex lane);
  void memory_size(MemoryIndex memory);
  void memory_grow(MemoryIndex memory);
  void memory_fill(MemoryIndex memory) { bulk(memory_fill_handler(), {memory.value}); }
  void memory_copy(MemoryIndex target, MemoryIndex source);
  void memory_init(DataIndex segment, MemoryIndex memory);
  void data_drop(DataIndex segment);

  // --- Atomics ---

  void atomic_load(Opcode opcode, MemArg argument);
  void atomic_store(Opcode opcode, MemArg argument);
  void atomic_rmw(Opcode opcode, MemArg argument);
  void atomic_cmpxchg(Opcode opcode, MemArg argument);
  void memory_atomic_notify(MemArg argument);
  void memory_atomic_wait32(MemArg argument);
  void memory_atomic_wait64(MemArg argument);
  void atomic_fence();

  // --- Numeric ---

  void constant(ValueType type, uint64_t bits);
  void unary(Opcode opcode);
  void unary_trapping(Opcode opcode) { unary(opcode); }
  void binary(Opcode opcode);
  void binary_trapping(Opcode opcode);
  void compare(Opcode opcode);

  // --- Vectors ---

  void v128_const(VectorBits bits);
  void ternary(Opcode opcode);
  void shift(Opcode opcode) { binary(opcode); }
  void i8x16_shuffle(ShuffleLanes lanes);
  void extract_lane(Opcode opcode, LaneIndex lane);
  void replace_lane(Opcode opcode, LaneIndex lane);

 private:
  static constexpr size_t none = SIZE_MAX;

  struct Frame {
    enum class Kind : uint8_t { function, block, loop, if_ };
    Kind kind = Kind::block;
    std::span<const ValueType> parameters;
    std::span<const ValueType> results;
    size_t base_height = 0;  // of the operand stack, below the parameters
    uint32_t base_slot = 0;  // where parameters and results are
    size_t loop_position = 0;
    size_t first_fixup = none;  // branches to the end
    size_t else_branch = none;  // of an if, until its else
    size_t assigned_mark = 0;
    CatchClauses clauses = {};  // of a try_table
    uint32_t first_word = 0;    // of a try_table's body
    size_t first_catch = none;  // catch clauses that go to the end

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
    uint32_t beyond;
  };

  struct BinaryForm {
    From a;
    From b;
    Word payload;
    MoreWords more;
  };

  const FuncType& type_of(FuncIndex function) const;
  Frame& target(LabelIndex label) { return frames_[frames_.size() - 1 - label.value]; }

  // --- Reachability ---

  void become_unreachable();
  void skip_block() { ++skipped_blocks_; }
  void enter(Frame::Kind kind, BlockType type);

  // --- Branches ---

  void set_distance(size_t branch, size_t position);
  void set_entry(size_t table, uint32_t entry, size_t position);
  static uint32_t distance(size_t from, size_t to);
  void add_fixup(Frame& frame, size_t instruction, size_t entry = none);
  // A label is here: whoever arrives by a branch has left the accumulators in another state.
  void bind(size_t branch);
  void bind_fixups(const Frame& frame);
  Condition take_condition();
  // Emits a branch that is taken if the condition is `when`; its target is set by the caller.
  size_t emit_branch_if(const Condition& condition, bool when);
  void emit_branch(LabelIndex label);
  // Leaves what is known about operands and accumulators as it is: the path may be a conditional one.
  void emit_return();

  // --- Exceptions ---

  // The innermost frame is a try_table and ends here: its clauses become handlers.
  void add_catch_handlers();
  void add_catch_handler(const Frame& of, const CatchClause& clause);
  void bind_catches(const Frame& frame);
  // Code behind the function's end for exceptions that are caught by returning.
  void emit_return_of_caught();

  // --- Calls ---

  // Payload of a tail call whose field 0 is `index`.
  Word pass_to_tail_call(const FuncType& callee, uint32_t index);
  CallSlots pass_arguments(const FuncType& callee);
  unsigned next_replica() { return replica_++ % call_indirect_replicas; }
  // Behind the call's own words come the fields of its copies, if there are any.
  size_t emit_call(Handler handler, Word payload, MoreWords more, unsigned copies, Word fields);

  // --- Memories other than 0 ---

  void load_other(Opcode opcode, MemArg argument);
  void store_other(Opcode opcode, MemArg argument);
  void load_lane_other(Opcode opcode, MemArg argument, LaneIndex lane);
  void store_lane_other(Opcode opcode, MemArg argument, LaneIndex lane);

  // --- Numeric forms ---

  // The field of an operand that is in a slot; 0 where it comes from elsewhere.
  uint32_t index_field(const Operand& operand, From from) const;
  // A constant address becomes part of the offset where the sum stays below 4 GiB.
  From address_source(const Operand& address, uint32_t& offset);
  uint32_t place_popped() { return builder_.place(builder_.pop()); }
  // Of a commutative instruction: constants belong on the right, the accumulator on the left.
  bool left_is_better_right(const Operand& a, const Operand& b) const;
  static bool fits_immediate(const Operand& constant);
  BinaryForm binary_form(const Operand& a, const Operand& b);
  void emit_comparison(Opcode opcode, Operand a, Operand b);
  void emit_binary(Opcode opcode, const Operand& a, const Operand& b);
  // Of the two topmost operands the upper is a constant whose magnitude, or value if unsigned, is `size`, at least 2.
  void divide_by_constant(Opcode opcode, uint64_t size);
  void compare_with_zero(Opcode equal);
  // Extended to i64, a comparison's result is what it was: accumulators and slots are written whole.
  bool widen_truth();
  // i32.eqz of a comparison is the inverse comparison.
  void not_or_compare_with_zero();
  void bulk(Handler handler, MoreWords more);
  // Of an atomic instruction with a result and one or two operands besides its address, all in slots.
  void emit_atomic(ValueType type, ResultForms forms, MemArg argument, unsigned operands);

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
  std::vector<CatchHandler> catch_handlers_;
  std::vector<size_t> next_catch_;  // by handler: the next one that goes to the same place

  unsigned replica_;  // of the next indirect call; functions begin with different ones
  bool reachable_ = true;
  uint32_t skipped_blocks_ = 0;
};

}  // namespace shallop::interpreter
