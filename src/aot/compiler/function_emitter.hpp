// SPDX-License-Identifier: Apache-2.0
// The visitor that turns one function body into LLVM's intermediate representation. Operands are values; locals are
// variables on the stack, which the optimiser's first pass makes values of. Its instructions are in files by the
// specification's groups: emit_control.cpp, emit_exceptions.cpp, emit_call.cpp, emit_tail_call.cpp, emit_instance.cpp
// (variables, references, tables), emit_memory.cpp, emit_atomic.cpp, emit_numeric.cpp (vectors too).
#pragma once

#include <array>
#include <span>
#include <utility>
#include <vector>

#include "aot/compiler/module_emitter.hpp"
#include "binary/instructions.hpp"

namespace shallop::aot {

// A visitor of visit_instructions. Code that cannot be reached is skipped; only its nesting is followed.
class FunctionEmitter {
 public:
  FunctionEmitter(ModuleEmitter& module, uint32_t defined_index);
  // Emits the whole function.
  void emit();
  void at(size_t) {}

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

  // --- Calls ---

  void call(FuncIndex function);
  void call_indirect(TypeIndex type, TableIndex table);

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
  void table_fill(TableIndex table);
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
  void memory_fill(MemoryIndex memory);
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

  // --- Tail calls ---

  void return_call(FuncIndex function);
  void return_call_indirect(TypeIndex type, TableIndex table);

  // --- Exceptions ---

  void throw_(TagIndex tag);
  void throw_ref();
  void try_table(BlockType type, const CatchClauses& clauses);

  // --- Numeric, vectors ---

  void constant(ValueType type, uint64_t bits);
  void unary(Opcode opcode);
  void unary_trapping(Opcode opcode);
  void binary(Opcode opcode);
  void binary_trapping(Opcode opcode);
  void compare(Opcode opcode) { binary(opcode); }
  void v128_const(VectorBits bits);
  void ternary(Opcode opcode);
  void shift(Opcode opcode);
  void i8x16_shuffle(ShuffleLanes lanes);
  void extract_lane(Opcode opcode, LaneIndex lane);
  void replace_lane(Opcode opcode, LaneIndex lane);

 private:
  struct Frame {
    enum class Kind : uint8_t { function, block, loop, if_, try_table };
    Kind kind = Kind::block;
    std::span<const ValueType> parameters;
    std::span<const ValueType> results;
    size_t base_height = 0;                      // of the operand stack, below the parameters
    llvm::BasicBlock* label = nullptr;           // where a branch goes
    std::vector<llvm::PHINode*> label_values{};  // what it carries, in `label`
    llvm::BasicBlock* else_block = nullptr;      // of an if, until its else
    std::vector<llvm::Value*> else_values{};     // the parameters, for there
    CatchClauses clauses{};                      // of a try_table
    llvm::BasicBlock* landing = nullptr;         // where they are looked at, if anything within may throw
  };

  // --- Blocks and branches ---

  void skip_block() { ++skipped_blocks_; }
  void become_unreachable();
  Frame& target(LabelIndex label) { return frames_[frames_.size() - 1 - label.value]; }
  Frame& push_frame(Frame::Kind kind, BlockType type);
  llvm::BasicBlock* create_block(const char* name);
  void create_label(Frame& frame, std::span<const ValueType> types, const char* name);
  // Gives the topmost operands to the label's values, as coming from the current block.
  void pass_to(const Frame& frame);
  void branch_to(const Frame& frame);
  void emit_return(const Frame& frame);
  llvm::Value* pop_condition();
  // Goes on in a new block; if `condition` holds, traps instead.
  void trap_if(llvm::Value* condition, TrapCode code);
  llvm::BasicBlock* trap_block(TrapCode code);

  // --- Operands ---

  void push(llvm::Value* value) { operands_.push_back(value); }
  llvm::Value* pop();
  std::vector<llvm::Value*> pop(size_t count);

  // --- Calls ---

  // An element of a table that may be code of this instance.
  struct Element {
    llvm::Value* function;  // FunctionInstance*
    llvm::Value* code;      // if it is
  };
  llvm::Value* table_element(TableIndex table);
  llvm::Value* fixed_element(TypeIndex type, TableIndex table);
  Element own_element(TypeIndex type, TableIndex table, llvm::BasicBlock* own, llvm::BasicBlock* other);
  llvm::Value* canonical_type(TypeIndex type);
  void check_native_type(llvm::Value* callee, TypeIndex type);
  void call_own_or_through(TypeIndex type, TableIndex table);
  void call_through(llvm::Value* function, TypeIndex type, std::vector<llvm::Value*> arguments);
  void call_code(llvm::Value* code, llvm::Value* context, const FuncType& type, std::vector<llvm::Value*> arguments,
                 bool through_instance = false);
  void push_results(const FuncType& type, llvm::CallInst* call, llvm::Value* more_results);
  // A place in the frame for values that are read at once, of as many slots at least.
  llvm::Value* shared_slots(uint64_t slots);
  llvm::Value* load_slot(llvm::Value* slots, uint64_t slot, ValueType type);
  void store_slot(llvm::Value* value, llvm::Value* slots, uint64_t slot);
  llvm::Value* more_results_argument() { return function_->getArg(static_cast<unsigned>(function_->arg_size() - 1)); }
  void jump_to(llvm::Value* code, const FuncType& type, std::vector<llvm::Value*> arguments,
               llvm::Value* in_place_of_caller = nullptr);
  void leave(llvm::Value* callee, TypeIndex type, std::vector<llvm::Value*> arguments);

  // --- Exceptions ---

  void check_thrown();
  void set_thrown(llvm::Value* exception);
  llvm::BasicBlock* unwind_target();
  void emit_landing(const Frame& try_table);
  void emit_caught(const CatchClause& clause, llvm::Value* exception);
  void push_values(const std::vector<ValueType>& types, llvm::Value* exception);

  // --- The runtime's functions ---

  llvm::Value* entry_alloca(llvm::Type* type);
  llvm::CallInst* builtin(size_t offset, llvm::Type* result, llvm::ArrayRef<llvm::Value*> arguments);
  llvm::Value* wide(llvm::Value* value) { return b_.CreateZExt(value, b_.getInt64Ty()); }

  // --- The instance's things ---

  llvm::Value* global_address(GlobalIndex global);
  llvm::Value* table_object(TableIndex table);
  llvm::Value* table_elements(TableIndex table, llvm::Value* object);
  llvm::Value* element_address(TableIndex table, llvm::Value* index, TrapCode beyond);
  llvm::Value* memory_object(MemoryIndex memory);
  llvm::Value* memory_base(MemoryIndex memory);
  llvm::Value* memory_size_bytes(MemoryIndex memory);
  llvm::Value* memory_address(llvm::Value* index, const MemArg& argument, uint64_t size_bytes);
  llvm::Value* load_guest(llvm::Type* type, llvm::Value* address);
  void store_guest(llvm::Value* value, llvm::Value* address);
  llvm::Value* atomic_address(llvm::Value* index, const MemArg& argument, uint64_t size_bytes);
  llvm::Value* effective_address(llvm::Value* index, const MemArg& argument);
  llvm::Value* to_cell(llvm::Value* value, uint64_t size_bytes);
  void emit_wait(size_t builtin_offset, const MemArg& argument);
  bool copy_inline(MemoryIndex target, MemoryIndex source, llvm::Value* start, llvm::Value* source_start,
                   llvm::Value* count);

  // Throws CompileError.
  [[noreturn]] static void refuse(Opcode opcode);

  // --- Trapping arithmetic ---

  void divide(Opcode opcode, bool is_signed, bool is_remainder);
  void truncate(Opcode opcode, std::string_view operation);

  ModuleEmitter& module_;
  const Module& wasm_;
  const Function& body_;
  const FuncType& type_;
  llvm::Function* function_;
  llvm::Value* context_;  // native_context.hpp
  Builder b_;
  llvm::BasicBlock* entry_;
  llvm::Instruction* entry_end_ = nullptr;
  std::vector<llvm::AllocaInst*> locals_;
  std::vector<llvm::Value*> operands_;
  std::vector<Frame> frames_;
  std::array<llvm::BasicBlock*, 16> trap_blocks_{};  // by TrapCode
  std::vector<llvm::Value*> memory_bases_;           // by MemoryIndex, of guarded memories
  llvm::BasicBlock* unwind_out_ = nullptr;
  llvm::AllocaInst* shared_slots_ = nullptr;
  uint64_t shared_slots_count_ = 0;
  size_t skipped_blocks_ = 0;
  bool reachable_ = true;
};

}  // namespace shallop::aot
