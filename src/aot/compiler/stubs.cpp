// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/stubs.hpp"

#include "runtime/instance_layout.hpp"

namespace shallop::aot {
namespace {

llvm::LoadInst* load_slot(ModuleEmitter& module, Builder& b, llvm::Value* slots, uint64_t slot, ValueType type) {
  llvm::Value* address = module.at_offset(b, slots, slot * sizeof(Slot));
  llvm::LoadInst* load = b.CreateAlignedLoad(module.type(type), address, llvm::Align(sizeof(Slot)));
  module.mark_slot_access(*load);
  return load;
}

void store_slot(ModuleEmitter& module, Builder& b, llvm::Value* value, llvm::Value* slots, uint64_t slot) {
  llvm::Value* address = module.at_offset(b, slots, slot * sizeof(Slot));
  module.mark_slot_access(*b.CreateAlignedStore(value, address, llvm::Align(sizeof(Slot))));
}

// Results behind the first, between the place where the native convention has them and slots.
void copy_more_results(ModuleEmitter& module, Builder& b, const FuncType& type, llvm::Value* from, uint64_t from_slot,
                       llvm::Value* to, uint64_t to_slot) {
  for (size_t i = 1; i < type.results.size(); ++i) {
    store_slot(module, b, load_slot(module, b, from, from_slot, type.results[i]), to, to_slot);
    from_slot += slots_of(type.results[i]);
    to_slot += slots_of(type.results[i]);
  }
}

llvm::AllocaInst* create_slots(Builder& b, uint64_t count) {
  llvm::AllocaInst* slots = b.CreateAlloca(b.getInt64Ty(), b.getInt64(count));
  slots->setAlignment(llvm::Align(16));
  return slots;
}

// Room for parameters, then results.
llvm::AllocaInst* create_slots_of(Builder& b, const FuncType& type) {
  return create_slots(b, std::max({slots_of_all(type.parameters), slots_of_all(type.results), 1u}));
}

void store_parameters(ModuleEmitter& module, Builder& b, const FuncType& type, llvm::Function& function,
                      llvm::Value* slots) {
  uint64_t slot = 0;
  for (size_t i = 0; i < type.parameters.size(); ++i) {
    store_slot(module, b, function.getArg(static_cast<unsigned>(i + 1)), slots, slot);
    slot += slots_of(type.parameters[i]);
  }
}

// From a function in the native convention that has a caller or the like.
void return_slots(ModuleEmitter& module, Builder& b, const FuncType& type, llvm::Function& function,
                  llvm::Value* slots) {
  if (type.results.empty()) {
    b.CreateRetVoid();
    return;
  }
  if (type.results.size() > 1) {
    copy_more_results(module, b, type, slots, slots_of(type.results.front()),
                      function.getArg(static_cast<unsigned>(function.arg_size() - 2)), 0);
  }
  b.CreateRet(load_slot(module, b, slots, 0, type.results.front()));
}

void emit_entry(ModuleEmitter& module, const FuncType& type, const std::string& name) {
  llvm::LLVMContext& context = module.context();
  llvm::Type* pointer = module.pointer();
  llvm::Function* function =
      module.create(llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer, pointer, pointer}, false), name);
  llvm::Value* slots = function->getArg(0);
  Builder b(llvm::BasicBlock::Create(context, "entry", function));
  std::vector<llvm::Value*> arguments{function->getArg(2)};
  uint64_t slot = 0;
  for (const ValueType each : type.parameters) {
    arguments.push_back(load_slot(module, b, slots, slot, each));
    slot += slots_of(each);
  }
  llvm::Value* more_results = nullptr;
  if (type.results.size() > 1) {
    more_results = create_slots(b, slots_of_all(type.results));
    arguments.push_back(more_results);
  }
  arguments.push_back(llvm::ConstantPointerNull::get(llvm::PointerType::getUnqual(context)));  // no caller
  llvm::CallInst* call = b.CreateCall(module.native_type(type, true), function->getArg(1), arguments);
  module.set_convention(*call, true);
  if (!type.results.empty()) {
    store_slot(module, b, call, slots, 0);
    copy_more_results(module, b, type, more_results, 0, slots, slots_of(type.results.front()));
  }
  b.CreateRetVoid();
}

void emit_callout(ModuleEmitter& module, TypeIndex type_index) {
  llvm::LLVMContext& context = module.context();
  const FuncType& type = module.wasm().types[type_index.value];
  llvm::Function* function = module.callout(type_index);
  llvm::Value* callee = function->getArg(0);
  llvm::Value* caller = function->getArg(static_cast<unsigned>(function->arg_size() - 1));
  Builder b(llvm::BasicBlock::Create(context, "entry", function));
  llvm::BasicBlock* exhausted = llvm::BasicBlock::Create(context, "exhausted", function);
  llvm::BasicBlock* enter = llvm::BasicBlock::Create(context, "enter", function);
  llvm::BasicBlock* ended = llvm::BasicBlock::Create(context, "ended", function);
  llvm::BasicBlock* returned = llvm::BasicBlock::Create(context, "returned", function);

  llvm::Value* slots = create_slots_of(b, type);
  llvm::Value* limit = module.load_invariant(b, caller, InstanceLayout::context_stack_limit, module.pointer());
  b.CreateCondBr(b.CreateICmpULT(slots, limit), exhausted, enter, module.unlikely());
  b.SetInsertPoint(exhausted);
  module.raise_trap(b, caller, TrapCode::call_stack_exhausted);

  b.SetInsertPoint(enter);
  store_parameters(module, b, type, *function, slots);
  llvm::Value* entry = module.load_member(b, callee, InstanceLayout::function_entry, module.pointer());
  llvm::FunctionType* entry_type =
      llvm::FunctionType::get(b.getInt32Ty(), {module.pointer(), module.pointer(), module.pointer()}, false);
  llvm::Value* instance = module.load_invariant(b, caller, InstanceLayout::context_instance, module.pointer());
  llvm::Value* completion = b.CreateCall(entry_type, entry, {callee, instance, slots});
  llvm::Value* is_returned = b.CreateICmpEQ(completion, b.getInt32(static_cast<uint32_t>(Completion::returned)));
  b.CreateCondBr(is_returned, returned, ended);

  b.SetInsertPoint(ended);
  emit_ended(module, b, *function, caller, completion);

  b.SetInsertPoint(returned);
  return_slots(module, b, type, *function, slots);
}

// Stands where the function that made the tail call stood: what it returns to is that one's caller.
void emit_leave(ModuleEmitter& module, TypeIndex type_index) {
  const FuncType& type = module.wasm().types[type_index.value];
  llvm::Function* function = module.leave(type_index);
  llvm::Value* context = function->getArg(0);
  llvm::Value* callee = function->getArg(static_cast<unsigned>(function->arg_size() - 1));
  Builder b(llvm::BasicBlock::Create(module.context(), "entry", function));
  llvm::Value* slots = create_slots_of(b, type);
  store_parameters(module, b, type, *function, slots);
  llvm::Value* return_address = b.CreateIntrinsic(llvm::Intrinsic::returnaddress, {}, {b.getInt32(0)});
  module.call_builtin(b, context, offsetof(NativeBuiltins, tail_call), b.getVoidTy(), {callee, slots, return_address});
  if (module.facts().has_exceptions) {
    llvm::BasicBlock* threw = llvm::BasicBlock::Create(module.context(), "threw", function);
    llvm::BasicBlock* returned = llvm::BasicBlock::Create(module.context(), "returned", function);
    b.CreateCondBr(module.has_thrown(b, context), threw, returned, module.unlikely());
    b.SetInsertPoint(threw);
    module.return_nothing(b, *function);
    b.SetInsertPoint(returned);
  }
  return_slots(module, b, type, *function, slots);
}

}  // namespace

// The callee of `function` did not return.
void emit_ended(ModuleEmitter& module, Builder& b, const llvm::Function& function, llvm::Value* caller,
                llvm::Value* completion) {
  if (module.facts().has_exceptions) {
    module.call_builtin(b, caller, offsetof(NativeBuiltins, pass_on), b.getVoidTy(), {completion});
    module.return_nothing(b, function);
  } else {
    module.call_builtin(b, caller, offsetof(NativeBuiltins, raise), b.getVoidTy(), {completion})->setDoesNotReturn();
    b.CreateUnreachable();
  }
}

NeededStubs needed_stubs(const Module& module) {
  const bool has_tables = !module.table_types.empty();
  NeededStubs needed{.entries = std::vector<bool>(module.types.size()),
                     .callouts = std::vector<bool>(module.types.size(), has_tables)};
  for (size_t i = 0; i < module.function_types.size(); ++i) {
    std::vector<bool>& kind = i < module.imported_functions ? needed.callouts : needed.entries;
    kind[module.function_types[i].value] = true;
  }
  return needed;
}

// Of entries and callouts NativeCode knows the beginnings, and takes what is before the first of them for a callout.
void emit_stubs(ModuleEmitter& module, const NeededStubs& needed) {
  const auto types = static_cast<uint32_t>(module.wasm().types.size());
  for (uint32_t i = 0; i < types && module.facts().has_tail_calls; ++i) {
    if (needed.callouts[i]) emit_leave(module, {i});
  }
  for (uint32_t i = 0; i < types; ++i) {
    if (needed.entries[i]) emit_entry(module, module.wasm().types[i], "entry_" + std::to_string(i));
    if (needed.callouts[i]) emit_callout(module, {i});
  }
}

}  // namespace shallop::aot
