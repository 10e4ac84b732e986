// SPDX-License-Identifier: Apache-2.0
// Accesses of linear memory are emitted volatile: all of them are made, in their order, and one out of bounds traps
// where it stands. That also keeps loops from being vectorised. This pass lifts it in innermost loops of a single block
// without calls, for accesses whose loaded values are used: those still trap if any of them is out of bounds, but after
// the trap, stores of iterations nearby may or may not have been done. Not in modules with shared memory, where other
// threads look on. docs/compiler.md, "Traps and the order of
// accesses".
#pragma once

#include <llvm/IR/PassManager.h>

#include "aot/compiler/module_emitter.hpp"

namespace shallop::aot {

class RelaxAccesses : public llvm::PassInfoMixin<RelaxAccesses> {
 public:
  explicit RelaxAccesses(const ModuleEmitter& module) : module_(&module) {}
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);

 private:
  const ModuleEmitter* module_;
};

}  // namespace shallop::aot
