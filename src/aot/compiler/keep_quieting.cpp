// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/keep_quieting.hpp"

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Intrinsics.h>

namespace shallop::aot {
namespace {

template <class Predicate>
bool has_lane(llvm::Value* value, Predicate is_wanted) {
  const auto* constant = llvm::dyn_cast<llvm::Constant>(value);
  if (constant == nullptr) return false;
  if (const auto* scalar = llvm::dyn_cast<llvm::ConstantFP>(constant)) return is_wanted(scalar->getValueAPF());
  const auto* type = llvm::dyn_cast<llvm::FixedVectorType>(constant->getType());
  if (type == nullptr) return false;
  for (unsigned i = 0; i < type->getNumElements(); ++i) {
    const auto* lane = llvm::dyn_cast_or_null<llvm::ConstantFP>(constant->getAggregateElement(i));
    if (lane != nullptr && is_wanted(lane->getValueAPF())) return true;
  }
  return false;
}

bool is_zero(const llvm::APFloat& value) { return value.isZero(); }
bool is_one(const llvm::APFloat& value) { return llvm::abs(value).isExactlyValue(1.0); }

// The constrained form of an instruction that may vanish, or none.
llvm::Intrinsic::ID constrained_form(const llvm::Instruction& instruction) {
  llvm::Value* first = instruction.getOperand(0);
  switch (instruction.getOpcode()) {
    case llvm::Instruction::FAdd:
      if (has_lane(first, is_zero) || has_lane(instruction.getOperand(1), is_zero))
        return llvm::Intrinsic::experimental_constrained_fadd;
      break;
    case llvm::Instruction::FSub:
      if (has_lane(first, is_zero) || has_lane(instruction.getOperand(1), is_zero))
        return llvm::Intrinsic::experimental_constrained_fsub;
      break;
    case llvm::Instruction::FMul:
      if (has_lane(first, is_one) || has_lane(instruction.getOperand(1), is_one))
        return llvm::Intrinsic::experimental_constrained_fmul;
      break;
    case llvm::Instruction::FDiv:
      if (has_lane(instruction.getOperand(1), is_one)) return llvm::Intrinsic::experimental_constrained_fdiv;
      break;
    case llvm::Instruction::FPTrunc:
      if (llvm::isa<llvm::FPExtInst>(first)) return llvm::Intrinsic::experimental_constrained_fptrunc;
      break;
    default: break;
  }
  return llvm::Intrinsic::not_intrinsic;
}

void replace(llvm::Instruction& instruction, llvm::Intrinsic::ID form) {
  llvm::IRBuilder<> builder(&instruction);
  // Not `ignore`, which may fold like the plain instruction; and not `strict`, which must stay even if nothing uses it.
  builder.setDefaultConstrainedExcept(llvm::fp::ebMayTrap);
  builder.setDefaultConstrainedRounding(llvm::RoundingMode::NearestTiesToEven);
  llvm::Value* kept =
      form == llvm::Intrinsic::experimental_constrained_fptrunc
          ? builder.CreateConstrainedFPCast(form, instruction.getOperand(0), instruction.getType())
          : builder.CreateConstrainedFPBinOp(form, instruction.getOperand(0), instruction.getOperand(1));
  instruction.replaceAllUsesWith(kept);
  instruction.eraseFromParent();
}

}  // namespace

llvm::PreservedAnalyses KeepQuieting::run(llvm::Function& function, llvm::FunctionAnalysisManager&) {
  bool changed = false;
  for (llvm::Instruction& each : llvm::make_early_inc_range(llvm::instructions(function))) {
    if (!each.getType()->isFPOrFPVectorTy() || each.getNumOperands() == 0) continue;
    const llvm::Intrinsic::ID form = constrained_form(each);
    if (form == llvm::Intrinsic::not_intrinsic) continue;
    replace(each, form);
    changed = true;
  }
  if (!changed) return llvm::PreservedAnalyses::all();
  llvm::PreservedAnalyses preserved;
  preserved.preserveSet<llvm::CFGAnalyses>();
  return preserved;
}

}  // namespace shallop::aot
