// SPDX-License-Identifier: Apache-2.0
// The typing rules of instructions, as a visitor of function bodies. One validator serves all bodies of a module, one
// after the other, and keeps its buffers.
// https://webassembly.github.io/spec/core/valid/instructions.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "binary/immediates.hpp"
#include "validation/constant_expression_validator.hpp"
#include "validation/type_stack.hpp"
#include "wasm/module.hpp"
#include "wasm/opcode.hpp"

namespace shallop {

class FunctionValidator {
 public:
  // All arguments have to outlive the validator; the module's types and index spaces have been checked.
  FunctionValidator(const Module& module, const DeclaredFunctions& declared, FeatureUse& features);

  // Throws ValidationError, or DecodeError where the bytes are not instructions.
  void validate(const Function& function);

  // What binary/instructions.hpp asks of a visitor.
  void at(size_t offset) { stack_.at(offset); }
  void unreachable();
  void nop();
  void block(BlockType type);
  void loop(BlockType type);
  void if_(BlockType type);
  void else_();
  void throw_(TagIndex index);
  void throw_ref();
  void end();
  void try_table(BlockType type, const CatchClauses& clauses);
  void br(LabelIndex label);
  void br_if(LabelIndex label);
  void br_table(const LabelTable& labels);
  void return_();
  void call(FuncIndex index);
  void call_indirect(TypeIndex type, TableIndex table);
  void return_call(FuncIndex index);
  void return_call_indirect(TypeIndex type, TableIndex table);
  void ref_null(ValueType type);
  void ref_is_null();
  void ref_func(FuncIndex index);
  void drop();
  void select();
  void select_typed(const SelectTypes& types);
  void local_get(LocalIndex index);
  void local_set(LocalIndex index);
  void local_tee(LocalIndex index);
  void global_get(GlobalIndex index);
  void global_set(GlobalIndex index);
  void table_get(TableIndex index);
  void table_set(TableIndex index);
  void table_init(ElementIndex element, TableIndex table);
  void elem_drop(ElementIndex index);
  void table_copy(TableIndex target, TableIndex source);
  void table_grow(TableIndex index);
  void table_size(TableIndex index);
  void table_fill(TableIndex index);
  void memory_size(MemoryIndex index);
  void memory_grow(MemoryIndex index);
  void memory_init(DataIndex data, MemoryIndex memory);
  void data_drop(DataIndex index);
  void memory_copy(MemoryIndex target, MemoryIndex source);
  void memory_fill(MemoryIndex index);
  void load(Opcode opcode, MemArg argument);
  void store(Opcode opcode, MemArg argument);
  void load_lane(Opcode opcode, MemArg argument, LaneIndex lane);
  void store_lane(Opcode opcode, MemArg argument, LaneIndex lane);
  void constant(ValueType type, uint64_t bits);
  void unary(Opcode opcode);
  void unary_trapping(Opcode opcode);
  void binary(Opcode opcode);
  void binary_trapping(Opcode opcode);
  void compare(Opcode opcode);
  void ternary(Opcode opcode);
  void shift(Opcode opcode);
  void extract_lane(Opcode opcode, LaneIndex lane);
  void replace_lane(Opcode opcode, LaneIndex lane);
  void v128_const(VectorBits bits);
  void i8x16_shuffle(ShuffleLanes lanes);
  void atomic_load(Opcode opcode, MemArg argument);
  void atomic_store(Opcode opcode, MemArg argument);
  void atomic_rmw(Opcode opcode, MemArg argument);
  void atomic_cmpxchg(Opcode opcode, MemArg argument);
  void memory_atomic_notify(MemArg argument);
  void memory_atomic_wait32(MemArg argument) { wait(i32_access, argument); }
  void memory_atomic_wait64(MemArg argument) { wait(i64_access, argument); }
  void atomic_fence() {}

 private:
  static constexpr AccessType i32_access{.value = ValueType::i32, .size_bytes = 4};
  static constexpr AccessType i64_access{.value = ValueType::i64, .size_bytes = 8};

  void set_locals(const Function& function);
  void enter(Opcode opcode, BlockType type);
  void apply(const FuncType& type);
  void apply_and_return(const FuncType& type);
  // What a branch takes along.
  void carry(std::span<const ValueType> types);
  void carry_if_many(std::span<const ValueType> types);
  void pop_callee(TypeIndex type, TableIndex table);
  ValueType local(LocalIndex index) const;
  const GlobalType& global(GlobalIndex index) const;
  const TableType& table(TableIndex index) const;
  const ElementSegment& element(ElementIndex index) const;
  const FuncType& tag(TagIndex index) const;
  void require_catch_label(const CatchClause& clause) const;
  void require_type(TypeIndex index) const;
  void require_memory(MemoryIndex index) const;
  void require_data_segment(DataIndex index) const;
  void require_alignment(AccessType access, MemArg argument) const;
  void require_atomic_access(AccessType access, MemArg argument) const;
  void wait(AccessType access, MemArg argument);
  void require_lane(LaneIndex lane, uint32_t lanes) const;

  const Module& module_;
  const DeclaredFunctions& declared_;
  FeatureUse& features_;
  std::vector<ValueType> locals_;  // of the current function, parameters first
  TypeStack stack_;
  uint64_t branch_values_ = 0;  // of all functions up to here
  uint64_t branch_values_max_;
};

}  // namespace shallop
