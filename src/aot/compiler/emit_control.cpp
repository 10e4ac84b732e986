// SPDX-License-Identifier: Apache-2.0
// https://webassembly.github.io/spec/core/exec/instructions.html#control-instructions
#include "aot/compiler/function_emitter.hpp"

namespace shallop::aot {

void FunctionEmitter::unreachable() {
  if (!reachable_) return;
  b_.CreateBr(trap_block(TrapCode::unreachable));
  become_unreachable();
}

void FunctionEmitter::block(BlockType type) {
  if (!reachable_) return skip_block();
  create_label(push_frame(Frame::Kind::block, type), type.results(wasm_), "end");
}

void FunctionEmitter::loop(BlockType type) {
  if (!reachable_) return skip_block();
  Frame& frame = push_frame(Frame::Kind::loop, type);
  create_label(frame, type.parameters(wasm_), "loop");
  pass_to(frame);
  b_.CreateBr(frame.label);
  b_.SetInsertPoint(frame.label);
  std::copy(frame.label_values.begin(), frame.label_values.end(),
            operands_.begin() + static_cast<ptrdiff_t>(frame.base_height));
}

void FunctionEmitter::if_(BlockType type) {
  if (!reachable_) return skip_block();
  llvm::Value* condition = pop_condition();
  Frame& frame = push_frame(Frame::Kind::if_, type);
  create_label(frame, type.results(wasm_), "end");
  llvm::BasicBlock* then = create_block("then");
  frame.else_block = create_block("else");
  frame.else_values.assign(operands_.begin() + static_cast<ptrdiff_t>(frame.base_height), operands_.end());
  b_.CreateCondBr(condition, then, frame.else_block);
  b_.SetInsertPoint(then);
}

void FunctionEmitter::else_() {
  if (skipped_blocks_ != 0) return;
  Frame& frame = frames_.back();
  if (reachable_) branch_to(frame);
  b_.SetInsertPoint(frame.else_block);
  frame.else_block = nullptr;
  operands_.resize(frame.base_height);
  operands_.insert(operands_.end(), frame.else_values.begin(), frame.else_values.end());
  reachable_ = true;
}

void FunctionEmitter::end() {
  if (skipped_blocks_ != 0) {
    --skipped_blocks_;
    return;
  }
  // A branch to a loop's label goes to its start: its end is reached from above only.
  if (frames_.back().kind == Frame::Kind::loop) {
    frames_.pop_back();
    return;
  }
  // Without else, a false condition passes the parameters on as results.
  if (frames_.back().else_block != nullptr) else_();
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  if (reachable_) branch_to(frame);
  emit_landing(frame);
  if (frame.label->hasNPredecessorsOrMore(1)) {
    b_.SetInsertPoint(frame.label);
    operands_.resize(frame.base_height);
    operands_.insert(operands_.end(), frame.label_values.begin(), frame.label_values.end());
    reachable_ = true;
    if (frame.kind == Frame::Kind::function) emit_return(frame);
  } else {
    frame.label->eraseFromParent();
    reachable_ = false;
    // Whoever closes the block around this one expects the results' number, not their values.
    operands_.resize(frame.base_height);
  }
}

void FunctionEmitter::br(LabelIndex label) {
  if (!reachable_) return;
  branch_to(target(label));
  become_unreachable();
}

void FunctionEmitter::br_if(LabelIndex label) {
  if (!reachable_) return;
  llvm::Value* condition = pop_condition();
  Frame& frame = target(label);
  pass_to(frame);
  llvm::BasicBlock* next = create_block("next");
  b_.CreateCondBr(condition, frame.label, next);
  b_.SetInsertPoint(next);
}

void FunctionEmitter::br_table(LabelTable labels) {
  if (!reachable_) return;
  llvm::Value* index = pop();
  Frame& otherwise = target(labels.default_label());
  pass_to(otherwise);
  llvm::SwitchInst* branch = b_.CreateSwitch(index, otherwise.label, labels.size());
  uint32_t number = 0;
  for (const LabelIndex label : labels) {
    Frame& frame = target(label);
    // A label's values have one entry for each edge that arrives.
    pass_to(frame);
    branch->addCase(b_.getInt32(number++), frame.label);
  }
  become_unreachable();
}

void FunctionEmitter::return_() {
  if (!reachable_) return;
  branch_to(frames_.front());
  become_unreachable();
}

void FunctionEmitter::emit_return(const Frame& frame) {
  if (frame.results.empty()) {
    b_.CreateRetVoid();
    return;
  }
  if (frame.results.size() > 1) {
    uint64_t slot = 0;
    for (size_t i = 1; i < frame.results.size(); ++i) {
      store_slot(frame.label_values[i], more_results_argument(), slot);
      slot += slots_of(frame.results[i]);
    }
  }
  b_.CreateRet(frame.label_values.front());
}

void FunctionEmitter::become_unreachable() {
  reachable_ = false;
  operands_.resize(frames_.back().base_height);
}

FunctionEmitter::Frame& FunctionEmitter::push_frame(Frame::Kind kind, BlockType type) {
  const auto parameters = type.parameters(wasm_);
  frames_.push_back({.kind = kind,
                     .parameters = parameters,
                     .results = type.results(wasm_),
                     .base_height = operands_.size() - parameters.size()});
  return frames_.back();
}

llvm::BasicBlock* FunctionEmitter::create_block(const char* name) {
  return llvm::BasicBlock::Create(module_.context(), name, function_);
}

void FunctionEmitter::create_label(Frame& frame, std::span<const ValueType> types, const char* name) {
  frame.label = create_block(name);
  Builder builder(frame.label);
  for (const ValueType each : types) frame.label_values.push_back(builder.CreatePHI(module_.type(each), 2));
}

void FunctionEmitter::pass_to(const Frame& frame) {
  const size_t first = operands_.size() - frame.label_values.size();
  for (size_t i = 0; i < frame.label_values.size(); ++i) {
    frame.label_values[i]->addIncoming(operands_[first + i], b_.GetInsertBlock());
  }
}

void FunctionEmitter::branch_to(const Frame& frame) {
  pass_to(frame);
  b_.CreateBr(frame.label);
}

llvm::Value* FunctionEmitter::pop_condition() {
  llvm::Value* value = pop();
  // A comparison's result was widened to an i32; this saves narrowing it again.
  if (auto* widened = llvm::dyn_cast<llvm::ZExtInst>(value);
      widened != nullptr && widened->getSrcTy()->isIntegerTy(1)) {
    return widened->getOperand(0);
  }
  return b_.CreateICmpNE(value, llvm::ConstantInt::get(value->getType(), 0));
}

}  // namespace shallop::aot
