// SPDX-License-Identifier: Apache-2.0
// Variables, references, tables. https://webassembly.github.io/spec/core/exec/instructions.html#table-instructions
#include "aot/compiler/function_emitter.hpp"
#include "runtime/instance_layout.hpp"

namespace shallop::aot {

// --- References and parametric instructions ---

void FunctionEmitter::ref_null(ValueType type) {
  if (reachable_) push(llvm::Constant::getNullValue(module_.type(type)));
}

void FunctionEmitter::ref_is_null() {
  if (!reachable_) return;
  llvm::Value* value = pop();
  push(b_.CreateZExt(b_.CreateICmpEQ(value, b_.getInt64(0)), b_.getInt32Ty()));
}

void FunctionEmitter::ref_func(FuncIndex function) {
  if (!reachable_) return;
  llvm::Value* functions = module_.load_invariant(b_, context_, InstanceLayout::context_functions, module_.pointer());
  push(module_.load_invariant(b_, functions, function.value * sizeof(void*), b_.getInt64Ty()));
}

void FunctionEmitter::drop() {
  if (reachable_) pop();
}

void FunctionEmitter::select() {
  if (!reachable_) return;
  llvm::Value* condition = pop_condition();
  llvm::Value* second = pop();
  llvm::Value* first = pop();
  push(b_.CreateSelect(condition, first, second));
}

// --- Variables ---

void FunctionEmitter::local_get(LocalIndex local) {
  if (!reachable_) return;
  llvm::AllocaInst* variable = locals_[local.value];
  push(b_.CreateLoad(variable->getAllocatedType(), variable));
}

void FunctionEmitter::local_set(LocalIndex local) {
  if (reachable_) b_.CreateStore(pop(), locals_[local.value]);
}

void FunctionEmitter::local_tee(LocalIndex local) {
  if (reachable_) b_.CreateStore(operands_.back(), locals_[local.value]);
}

llvm::Value* FunctionEmitter::global_address(GlobalIndex global) {
  const std::optional<uint32_t> place = place_before_memory(wasm_, global);
  if (place && module_.options().guarded_memory) {
    return module_.at_offset(b_, context_, InstanceLayout::global_before_memory(*place));
  }
  llvm::Value* globals = module_.load_invariant(b_, context_, InstanceLayout::context_globals, module_.pointer());
  llvm::Value* object = module_.load_invariant(b_, globals, global.value * sizeof(void*), module_.pointer());
  return module_.at_offset(b_, object, InstanceLayout::global_value);
}

void FunctionEmitter::global_get(GlobalIndex global) {
  if (!reachable_) return;
  const GlobalType& type = wasm_.global_types[global.value];
  llvm::LoadInst* load =
      b_.CreateAlignedLoad(module_.type(type.type), global_address(global), llvm::Align(alignof(Slot)));
  module_.mark_global_access(*load, global);
  push(load);
}

void FunctionEmitter::global_set(GlobalIndex global) {
  if (!reachable_) return;
  // Volatile as accesses of memory are, so that a trap of one of those finds it done or not begun (emit_memory.cpp).
  llvm::StoreInst* store =
      b_.CreateAlignedStore(pop(), global_address(global), llvm::Align(alignof(Slot)), /*isVolatile=*/true);
  module_.mark_global_access(*store, global);
}

// --- Tables ---

llvm::Value* FunctionEmitter::table_object(TableIndex table) {
  llvm::Value* tables = module_.load_invariant(b_, context_, InstanceLayout::context_tables, module_.pointer());
  return module_.load_invariant(b_, tables, table.value * sizeof(void*), module_.pointer());
}

llvm::Value* FunctionEmitter::element_address(TableIndex table, llvm::Value* index, TrapCode beyond) {
  llvm::Value* object = table_object(table);
  llvm::Value* size = module_.load_member(b_, object, InstanceLayout::table_size, b_.getInt32Ty());
  trap_if(b_.CreateICmpUGE(index, size), beyond);
  llvm::Value* elements = module_.load_member(b_, object, InstanceLayout::table_elements, module_.pointer());
  return b_.CreateGEP(b_.getInt64Ty(), elements, wide(index));
}

void FunctionEmitter::table_get(TableIndex table) {
  if (!reachable_) return;
  llvm::Value* address = element_address(table, pop(), TrapCode::out_of_bounds_table_access);
  llvm::LoadInst* load = b_.CreateLoad(b_.getInt64Ty(), address);
  module_.mark_element_access(*load);
  push(load);
}

void FunctionEmitter::table_set(TableIndex table) {
  if (!reachable_) return;
  llvm::Value* value = pop();
  llvm::Value* address = element_address(table, pop(), TrapCode::out_of_bounds_table_access);
  module_.mark_element_access(*b_.CreateStore(value, address));
}

void FunctionEmitter::table_size(TableIndex table) {
  if (!reachable_) return;
  push(module_.load_member(b_, table_object(table), InstanceLayout::table_size, b_.getInt32Ty()));
}

void FunctionEmitter::table_grow(TableIndex table) {
  if (!reachable_) return;
  llvm::Value* delta = pop();
  llvm::Value* value = pop();
  llvm::Value* before =
      builtin(offsetof(NativeBuiltins, table_grow), b_.getInt64Ty(), {b_.getInt32(table.value), value, wide(delta)});
  push(b_.CreateTrunc(before, b_.getInt32Ty()));
}

void FunctionEmitter::table_fill(TableIndex table) {
  if (!reachable_) return;
  const std::vector<llvm::Value*> operands = pop(3);
  builtin(offsetof(NativeBuiltins, table_fill), b_.getVoidTy(),
          {b_.getInt32(table.value), wide(operands[0]), operands[1], wide(operands[2])});
}

void FunctionEmitter::table_copy(TableIndex target, TableIndex source) {
  if (!reachable_) return;
  const std::vector<llvm::Value*> operands = pop(3);
  builtin(
      offsetof(NativeBuiltins, table_copy), b_.getVoidTy(),
      {b_.getInt32(target.value), b_.getInt32(source.value), wide(operands[0]), wide(operands[1]), wide(operands[2])});
}

void FunctionEmitter::table_init(ElementIndex segment, TableIndex table) {
  if (!reachable_) return;
  const std::vector<llvm::Value*> operands = pop(3);
  builtin(
      offsetof(NativeBuiltins, table_init), b_.getVoidTy(),
      {b_.getInt32(table.value), b_.getInt32(segment.value), wide(operands[0]), wide(operands[1]), wide(operands[2])});
}

void FunctionEmitter::elem_drop(ElementIndex segment) {
  if (reachable_) builtin(offsetof(NativeBuiltins, elem_drop), b_.getVoidTy(), {b_.getInt32(segment.value)});
}

}  // namespace shallop::aot
