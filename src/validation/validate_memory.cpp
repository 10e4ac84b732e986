// SPDX-License-Identifier: Apache-2.0
// The rules of memory instructions, the atomic ones included.
#include <fmt/format.h>

#include "validation/function_validator.hpp"
#include "validation/known_index.hpp"
#include "wasm/error.hpp"

namespace shallop {

using enum ValueType;

namespace {
constexpr uint32_t vector_size_bytes = 16;
}

// Memory instructions: https://webassembly.github.io/spec/core/valid/instructions.html#memory-instructions

void FunctionValidator::require_type(TypeIndex index) const {
  require_known_index("type", index.value, module_.types.size(), stack_.offset());
}

void FunctionValidator::require_memory(MemoryIndex index) const {
  require_known_index("memory", index.value, module_.memory_types.size(), stack_.offset());
}

void FunctionValidator::require_data_segment(DataIndex index) const {
  // Without the count, a body could not be validated before the data section, which comes later, has been read.
  if (!module_.data_count) {
    throw DecodeError(stack_.offset(), "data count section required: an instruction names a data segment");
  }
  require_known_index("data segment", index.value, *module_.data_count, stack_.offset());
}

void FunctionValidator::require_alignment(AccessType access, MemArg argument) const {
  if (uint64_t{1} << argument.align_log2 > access.size_bytes) [[unlikely]] {
    stack_.fail(fmt::format("alignment must not be larger than natural: expected at most {} bytes, found 2^{}",
                            access.size_bytes, argument.align_log2));
  }
}

void FunctionValidator::memory_size(MemoryIndex index) {
  require_memory(index);
  stack_.push(i32);
}

void FunctionValidator::memory_grow(MemoryIndex index) {
  require_memory(index);
  stack_.apply_unary(i32, i32);
}

void FunctionValidator::memory_init(DataIndex data, MemoryIndex memory) {
  require_memory(memory);
  require_data_segment(data);
  for (int i = 0; i < 3; ++i) stack_.pop(i32);
}

void FunctionValidator::data_drop(DataIndex index) { require_data_segment(index); }

void FunctionValidator::memory_copy(MemoryIndex target, MemoryIndex source) {
  require_memory(target);
  require_memory(source);
  for (int i = 0; i < 3; ++i) stack_.pop(i32);
}

void FunctionValidator::memory_fill(MemoryIndex index) {
  require_memory(index);
  for (int i = 0; i < 3; ++i) stack_.pop(i32);
}

void FunctionValidator::load(Opcode opcode, MemArg argument) {
  const AccessType access = access_type(opcode);
  require_memory(argument.memory);
  require_alignment(access, argument);
  stack_.apply_unary(i32, access.value);
}

void FunctionValidator::store(Opcode opcode, MemArg argument) {
  const AccessType access = access_type(opcode);
  require_memory(argument.memory);
  require_alignment(access, argument);
  stack_.pop(access.value);
  stack_.pop(i32);
}

void FunctionValidator::load_lane(Opcode opcode, MemArg argument, LaneIndex lane) {
  require_lane(lane, vector_size_bytes / access_type(opcode).size_bytes);
  stack_.pop(v128);
  load(opcode, argument);
}

void FunctionValidator::store_lane(Opcode opcode, MemArg argument, LaneIndex lane) {
  require_lane(lane, vector_size_bytes / access_type(opcode).size_bytes);
  store(opcode, argument);
}

// Atomic memory instructions:
// https://webassembly.github.io/threads/core/valid/instructions.html#atomic-memory-instructions

void FunctionValidator::require_atomic_access(AccessType access, MemArg argument) const {
  require_memory(argument.memory);
  if (uint64_t{1} << argument.align_log2 != access.size_bytes) [[unlikely]] {
    stack_.fail(fmt::format("atomic alignment must be natural: expected {} bytes, found 2^{}", access.size_bytes,
                            argument.align_log2));
  }
}

void FunctionValidator::atomic_load(Opcode opcode, MemArg argument) {
  require_atomic_access(access_type(opcode), argument);
  stack_.apply_unary(i32, access_type(opcode).value);
}

void FunctionValidator::atomic_store(Opcode opcode, MemArg argument) {
  require_atomic_access(access_type(opcode), argument);
  stack_.pop(access_type(opcode).value);
  stack_.pop(i32);
}

void FunctionValidator::atomic_rmw(Opcode opcode, MemArg argument) {
  require_atomic_access(access_type(opcode), argument);
  stack_.pop(access_type(opcode).value);
  stack_.apply_unary(i32, access_type(opcode).value);
}

void FunctionValidator::atomic_cmpxchg(Opcode opcode, MemArg argument) {
  stack_.pop(access_type(opcode).value);
  atomic_rmw(opcode, argument);
}

void FunctionValidator::memory_atomic_notify(MemArg argument) {
  require_atomic_access(i32_access, argument);
  stack_.apply_binary(i32, i32);
}

void FunctionValidator::wait(AccessType access, MemArg argument) {
  require_atomic_access(access, argument);
  stack_.pop(i64);
  stack_.pop(access.value);
  stack_.apply_unary(i32, i32);
}

}  // namespace shallop
