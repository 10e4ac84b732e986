// SPDX-License-Identifier: Apache-2.0
// https://webassembly.github.io/spec/core/exec/instructions.html#memory-instructions
//
// Every access is volatile when it is emitted, so that none is removed, added or moved across another, and one that is
// out of bounds traps where it stands; relax_accesses.cpp says where that is given up.
#include "aot/compiler/function_emitter.hpp"
#include "aot/compiler/shape.hpp"
#include "runtime/instance_layout.hpp"

namespace shallop::aot {
namespace {

// Copies of a known size up to this are made of loads and stores.
constexpr uint64_t inline_copy_bytes = 128;

constexpr uint32_t page_size_log2 = 16;

}  // namespace

llvm::Value* FunctionEmitter::memory_object(MemoryIndex memory) {
  llvm::Value* memories = module_.load_invariant(b_, context_, InstanceLayout::context_memories, module_.pointer());
  return module_.load_invariant(b_, memories, memory.value * sizeof(void*), module_.pointer());
}

// The base of a guarded memory never changes: it is read once, where the function begins.
llvm::Value* FunctionEmitter::memory_base(MemoryIndex memory) {
  if (!module_.options().guarded_memory) {
    return module_.load_member(b_, memory_object(memory), InstanceLayout::memory_base, module_.pointer());
  }
  if (memory.value == 0 && context_is_memory(wasm_)) return context_;
  llvm::Value*& known = memory_bases_[memory.value];
  if (known == nullptr) {
    const Builder::InsertPointGuard guard(b_);
    b_.SetInsertPoint(entry_end_);
    known = memory.value == 0
                ? module_.load_invariant(b_, context_, InstanceLayout::context_memory_base, module_.pointer())
                : module_.load_invariant(b_, memory_object(memory), InstanceLayout::memory_base, module_.pointer());
  }
  return known;
}

// Another thread may grow a shared memory at any moment.
llvm::Value* FunctionEmitter::memory_size_bytes(MemoryIndex memory) {
  llvm::LoadInst* size =
      module_.load_member(b_, memory_object(memory), InstanceLayout::memory_size_bytes, b_.getInt64Ty());
  if (wasm_.memory_types[memory.value].shared) size->setAtomic(llvm::AtomicOrdering::Acquire);
  return size;
}

llvm::Value* FunctionEmitter::memory_address(llvm::Value* index, const MemArg& argument, uint64_t size_bytes) {
  index = wide(index);
  if (!module_.options().guarded_memory) {
    llvm::Value* size = memory_size_bytes(argument.memory);
    // Neither sum can wrap: an index and an offset have 32 bits.
    llvm::Value* end = b_.CreateNUWAdd(index, b_.getInt64(argument.offset + size_bytes));
    trap_if(b_.CreateICmpUGT(end, size), TrapCode::out_of_bounds_memory_access);
  }
  llvm::Value* address = b_.CreateGEP(b_.getInt8Ty(), memory_base(argument.memory), index);
  return module_.at_offset(b_, address, argument.offset);
}

llvm::Value* FunctionEmitter::load_guest(llvm::Type* type, llvm::Value* address) {
  llvm::LoadInst* load = b_.CreateAlignedLoad(type, address, llvm::Align(1), true);
  module_.mark_guest_access(*load);
  return load;
}

void FunctionEmitter::store_guest(llvm::Value* value, llvm::Value* address) {
  module_.mark_guest_access(*b_.CreateAlignedStore(value, address, llvm::Align(1), true));
}

void FunctionEmitter::load(Opcode opcode, MemArg argument) {
  if (!reachable_) return;
  const AccessType access = access_type(opcode);
  llvm::Value* address = memory_address(pop(), argument, access.size_bytes);
  llvm::Type* type = module_.type(access.value);
  llvm::Type* narrow = b_.getIntNTy(access.size_bytes * 8);
  const std::string_view operation = operation_of(text(opcode));
  if (type->getPrimitiveSizeInBits() == narrow->getPrimitiveSizeInBits()) return push(load_guest(type, address));
  if (!type->isVectorTy()) {
    llvm::Value* value = load_guest(narrow, address);
    return push(operation.ends_with("_s") ? b_.CreateSExt(value, type) : b_.CreateZExt(value, type));
  }
  llvm::Value* vector;
  if (operation.ends_with("_splat")) {
    vector = b_.CreateVectorSplat(16 / access.size_bytes, load_guest(narrow, address));
  } else if (operation.ends_with("_zero")) {
    llvm::Type* lanes = llvm::FixedVectorType::get(narrow, 16 / access.size_bytes);
    vector = b_.CreateInsertElement(llvm::Constant::getNullValue(lanes), load_guest(narrow, address), uint64_t{0});
  } else {  // load8x8_s and the like: eight bytes, each lane widened to twice its size
    const Shape narrow_lanes = parse_shape(operation.substr(3, operation.find('_') - 3));  // of "d8x8"
    const uint32_t lane_bits = narrow_lanes.lane_bits;
    const uint32_t lanes = narrow_lanes.lanes;
    llvm::Value* value = load_guest(llvm::FixedVectorType::get(b_.getIntNTy(lane_bits), lanes), address);
    llvm::Type* wider = llvm::FixedVectorType::get(b_.getIntNTy(lane_bits * 2), lanes);
    vector = operation.ends_with("_s") ? b_.CreateSExt(value, wider) : b_.CreateZExt(value, wider);
  }
  push(b_.CreateBitCast(vector, type));
}

void FunctionEmitter::store(Opcode opcode, MemArg argument) {
  if (!reachable_) return;
  const AccessType access = access_type(opcode);
  llvm::Value* value = pop();
  llvm::Value* address = memory_address(pop(), argument, access.size_bytes);
  llvm::Type* narrow = b_.getIntNTy(access.size_bytes * 8);
  if (value->getType()->getPrimitiveSizeInBits() != narrow->getPrimitiveSizeInBits()) {
    value = b_.CreateTrunc(value, narrow);
  }
  store_guest(value, address);
}

void FunctionEmitter::load_lane(Opcode opcode, MemArg argument, LaneIndex lane) {
  if (!reachable_) return;
  const AccessType access = access_type(opcode);
  llvm::Value* vector = pop();
  llvm::Value* address = memory_address(pop(), argument, access.size_bytes);
  llvm::Type* element = b_.getIntNTy(access.size_bytes * 8);
  llvm::Value* lanes = b_.CreateBitCast(vector, llvm::FixedVectorType::get(element, 16 / access.size_bytes));
  lanes = b_.CreateInsertElement(lanes, load_guest(element, address), uint64_t{lane.value});
  push(b_.CreateBitCast(lanes, vector->getType()));
}

void FunctionEmitter::store_lane(Opcode opcode, MemArg argument, LaneIndex lane) {
  if (!reachable_) return;
  const AccessType access = access_type(opcode);
  llvm::Value* vector = pop();
  llvm::Value* address = memory_address(pop(), argument, access.size_bytes);
  llvm::Type* element = b_.getIntNTy(access.size_bytes * 8);
  llvm::Value* lanes = b_.CreateBitCast(vector, llvm::FixedVectorType::get(element, 16 / access.size_bytes));
  store_guest(b_.CreateExtractElement(lanes, uint64_t{lane.value}), address);
}

void FunctionEmitter::memory_size(MemoryIndex memory) {
  if (!reachable_) return;
  push(b_.CreateTrunc(b_.CreateLShr(memory_size_bytes(memory), page_size_log2), b_.getInt32Ty()));
}

void FunctionEmitter::memory_grow(MemoryIndex memory) {
  if (!reachable_) return;
  llvm::Value* delta = pop();
  llvm::Value* before =
      builtin(offsetof(NativeBuiltins, memory_grow), b_.getInt64Ty(), {b_.getInt32(memory.value), wide(delta)});
  push(b_.CreateTrunc(before, b_.getInt32Ty()));
}

void FunctionEmitter::memory_fill(MemoryIndex memory) {
  if (!reachable_) return;
  const std::vector<llvm::Value*> operands = pop(3);
  builtin(offsetof(NativeBuiltins, memory_fill), b_.getVoidTy(),
          {b_.getInt32(memory.value), wide(operands[0]), operands[1], wide(operands[2])});
}

void FunctionEmitter::memory_copy(MemoryIndex target, MemoryIndex source) {
  if (!reachable_) return;
  const std::vector<llvm::Value*> operands = pop(3);
  if (copy_inline(target, source, operands[0], operands[1], operands[2])) return;
  builtin(
      offsetof(NativeBuiltins, memory_copy), b_.getVoidTy(),
      {b_.getInt32(target.value), b_.getInt32(source.value), wide(operands[0]), wide(operands[1]), wide(operands[2])});
}

// A copy out of bounds must change nothing. All is loaded before the first store, and what is stored first ends at the
// end of the target: if any of it is out of bounds, that is, and the store faults as a whole.
bool FunctionEmitter::copy_inline(MemoryIndex target, MemoryIndex source, llvm::Value* start, llvm::Value* source_start,
                                  llvm::Value* count) {
  const auto* known = llvm::dyn_cast<llvm::ConstantInt>(count);
  if (known == nullptr || known->isZero() || known->getZExtValue() > inline_copy_bytes) return false;
  const uint64_t size_bytes = known->getZExtValue();
  llvm::Value* to = memory_address(start, {.memory = target}, size_bytes);
  llvm::Value* from = memory_address(source_start, {.memory = source}, size_bytes);
  std::vector<std::pair<uint64_t, llvm::Value*>> pieces;
  for (uint64_t end = size_bytes; end != 0;) {
    const uint64_t piece = end >= 16 ? 16 : std::bit_floor(end);
    end -= piece;
    llvm::Type* type = piece == 16 ? module_.type(ValueType::v128) : b_.getIntNTy(static_cast<unsigned>(piece * 8));
    pieces.emplace_back(end, load_guest(type, module_.at_offset(b_, from, end)));
  }
  for (const auto& [offset, value] : pieces) store_guest(value, module_.at_offset(b_, to, offset));
  return true;
}

void FunctionEmitter::memory_init(DataIndex segment, MemoryIndex memory) {
  if (!reachable_) return;
  const std::vector<llvm::Value*> operands = pop(3);
  builtin(
      offsetof(NativeBuiltins, memory_init), b_.getVoidTy(),
      {b_.getInt32(memory.value), b_.getInt32(segment.value), wide(operands[0]), wide(operands[1]), wide(operands[2])});
}

void FunctionEmitter::data_drop(DataIndex segment) {
  if (reachable_) builtin(offsetof(NativeBuiltins, data_drop), b_.getVoidTy(), {b_.getInt32(segment.value)});
}

}  // namespace shallop::aot
