// SPDX-License-Identifier: Apache-2.0
// Calls of imports: a function for each import that a partition calls, in the partition itself. Most imports are host
// functions with a C++ signature, whose code takes its arguments where C has them (FunctionInstance::host_code); the
// instance stays in its register, so that calling one is what calling a function of the module is.
#include "aot/compiler/stubs.hpp"
#include "runtime/instance_layout.hpp"

namespace shallop::aot {
namespace {

// All other imports: native code of another instance, or a callout. Apart from the first, which needs to save nothing.
llvm::Function* emit_through(ModuleEmitter& module, FuncIndex import) {
  const FuncType& type = module.type_of(import);
  const TypeIndex type_index = module.wasm().function_types[import.value];
  llvm::Function* function = module.create_internal(type, "through_" + std::to_string(import.value));
  llvm::Value* context = function->getArg(0);
  Builder b(llvm::BasicBlock::Create(module.context(), "entry", function));
  llvm::Value* callee = module.imported(b, context, import);
  llvm::Value* code = module.code_of(b, callee, type_index);
  std::vector<llvm::Value*> arguments{module.context_of(b, callee)};
  for (llvm::Argument& each : llvm::drop_begin(function->args())) arguments.push_back(&each);
  arguments.push_back(context);
  llvm::CallInst* call = b.CreateCall(module.native_type(type, true), code, arguments);
  module.set_convention(*call, true);
  module.return_result(b, *call);
  return function;
}

// A host function's result is in a slot (HostReturn).
llvm::Value* from_slot(ModuleEmitter& module, Builder& b, llvm::Value* slot, ValueType type) {
  llvm::Type* wanted = module.type(type);
  llvm::Value* bits = b.CreateZExtOrTrunc(slot, b.getIntNTy(static_cast<unsigned>(wanted->getPrimitiveSizeInBits())));
  return b.CreateBitCast(bits, wanted);
}

bool may_be_direct(const FuncType& type) {
  const auto is_plain = [](ValueType each) {
    return each == ValueType::i32 || each == ValueType::i64 || each == ValueType::f32 || each == ValueType::f64;
  };
  return type.results.size() <= 1 && std::ranges::all_of(type.parameters, is_plain) &&
         std::ranges::all_of(type.results, is_plain);
}

void jump_to(ModuleEmitter& module, Builder& b, llvm::Function& from, llvm::Function* to) {
  std::vector<llvm::Value*> arguments;
  for (llvm::Argument& each : from.args()) arguments.push_back(&each);
  llvm::CallInst* call = b.CreateCall(to, arguments);
  module.set_convention(*call, false);
  call->setTailCallKind(llvm::CallInst::TCK_MustTail);
  module.return_result(b, *call);
}

// HostReturn code(host, instance, parameters...)
llvm::CallInst* call_host_code(ModuleEmitter& module, Builder& b, llvm::Function& import, llvm::Value* code,
                               llvm::Value* callee) {
  llvm::Value* host = module.load_invariant(b, callee, InstanceLayout::function_host, module.pointer());
  std::vector<llvm::Value*> arguments{
      host, module.load_invariant(b, import.getArg(0), InstanceLayout::context_instance, module.pointer())};
  for (llvm::Argument& each : llvm::drop_begin(import.args())) arguments.push_back(&each);
  std::vector<llvm::Type*> types;
  types.reserve(arguments.size());
  for (llvm::Value* each : arguments) types.push_back(each->getType());
  llvm::StructType* host_return = llvm::StructType::get(b.getInt64Ty(), b.getInt32Ty());
  return b.CreateCall(llvm::FunctionType::get(host_return, types, false), code, arguments);
}

void emit_import(ModuleEmitter& module, FuncIndex import) {
  llvm::Function& function = *module.import(import);
  const FuncType& type = module.type_of(import);
  const auto create_block = [&](const char* name) {
    return llvm::BasicBlock::Create(module.context(), name, &function);
  };
  Builder b(create_block("entry"));
  if (!may_be_direct(type)) return jump_to(module, b, function, emit_through(module, import));

  llvm::Value* context = function.getArg(0);
  llvm::Value* callee = module.imported(b, context, import);
  llvm::Value* code = module.load_invariant(b, callee, InstanceLayout::function_host_code, module.pointer());
  llvm::BasicBlock* through = create_block("through");
  llvm::BasicBlock* direct = create_block("direct");
  b.CreateCondBr(b.CreateIsNull(code), through, direct, module.unlikely());
  b.SetInsertPoint(through);
  jump_to(module, b, function, emit_through(module, import));

  b.SetInsertPoint(direct);
  llvm::Value* limit = module.load_invariant(b, context, InstanceLayout::context_stack_limit, module.pointer());
  llvm::Value* place = b.CreateIntrinsic(llvm::Intrinsic::addressofreturnaddress, {module.pointer()}, {});
  llvm::BasicBlock* exhausted = create_block("exhausted");
  llvm::BasicBlock* enter = create_block("enter");
  b.CreateCondBr(b.CreateICmpULT(place, limit), exhausted, enter, module.unlikely());
  b.SetInsertPoint(exhausted);
  module.raise_trap(b, context, TrapCode::call_stack_exhausted);

  b.SetInsertPoint(enter);
  llvm::CallInst* call = call_host_code(module, b, function, code, callee);
  llvm::Value* completion = b.CreateExtractValue(call, 1);
  llvm::BasicBlock* ended = create_block("ended");
  llvm::BasicBlock* returned = create_block("returned");
  llvm::Value* has_ended = b.CreateICmpNE(completion, b.getInt32(static_cast<uint32_t>(Completion::returned)));
  b.CreateCondBr(has_ended, ended, returned, module.unlikely());
  b.SetInsertPoint(ended);
  emit_ended(module, b, function, context, completion);

  b.SetInsertPoint(returned);
  if (type.results.empty())
    b.CreateRetVoid();
  else
    b.CreateRet(from_slot(module, b, b.CreateExtractValue(call, 0), type.results.front()));
}

}  // namespace

void emit_imports(ModuleEmitter& module) {
  for (const FuncIndex each : module.imports_in_use()) emit_import(module, each);
}

}  // namespace shallop::aot
