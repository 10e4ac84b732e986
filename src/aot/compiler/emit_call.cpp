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
    llvm::Value* functions =
        module_.load_invariant(b_, instance_, InstanceLayout::instance_functions, module_.pointer());
    llvm::Value* callee = module_.load_invariant(b_, functions, function.value * sizeof(void*), module_.pointer());
    return call_through(callee, type, std::move(arguments));
  }
  arguments.insert(arguments.begin(), instance_);
  add_results_argument(type, arguments);
  llvm::CallInst* call = b_.CreateCall(module_.function(function), arguments);
  module_.set_convention(*call, false);
  push_results(type, call, results_);
}

// A bounds check, a type check and a call. Null references, functions of another type and functions that have no native
// form yet all have a native_type that differs; what reads it of a null reference faults, which is the trap for that.
void FunctionEmitter::call_indirect(TypeIndex type_index, TableIndex table) {
  if (!reachable_) return;
  const FuncType& type = wasm_.types[type_index.value];
  if (module_.facts().fixed_tables[table.value]) return call_fixed(type, type_index, table);
  llvm::Value* address = element_address(table, pop(), TrapCode::undefined_element);
  std::vector<llvm::Value*> arguments = pop(type.parameters.size());
  llvm::LoadInst* callee = b_.CreateLoad(module_.pointer(), address);
  module_.mark_element_access(*callee);
  llvm::LoadInst* actual = module_.load_member(b_, callee, InstanceLayout::function_native_type, module_.pointer());
  actual->setVolatile(true);
  llvm::Value* types =
      module_.load_invariant(b_, instance_, InstanceLayout::instance_canonical_types, module_.pointer());
  llvm::Value* expected = module_.load_invariant(b_, types, type_index.value * sizeof(void*), module_.pointer());

  llvm::BasicBlock* resolve = create_block("resolve");
  llvm::BasicBlock* resolved = create_block("resolved");
  b_.CreateCondBr(b_.CreateICmpNE(actual, expected), resolve, resolved, module_.unlikely());
  b_.SetInsertPoint(resolve);
  builtin(offsetof(NativeBuiltins, resolve_indirect), b_.getVoidTy(), {callee, b_.getInt32(type_index.value)})
      ->addFnAttr(llvm::Attribute::Cold);
  b_.CreateBr(resolved);
  b_.SetInsertPoint(resolved);
  call_through(callee, type, std::move(arguments));
}

// The table's array has, for each element, where its code is, relative to the array, and the number of its type. All of
// it is code of this module, so the instance stays where it is.
void FunctionEmitter::call_fixed(const FuncType& type, TypeIndex type_index, TableIndex table) {
  llvm::Value* index = pop();
  std::vector<llvm::Value*> arguments = pop(type.parameters.size());
  arguments.insert(arguments.begin(), instance_);
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
  llvm::Value* code = b_.CreateGEP(b_.getInt8Ty(), array, distance);
  add_results_argument(type, arguments);
  llvm::CallInst* call = b_.CreateCall(module_.native_type(type, false), code, arguments);
  module_.set_convention(*call, false);
  push_results(type, call, results_);
}

void FunctionEmitter::call_through(llvm::Value* function, const FuncType& type, std::vector<llvm::Value*> arguments) {
  llvm::Value* code = module_.load_member(b_, function, InstanceLayout::function_native, module_.pointer());
  llvm::Value* context = module_.load_member(b_, function, InstanceLayout::function_native_context, module_.pointer());
  arguments.insert(arguments.begin(), context);
  add_results_argument(type, arguments);
  arguments.push_back(instance_);
  llvm::CallInst* call = b_.CreateCall(module_.native_type(type, true), code, arguments);
  module_.set_convention(*call, true);
  push_results(type, call, results_);
}

// All calls of a function share the place for results behind the first: they are read at once.
void FunctionEmitter::add_results_argument(const FuncType& type, std::vector<llvm::Value*>& arguments) {
  if (type.results.size() < 2) return;
  uint64_t slots = 0;
  for (const ValueType each : type.results) slots += slots_of(each);
  results_slots_ = std::max(results_slots_, slots);
  llvm::Constant* size = b_.getInt64(results_slots_);
  if (results_ == nullptr) {
    results_ = Builder(entry_end_).CreateAlloca(b_.getInt64Ty(), size);
    results_->setAlignment(llvm::Align(16));
  } else {
    results_->setOperand(0, size);
  }
  arguments.push_back(results_);
}

void FunctionEmitter::push_results(const FuncType& type, llvm::CallInst* call, llvm::Value* more_results) {
  if (type.results.empty()) return;
  push(call);
  uint64_t slot = 0;
  for (size_t i = 1; i < type.results.size(); ++i) {
    llvm::Value* address = module_.at_offset(b_, more_results, slot * sizeof(Slot));
    llvm::LoadInst* load = b_.CreateAlignedLoad(module_.type(type.results[i]), address, llvm::Align(sizeof(Slot)));
    module_.mark_slot_access(*load);
    push(load);
    slot += slots_of(type.results[i]);
  }
}

}  // namespace shallop::aot
