// SPDX-License-Identifier: Apache-2.0
// https://webassembly.github.io/spec/core/exec/instructions.html#exec-return-call
//
// Within the instance a tail call is a jump (LLVM's `musttail`, in a convention that has room for the arguments of any
// callee). Out of the instance it is one to leave_<type> (stubs.cpp), where the runtime goes on
// (runtime/tail_call.hpp).
#include "aot/compiler/function_emitter.hpp"
#include "runtime/instance_layout.hpp"

namespace shallop::aot {

void FunctionEmitter::return_call(FuncIndex function) {
  if (!reachable_) return;
  const FuncType& type = module_.type_of(function);
  std::vector<llvm::Value*> arguments = pop(type.parameters.size());
  if (function.value < wasm_.imported_functions) {
    leave(module_.imported(b_, context_, function), wasm_.function_types[function.value], std::move(arguments));
  } else {
    jump_to(module_.function(function), type, std::move(arguments));
  }
  become_unreachable();
}

void FunctionEmitter::return_call_indirect(TypeIndex type_index, TableIndex table) {
  if (!reachable_) return;
  const FuncType& type = wasm_.types[type_index.value];
  if (module_.facts().fixed_tables[table.value]) {
    llvm::Value* code = fixed_element(type_index, table);
    jump_to(code, type, pop(type.parameters.size()));
    return become_unreachable();
  }
  llvm::BasicBlock* own = create_block("own");
  llvm::BasicBlock* other = create_block("other");
  const Element element = own_element(type_index, table, own, other);
  const std::vector<llvm::Value*> arguments = pop(type.parameters.size());
  jump_to(element.code, type, arguments);
  b_.SetInsertPoint(other);
  leave(element.function, type_index, arguments);
  become_unreachable();
}

void FunctionEmitter::leave(llvm::Value* callee, TypeIndex type_index, std::vector<llvm::Value*> arguments) {
  jump_to(module_.leave(type_index), wasm_.types[type_index.value], std::move(arguments), callee);
}

// The callee's results are this function's: so is the place for those behind the first.
void FunctionEmitter::jump_to(llvm::Value* code, const FuncType& type, std::vector<llvm::Value*> arguments,
                              llvm::Value* in_place_of_caller) {
  const bool through_instance = in_place_of_caller != nullptr;
  arguments.insert(arguments.begin(), context_);
  if (type.results.size() > 1) arguments.push_back(more_results_argument());
  if (through_instance) arguments.push_back(in_place_of_caller);
  llvm::CallInst* call = b_.CreateCall(module_.native_type(type, through_instance), code, arguments);
  module_.set_convention(*call, through_instance);
  call->setTailCallKind(llvm::CallInst::TCK_MustTail);
  module_.return_result(b_, *call);
}

}  // namespace shallop::aot
