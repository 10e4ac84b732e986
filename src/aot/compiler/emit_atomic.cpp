// SPDX-License-Identifier: Apache-2.0
// https://webassembly.github.io/threads/core/exec/instructions.html#atomic-memory-instructions
//
// Each is LLVM's sequentially consistent instruction on a naturally aligned cell, which is one of the processor with a
// lock, or a loop around one. The alignment is compared, always; what is out of bounds is found as for other accesses.
#include "aot/compiler/function_emitter.hpp"
#include "runtime/instance_layout.hpp"

namespace shallop::aot {
namespace {

constexpr llvm::AtomicOrdering ordering = llvm::AtomicOrdering::SequentiallyConsistent;

llvm::AtomicRMWInst::BinOp rmw_operation(Opcode opcode) {
  // By the names that the list of instructions has for them.
  constexpr auto add = llvm::AtomicRMWInst::Add;
  constexpr auto sub = llvm::AtomicRMWInst::Sub;
  constexpr auto and_ = llvm::AtomicRMWInst::And;
  constexpr auto or_ = llvm::AtomicRMWInst::Or;
  constexpr auto xor_ = llvm::AtomicRMWInst::Xor;
  constexpr auto xchg = llvm::AtomicRMWInst::Xchg;
  switch (opcode) {
#define SHALLOP_ATOMIC_RMW(code, id, text, operand, size_bytes, operation) \
  case Opcode::id: return operation;
#include "wasm/opcodes.def"
    default: std::unreachable();
  }
}

llvm::MaybeAlign natural(uint64_t size_bytes) { return llvm::Align(size_bytes); }

}  // namespace

// Misalignment comes before bounds, as in the interpreter.
llvm::Value* FunctionEmitter::atomic_address(llvm::Value* index, const MemArg& argument, uint64_t size_bytes) {
  if (size_bytes > 1) {
    llvm::Value* low =
        b_.CreateAdd(index, llvm::ConstantInt::get(index->getType(), argument.offset & (size_bytes - 1)));
    llvm::Value* misaligned = b_.CreateAnd(low, size_bytes - 1);
    trap_if(b_.CreateICmpNE(misaligned, llvm::ConstantInt::get(index->getType(), 0)), TrapCode::unaligned_atomic);
  }
  return memory_address(index, argument, size_bytes);
}

// The type of the cell is an integer of the access's width; on the stack it is that of the value.
llvm::Value* FunctionEmitter::to_cell(llvm::Value* value, uint64_t size_bytes) {
  return b_.CreateTrunc(value, b_.getIntNTy(static_cast<unsigned>(size_bytes * 8)));
}

void FunctionEmitter::atomic_load(Opcode opcode, MemArg argument) {
  if (!reachable_) return;
  const AccessType access = access_type(opcode);
  llvm::Value* address = atomic_address(pop(), argument, access.size_bytes);
  llvm::LoadInst* load = b_.CreateAlignedLoad(b_.getIntNTy(access.size_bytes * 8), address, natural(access.size_bytes),
                                              /*isVolatile=*/true);
  load->setAtomic(ordering);
  module_.mark_guest_access(*load);
  push(b_.CreateZExt(load, module_.type(access.value)));
}

void FunctionEmitter::atomic_store(Opcode opcode, MemArg argument) {
  if (!reachable_) return;
  const AccessType access = access_type(opcode);
  llvm::Value* value = to_cell(pop(), access.size_bytes);
  llvm::Value* address = atomic_address(pop(), argument, access.size_bytes);
  llvm::StoreInst* store = b_.CreateAlignedStore(value, address, natural(access.size_bytes), /*isVolatile=*/true);
  store->setAtomic(ordering);
  module_.mark_guest_access(*store);
}

void FunctionEmitter::atomic_rmw(Opcode opcode, MemArg argument) {
  if (!reachable_) return;
  const AccessType access = access_type(opcode);
  llvm::Value* value = to_cell(pop(), access.size_bytes);
  llvm::Value* address = atomic_address(pop(), argument, access.size_bytes);
  llvm::AtomicRMWInst* old =
      b_.CreateAtomicRMW(rmw_operation(opcode), address, value, natural(access.size_bytes), ordering);
  old->setVolatile(true);
  module_.mark_guest_access(*old);
  push(b_.CreateZExt(old, module_.type(access.value)));
}

void FunctionEmitter::atomic_cmpxchg(Opcode opcode, MemArg argument) {
  if (!reachable_) return;
  const AccessType access = access_type(opcode);
  llvm::Value* replacement = to_cell(pop(), access.size_bytes);
  llvm::Value* expected = to_cell(pop(), access.size_bytes);
  llvm::Value* address = atomic_address(pop(), argument, access.size_bytes);
  llvm::AtomicCmpXchgInst* exchange =
      b_.CreateAtomicCmpXchg(address, expected, replacement, natural(access.size_bytes), ordering, ordering);
  exchange->setVolatile(true);
  module_.mark_guest_access(*exchange);
  push(b_.CreateZExt(b_.CreateExtractValue(exchange, 0), module_.type(access.value)));
}

// --- Waiting is the runtime's; so are its checks ---

llvm::Value* FunctionEmitter::effective_address(llvm::Value* index, const MemArg& argument) {
  return b_.CreateNUWAdd(wide(index), b_.getInt64(argument.offset));
}

void FunctionEmitter::memory_atomic_notify(MemArg argument) {
  if (!reachable_) return;
  llvm::Value* count = pop();
  llvm::Value* address = effective_address(pop(), argument);
  push(builtin(offsetof(NativeBuiltins, memory_atomic_notify), b_.getInt32Ty(),
               {b_.getInt32(argument.memory.value), address, count}));
}

void FunctionEmitter::emit_wait(size_t builtin_offset, const MemArg& argument) {
  if (!reachable_) return;
  llvm::Value* timeout = pop();
  llvm::Value* expected = pop();
  llvm::Value* address = effective_address(pop(), argument);
  push(builtin(builtin_offset, b_.getInt32Ty(), {b_.getInt32(argument.memory.value), address, expected, timeout}));
}

void FunctionEmitter::memory_atomic_wait32(MemArg argument) {
  emit_wait(offsetof(NativeBuiltins, memory_atomic_wait32), argument);
}

void FunctionEmitter::memory_atomic_wait64(MemArg argument) {
  emit_wait(offsetof(NativeBuiltins, memory_atomic_wait64), argument);
}

void FunctionEmitter::atomic_fence() {
  if (reachable_) b_.CreateFence(ordering);
}

}  // namespace shallop::aot
