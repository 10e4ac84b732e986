// SPDX-License-Identifier: Apache-2.0
// Where two instructions become one: each function tries to emit an instruction together with the one emitted last, and
// returns false (or nothing) when the two have no common form; then the caller emits its instruction alone.
// Which pairs exist, and why these: fused_handlers.hpp; they head the counts of dynamic pairs in benchmarks/kernels.
#pragma once

#include <optional>

#include "interpreter/function_builder.hpp"

namespace shallop::interpreter {

// outer(a, b) where a or b was computed or loaded last. The operands are popped already, here and below.
bool fuse_operation(FunctionBuilder& builder, Opcode outer, const Operand& a, const Operand& b);

// A load or store whose address is a sum that was computed last. For guarded memories only.
bool fuse_load(FunctionBuilder& builder, Opcode load, const Operand& address, uint32_t offset);
bool fuse_store(FunctionBuilder& builder, Opcode store, const Operand& address, const Operand& value, uint32_t offset);

// A select, its operands still on the stack, whose condition was compared last.
bool fuse_select(FunctionBuilder& builder);

// A global's new value that was computed last: a C function's frame on the stack of linear memory.
bool fuse_global_set(FunctionBuilder& builder, GlobalIndex global, const Operand& value);
// A return behind that, of nothing (null) or of one value that is no constant.
bool fuse_return(FunctionBuilder& builder, const Operand* value);

// A branch that is taken if compare(a, b), where a was computed or loaded last. Returns the position of the branch,
// whose target is still to be set.
std::optional<size_t> fuse_branch(FunctionBuilder& builder, Opcode compare, const Operand& a, const Operand& b);

}  // namespace shallop::interpreter
