// SPDX-License-Identifier: Apache-2.0
// https://webassembly.github.io/spec/core/exec/instructions.html#exec-throw
//
// An exception on its way is in NativeContext::thrown. Whoever throws sets it and goes where the innermost try_table of
// the function looks at its clauses, or returns; whoever has called looks whether it is set, and does the same.
#include "aot/compiler/function_emitter.hpp"
#include "runtime/instance_layout.hpp"

namespace shallop::aot {

void FunctionEmitter::throw_(TagIndex tag) {
  if (!reachable_) return;
  const FuncType& type = wasm_.types[wasm_.tag_types[tag.value].type.value];
  const std::vector<llvm::Value*> values = pop(type.parameters.size());
  llvm::Value* slots = shared_slots(slots_of_all(type.parameters));
  uint64_t slot = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    store_slot(values[i], slots, slot);
    slot += slots_of(type.parameters[i]);
  }
  builtin(offsetof(NativeBuiltins, throw_new), b_.getVoidTy(), {b_.getInt32(tag.value), slots});
  b_.CreateBr(unwind_target());
  become_unreachable();
}

void FunctionEmitter::throw_ref() {
  if (!reachable_) return;
  llvm::Value* reference = pop();
  trap_if(b_.CreateICmpEQ(reference, b_.getInt64(0)), TrapCode::null_exception_reference);
  set_thrown(b_.CreateIntToPtr(reference, module_.pointer()));
  b_.CreateBr(unwind_target());
  become_unreachable();
}

void FunctionEmitter::try_table(BlockType type, const CatchClauses& clauses) {
  if (!reachable_) return skip_block();
  Frame& frame = push_frame(Frame::Kind::try_table, type);
  frame.clauses = clauses;
  create_label(frame, type.results(wasm_), "end");
}

void FunctionEmitter::check_thrown() {
  llvm::BasicBlock* returned = create_block("returned");
  b_.CreateCondBr(module_.has_thrown(b_, context_), unwind_target(), returned, module_.unlikely());
  b_.SetInsertPoint(returned);
}

void FunctionEmitter::set_thrown(llvm::Value* exception) {
  module_.mark_runtime_access(
      *b_.CreateStore(exception, module_.at_offset(b_, context_, InstanceLayout::context_thrown)));
}

// Where an exception goes from here: the innermost try_table, or out of the function.
llvm::BasicBlock* FunctionEmitter::unwind_target() {
  for (size_t i = frames_.size(); i-- > 0;) {
    if (frames_[i].kind != Frame::Kind::try_table) continue;
    if (frames_[i].landing == nullptr) frames_[i].landing = create_block("landing");
    return frames_[i].landing;
  }
  if (unwind_out_ == nullptr) {
    unwind_out_ = create_block("unwind");
    Builder builder(unwind_out_);
    module_.return_nothing(builder, *function_);
  }
  return unwind_out_;
}

// The try_table is closed already: labels are counted from outside of it, and what it does not catch goes further out.
void FunctionEmitter::emit_landing(const Frame& try_table) {
  if (try_table.landing == nullptr) return;
  const Builder::InsertPointGuard guard(b_);
  const std::vector<llvm::Value*> operands = std::exchange(operands_, {});
  b_.SetInsertPoint(try_table.landing);
  llvm::Value* exception = module_.load_member(b_, context_, InstanceLayout::context_thrown, module_.pointer());
  for (const CatchClause clause : try_table.clauses) {
    if (!clause.tag) {
      emit_caught(clause, exception);
      operands_ = operands;
      return;
    }
    llvm::Value* tags = module_.load_invariant(b_, context_, InstanceLayout::context_tags, module_.pointer());
    llvm::Value* tag = module_.load_invariant(b_, tags, clause.tag->value * sizeof(void*), module_.pointer());
    llvm::Value* actual = module_.load_member(b_, exception, InstanceLayout::exception_tag, module_.pointer());
    llvm::BasicBlock* caught = create_block("caught");
    llvm::BasicBlock* next = create_block("next");
    b_.CreateCondBr(b_.CreateICmpEQ(actual, tag), caught, next);
    b_.SetInsertPoint(caught);
    emit_caught(clause, exception);
    b_.SetInsertPoint(next);
  }
  b_.CreateBr(unwind_target());
  operands_ = operands;
}

void FunctionEmitter::emit_caught(const CatchClause& clause, llvm::Value* exception) {
  set_thrown(llvm::Constant::getNullValue(module_.pointer()));
  operands_.clear();
  if (clause.tag) push_values(wasm_.types[wasm_.tag_types[clause.tag->value].type.value].parameters, exception);
  if (clause.with_reference) push(b_.CreatePtrToInt(exception, b_.getInt64Ty()));
  branch_to(target(clause.label));
}

void FunctionEmitter::push_values(const std::vector<ValueType>& types, llvm::Value* exception) {
  if (types.empty()) return;
  llvm::Value* values = builtin(offsetof(NativeBuiltins, exception_values), module_.pointer(), {exception});
  uint64_t slot = 0;
  for (const ValueType each : types) {
    push(load_slot(values, slot, each));
    slot += slots_of(each);
  }
}

}  // namespace shallop::aot
