// SPDX-License-Identifier: Apache-2.0
// An index into memory has 32 bits and becomes an address of 64. Where it comes out of a phi of a loop, as the pointer
// does that walks a list, code generation cannot see that its upper half is zero, and extends it again in each
// iteration. So such phis are made 64 bits wide, and what goes into them is extended where it is computed, which costs
// nothing: every instruction with a 32-bit result extends it.
#pragma once

#include <llvm/IR/PassManager.h>

namespace shallop::aot {

// Behind everything that combines instructions, which would undo it.
class WidenIndices : public llvm::PassInfoMixin<WidenIndices> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace shallop::aot
