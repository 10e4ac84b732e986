// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/function_emitter.hpp"

#include "runtime/native_context.hpp"

namespace shallop::aot {

FunctionEmitter::FunctionEmitter(ModuleEmitter& module, uint32_t defined_index)
    : module_(module),
      wasm_(module.wasm()),
      body_(wasm_.functions[defined_index]),
      type_(wasm_.types[body_.type.value]),
      function_(module.function(FuncIndex{wasm_.imported_functions + defined_index})),
      context_(function_->getArg(0)),
      b_(module.context()),
      entry_(llvm::BasicBlock::Create(module.context(), "entry", function_)),
      memory_bases_(wasm_.memory_types.size()) {
  function_->addParamAttr(0, llvm::Attribute::getWithAlignment(module.context(), llvm::Align(alignof(NativeContext))));
}

void FunctionEmitter::emit() {
  b_.SetInsertPoint(entry_);
  for (size_t i = 0; i < type_.parameters.size(); ++i) {
    locals_.push_back(b_.CreateAlloca(module_.type(type_.parameters[i])));
    b_.CreateStore(function_->getArg(static_cast<unsigned>(i + 1)), locals_.back());
  }
  for (const LocalGroup& group : body_.locals) {
    llvm::Type* type = module_.type(group.type);
    for (uint32_t i = 0; i < group.count; ++i) {
      locals_.push_back(b_.CreateAlloca(type));
      b_.CreateStore(llvm::Constant::getNullValue(type), locals_.back());
    }
  }
  llvm::BasicBlock* start = create_block("start");
  entry_end_ = b_.CreateBr(start);
  b_.SetInsertPoint(start);
  frames_.push_back({.kind = Frame::Kind::function, .parameters = {}, .results = type_.results});
  create_label(frames_.back(), type_.results, "return");
  visit_instructions(body_.body, *this);
}

llvm::Value* FunctionEmitter::pop() {
  llvm::Value* value = operands_.back();
  operands_.pop_back();
  return value;
}

std::vector<llvm::Value*> FunctionEmitter::pop(size_t count) {
  const auto first = operands_.end() - static_cast<ptrdiff_t>(count);
  std::vector<llvm::Value*> values(first, operands_.end());
  operands_.erase(first, operands_.end());
  return values;
}

llvm::Value* FunctionEmitter::entry_alloca(llvm::Type* type) { return Builder(entry_end_).CreateAlloca(type); }

llvm::CallInst* FunctionEmitter::builtin(size_t offset, llvm::Type* result, llvm::ArrayRef<llvm::Value*> arguments) {
  return module_.call_builtin(b_, context_, offset, result, arguments);
}

llvm::BasicBlock* FunctionEmitter::trap_block(TrapCode code) {
  llvm::BasicBlock*& known = trap_blocks_[static_cast<size_t>(code)];
  if (known == nullptr) {
    known = create_block("trap");
    Builder builder(known);
    module_.raise_trap(builder, context_, code);
  }
  return known;
}

void FunctionEmitter::trap_if(llvm::Value* condition, TrapCode code) {
  llvm::BasicBlock* next = create_block("checked");
  b_.CreateCondBr(condition, trap_block(code), next, module_.unlikely());
  b_.SetInsertPoint(next);
}

}  // namespace shallop::aot
