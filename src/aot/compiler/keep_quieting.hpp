// SPDX-License-Identifier: Apache-2.0
// LLVM takes `x * 1` for `x`; in WebAssembly that makes a quiet NaN of a signalling one. This pass puts arithmetic that
// could vanish so into a form that LLVM leaves alone.
// https://webassembly.github.io/spec/core/exec/numerics.html#nan-propagation
#pragma once

#include <llvm/IR/PassManager.h>

namespace shallop::aot {

struct KeepQuieting : llvm::PassInfoMixin<KeepQuieting> {
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace shallop::aot
