// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/widen_indices.hpp"

#include <llvm/ADT/MapVector.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Instructions.h>

namespace shallop::aot {
namespace {

using Builder = llvm::IRBuilder<>;

bool is_extension(const llvm::User* user) {
  return llvm::isa<llvm::ZExtInst>(user) && user->getType()->isIntegerTy(64);
}

class Widening {
 public:
  explicit Widening(llvm::Function& function) : function_(function) {}

  bool run() {
    find_phis();
    for (auto& [phi, wide] : phis_) {
      wide = Builder(phi).CreatePHI(llvm::Type::getInt64Ty(phi->getContext()), phi->getNumIncomingValues());
    }
    for (auto& [phi, wide] : phis_) {
      for (unsigned i = 0; i < phi->getNumIncomingValues(); ++i) {
        wide->addIncoming(widened(phi->getIncomingValue(i)), phi->getIncomingBlock(i));
      }
    }
    for (auto& [value, wide] : values_) replace_extensions(value, wide);
    for (auto& [phi, wide] : phis_) replace(phi, wide);
    for (auto& [phi, wide] : phis_) phi->eraseFromParent();
    return !phis_.empty();
  }

 private:
  // Those that are extended somewhere, and those that go into them.
  void find_phis() {
    llvm::SmallVector<llvm::PHINode*> found;
    for (llvm::BasicBlock& block : function_) {
      for (llvm::PHINode& phi : block.phis()) {
        if (phi.getType()->isIntegerTy(32) && llvm::any_of(phi.users(), is_extension)) found.push_back(&phi);
      }
    }
    while (!found.empty()) {
      llvm::PHINode* phi = found.pop_back_val();
      if (!phis_.insert({phi, nullptr}).second) continue;
      for (llvm::Value* value : phi->incoming_values()) {
        if (auto* other = llvm::dyn_cast<llvm::PHINode>(value)) found.push_back(other);
      }
    }
  }

  // `value` with 64 bits, extended once, where it is computed.
  llvm::Value* widened(llvm::Value* value) {
    if (auto* phi = llvm::dyn_cast<llvm::PHINode>(value)) return phis_.find(phi)->second;
    llvm::Value*& wide = values_[value];
    if (wide != nullptr) return wide;
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
    const llvm::BasicBlock::iterator after = instruction != nullptr ? *instruction->getInsertionPointAfterDef()
                                                                    : function_.getEntryBlock().getFirstInsertionPt();
    Builder builder(after->getParent(), after);
    return wide = builder.CreateZExt(value, builder.getInt64Ty());
  }

  static void replace_extensions(llvm::Value* value, llvm::Value* wide) {
    for (llvm::User* user : llvm::make_early_inc_range(value->users())) {
      if (!is_extension(user) || user == wide) continue;
      user->replaceAllUsesWith(wide);
      llvm::cast<llvm::Instruction>(user)->eraseFromParent();
    }
  }

  static void replace(llvm::PHINode* phi, llvm::PHINode* wide) {
    replace_extensions(phi, wide);
    if (phi->use_empty()) return;
    Builder builder(&*phi->getParent()->getFirstNonPHIIt());
    phi->replaceAllUsesWith(builder.CreateTrunc(wide, phi->getType()));
  }

  llvm::Function& function_;
  llvm::MapVector<llvm::PHINode*, llvm::PHINode*> phis_;  // and their wide forms
  llvm::MapVector<llvm::Value*, llvm::Value*> values_;    // what else goes into these, and its wide form
};

}  // namespace

llvm::PreservedAnalyses WidenIndices::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  if (!Widening(function).run()) return llvm::PreservedAnalyses::all();
  llvm::PreservedAnalyses preserved;
  preserved.preserveSet<llvm::CFGAnalyses>();
  return preserved;
}

}  // namespace shallop::aot
