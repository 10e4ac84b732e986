// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/relax_accesses.hpp"

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>

namespace shallop::aot {
namespace {

bool may_relax(const llvm::BasicBlock& block, const ModuleEmitter& module) {
  for (const llvm::Instruction& each : block) {
    if (llvm::isa<llvm::CallBase>(each) && !llvm::isa<llvm::IntrinsicInst>(each)) return false;
    if (each.isAtomic()) return false;
    // A load whose value nobody uses is there for its trap.
    if (llvm::isa<llvm::LoadInst>(each) && module.is_guest_access(each) && each.use_empty()) return false;
  }
  return true;
}

void relax(llvm::BasicBlock& block, const ModuleEmitter& module) {
  for (llvm::Instruction& each : block) {
    if (!module.is_guest_access(each)) continue;
    if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&each)) load->setVolatile(false);
    if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&each)) store->setVolatile(false);
  }
}

}  // namespace

llvm::PreservedAnalyses RelaxAccesses::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  if (module_->has_shared_memory()) return llvm::PreservedAnalyses::all();
  bool changed = false;
  for (llvm::Loop* loop : analyses.getResult<llvm::LoopAnalysis>(function).getLoopsInPreorder()) {
    if (loop->getNumBlocks() != 1 || !may_relax(*loop->getHeader(), *module_)) continue;
    relax(*loop->getHeader(), *module_);
    changed = true;
  }
  if (!changed) return llvm::PreservedAnalyses::all();
  llvm::PreservedAnalyses preserved;
  preserved.preserveSet<llvm::CFGAnalyses>();
  return preserved;
}

}  // namespace shallop::aot
