// SPDX-License-Identifier: Apache-2.0
// https://webassembly.github.io/spec/core/exec/instructions.html#exec-call
#include "aot/compiler/function_emitter.hpp"
#include "runtime/instance_layout.hpp"

namespace shallop::aot {

void FunctionEmitter::call(FuncIndex function) {
  if (!reachable_) return;
  const FuncType& type = module_.type_of(function);
  std::vector<llvm::Value*> arguments = pop(type.parameters.size());
  if (function.value < wasm_.imported_functions) {
    return call_code(module_.import(function), context_, type, std::move(arguments));
  }
  call_code(module_.function(function), context_, type, std::move(arguments));
}

void FunctionEmitter::call_indirect(TypeIndex type_index, TableIndex table) {
  if (!reachable_) return;
  const FuncType& type = wasm_.types[type_index.value];
  if (module_.facts().fixed_tables[table.value]) {
    llvm::Value* code = fixed_element(type_index, table);
    return call_code(code, context_, type, pop(type.parameters.size()));
  }
  if (module_.facts().has_own_convention) return call_own_or_through(type_index, table);
  llvm::Value* callee = table_element(table);
  check_native_type(callee, type_index);
  call_through(callee, type_index, pop(type.parameters.size()));
}

llvm::Value* FunctionEmitter::table_element(TableIndex table) {
  llvm::Value* address = element_address(table, pop(), TrapCode::undefined_element);
  llvm::LoadInst* callee = b_.CreateLoad(module_.pointer(), address);
  module_.mark_element_access(*callee);
  return callee;
}

llvm::Value* FunctionEmitter::canonical_type(TypeIndex type_index) {
  llvm::Value* types = module_.load_invariant(b_, context_, InstanceLayout::context_canonical_types, module_.pointer());
  return module_.load_invariant(b_, types, type_index.value * sizeof(void*), module_.pointer());
}

// Null references, functions of another type and functions that have no native form yet all have a native_type that
// differs; what reads it of a null reference faults, which is the trap for that.
void FunctionEmitter::check_native_type(llvm::Value* callee, TypeIndex type_index) {
  llvm::LoadInst* actual = module_.load_member(b_, callee, InstanceLayout::function_native_type, module_.pointer());
  actual->setVolatile(true);
  llvm::BasicBlock* resolve = create_block("resolve");
  llvm::BasicBlock* resolved = create_block("resolved");
  b_.CreateCondBr(b_.CreateICmpNE(actual, canonical_type(type_index)), resolve, resolved, module_.unlikely());
  b_.SetInsertPoint(resolve);
  builtin(offsetof(NativeBuiltins, resolve_indirect), b_.getVoidTy(), {callee, b_.getInt32(type_index.value)})
      ->addFnAttr(llvm::Attribute::Cold);
  b_.CreateBr(resolved);
  b_.SetInsertPoint(resolved);
}

// The element's code. The table's array has, for each element, where its code is, relative to the array, and the number
// of its type. All of it is code of this module, so the instance stays where it is.
llvm::Value* FunctionEmitter::fixed_element(TypeIndex type_index, TableIndex table) {
  llvm::Value* index = pop();
  const FixedTable& elements = *module_.facts().fixed_tables[table.value];
  trap_if(b_.CreateICmpUGE(index, b_.getInt32(static_cast<uint32_t>(elements.size()))), TrapCode::undefined_element);
  llvm::Value* array = module_.fixed_table(table);
  llvm::Value* element = b_.CreateGEP(b_.getInt64Ty(), array, wide(index));
  llvm::Value* actual = module_.load_invariant(b_, element, sizeof(uint32_t), b_.getInt32Ty());
  const TypeIndex expected = module_.facts().first_equal_types[type_index.value];
  llvm::BasicBlock* refused = create_block("refused");
  llvm::BasicBlock* checked = create_block("checked");
  b_.CreateCondBr(b_.CreateICmpNE(actual, b_.getInt32(expected.value)), refused, checked, module_.unlikely());
  b_.SetInsertPoint(refused);
  b_.CreateCondBr(b_.CreateICmpEQ(actual, b_.getInt32(null_element)), trap_block(TrapCode::uninitialized_element),
                  trap_block(TrapCode::indirect_call_type_mismatch));
  b_.SetInsertPoint(checked);
  llvm::Value* distance = b_.CreateSExt(module_.load_invariant(b_, element, 0, b_.getInt32Ty()), b_.getInt64Ty());
  return b_.CreateGEP(b_.getInt8Ty(), array, distance);
}

// --- In modules with a convention of their own ---

// Goes on in `own` if the element is code of this instance, and says where it is; else in `other`.
FunctionEmitter::Element FunctionEmitter::own_element(TypeIndex type_index, TableIndex table, llvm::BasicBlock* own,
                                                      llvm::BasicBlock* other) {
  llvm::Value* callee = table_element(table);
  llvm::LoadInst* actual = module_.load_member(b_, callee, InstanceLayout::function_type, module_.pointer());
  actual->setVolatile(true);  // faults if the reference is null
  trap_if(b_.CreateICmpNE(actual, canonical_type(type_index)), TrapCode::indirect_call_type_mismatch);
  llvm::Value* owner = module_.load_member(b_, callee, InstanceLayout::function_instance, module_.pointer());
  llvm::Value* instance = module_.load_invariant(b_, context_, InstanceLayout::context_instance, module_.pointer());
  b_.CreateCondBr(b_.CreateICmpEQ(owner, instance), own, other);
  b_.SetInsertPoint(own);
  llvm::Value* index = module_.load_member(b_, callee, InstanceLayout::function_index, b_.getInt32Ty());
  llvm::Value* array = module_.own_functions();
  llvm::Value* defined = b_.CreateNUWSub(index, b_.getInt32(wasm_.imported_functions));
  llvm::Value* place = b_.CreateGEP(b_.getInt32Ty(), array, wide(defined));
  llvm::Value* distance = b_.CreateSExt(module_.load_invariant(b_, place, 0, b_.getInt32Ty()), b_.getInt64Ty());
  return {.function = callee, .code = b_.CreateGEP(b_.getInt8Ty(), array, distance)};
}

// Code of this instance does not look at the caller that it is given.
void FunctionEmitter::call_own_or_through(TypeIndex type_index, TableIndex table) {
  const FuncType& type = wasm_.types[type_index.value];
  llvm::BasicBlock* own = create_block("own");
  llvm::BasicBlock* other = create_block("other");
  llvm::BasicBlock* call = create_block("call");
  const Element element = own_element(type_index, table, own, other);
  b_.CreateBr(call);
  b_.SetInsertPoint(other);
  b_.CreateBr(call);
  b_.SetInsertPoint(call);
  llvm::PHINode* code = b_.CreatePHI(module_.pointer(), 2);
  code->addIncoming(element.code, own);
  code->addIncoming(module_.callout(type_index), other);
  llvm::PHINode* context = b_.CreatePHI(module_.pointer(), 2);
  context->addIncoming(context_, own);
  context->addIncoming(element.function, other);
  call_code(code, context, type, pop(type.parameters.size()), /*through_instance=*/true);
}

// --- All calls ---

void FunctionEmitter::call_through(llvm::Value* function, TypeIndex type_index, std::vector<llvm::Value*> arguments) {
  llvm::Value* code = module_.code_of(b_, function, type_index);
  llvm::Value* context = module_.context_of(b_, function);
  call_code(code, context, wasm_.types[type_index.value], std::move(arguments), /*through_instance=*/true);
}

void FunctionEmitter::call_code(llvm::Value* code, llvm::Value* context, const FuncType& type,
                                std::vector<llvm::Value*> arguments, bool through_instance) {
  arguments.insert(arguments.begin(), context);
  llvm::Value* more_results = nullptr;
  if (type.results.size() > 1) arguments.push_back(more_results = shared_slots(slots_of_all(type.results)));
  if (through_instance) arguments.push_back(context_);
  llvm::CallInst* call = b_.CreateCall(module_.native_type(type, through_instance), code, arguments);
  module_.set_convention(*call, through_instance);
  if (module_.facts().has_exceptions) check_thrown();
  push_results(type, call, more_results);
}

// Calls share the place for results behind the first, which are read at once.
llvm::Value* FunctionEmitter::shared_slots(uint64_t slots) {
  shared_slots_count_ = std::max(shared_slots_count_, slots);
  llvm::Constant* size = b_.getInt64(shared_slots_count_);
  if (shared_slots_ == nullptr) {
    shared_slots_ = Builder(entry_end_).CreateAlloca(b_.getInt64Ty(), size);
    shared_slots_->setAlignment(llvm::Align(16));
  } else {
    shared_slots_->setOperand(0, size);
  }
  return shared_slots_;
}

void FunctionEmitter::push_results(const FuncType& type, llvm::CallInst* call, llvm::Value* more_results) {
  if (type.results.empty()) return;
  push(call);
  uint64_t slot = 0;
  for (size_t i = 1; i < type.results.size(); ++i) {
    push(load_slot(more_results, slot, type.results[i]));
    slot += slots_of(type.results[i]);
  }
}

llvm::Value* FunctionEmitter::load_slot(llvm::Value* slots, uint64_t slot, ValueType type) {
  llvm::Value* address = module_.at_offset(b_, slots, slot * sizeof(Slot));
  llvm::LoadInst* load = b_.CreateAlignedLoad(module_.type(type), address, llvm::Align(sizeof(Slot)));
  module_.mark_slot_access(*load);
  return load;
}

void FunctionEmitter::store_slot(llvm::Value* value, llvm::Value* slots, uint64_t slot) {
  llvm::Value* address = module_.at_offset(b_, slots, slot * sizeof(Slot));
  module_.mark_slot_access(*b_.CreateAlignedStore(value, address, llvm::Align(sizeof(Slot))));
}

}  // namespace shallop::aot
