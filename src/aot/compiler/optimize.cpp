// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/optimize.hpp"

#include <llvm/Passes/PassBuilder.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/ADCE.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/GVN.h>
#include <llvm/Transforms/Scalar/IndVarSimplify.h>
#include <llvm/Transforms/Scalar/LICM.h>
#include <llvm/Transforms/Scalar/LoopPassManager.h>
#include <llvm/Transforms/Scalar/LoopRotation.h>
#include <llvm/Transforms/Scalar/LoopUnrollPass.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>
#include <llvm/Transforms/Utils/Mem2Reg.h>
#include <llvm/Transforms/Vectorize/LoopVectorize.h>
#include <llvm/Transforms/Vectorize/SLPVectorizer.h>
#include <llvm/Transforms/Vectorize/VectorCombine.h>

#include "aot/compiler/keep_quieting.hpp"
#include "aot/compiler/relax_accesses.hpp"
#include "aot/compiler/widen_indices.hpp"

namespace shallop::aot {
namespace {

void add_loop_passes(llvm::FunctionPassManager& passes, const ModuleEmitter& module) {
  llvm::LoopPassManager early;
  early.addPass(llvm::LoopRotatePass());
  early.addPass(llvm::LICMPass(llvm::LICMOptions()));
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(early), /*UseMemorySSA=*/true));
  passes.addPass(llvm::SimplifyCFGPass());
  passes.addPass(RelaxAccesses(module));
  llvm::LoopPassManager late;
  late.addPass(llvm::LICMPass(llvm::LICMOptions()));
  late.addPass(llvm::IndVarSimplifyPass());
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(late), /*UseMemorySSA=*/true));
  passes.addPass(llvm::LoopVectorizePass());
  passes.addPass(llvm::InstCombinePass());
  // Loops that were unrolled when the module was made become strided vectors, each taken apart and put together again.
  passes.addPass(llvm::VectorCombinePass());
  passes.addPass(llvm::SLPVectorizerPass());
  passes.addPass(llvm::LoopUnrollPass());
  passes.addPass(llvm::InstCombinePass());
  passes.addPass(llvm::EarlyCSEPass());
  llvm::LoopPassManager last;
  last.addPass(llvm::LICMPass(llvm::LICMOptions()));
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(last), /*UseMemorySSA=*/true));
}

llvm::FunctionPassManager build_passes(const ModuleEmitter& module) {
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::PromotePass());
  passes.addPass(KeepQuieting());
  if (module.options().optimization == 0) return passes;
  passes.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/module.options().optimization > 1));
  passes.addPass(llvm::SimplifyCFGPass());
  passes.addPass(llvm::InstCombinePass());
  if (module.options().optimization > 1) {
    passes.addPass(llvm::SimplifyCFGPass());
    add_loop_passes(passes, module);
  }
  passes.addPass(llvm::SimplifyCFGPass(llvm::SimplifyCFGOptions().convertSwitchToLookupTable(true)));
  if (module.options().optimization > 1) passes.addPass(WidenIndices());
  return passes;
}

}  // namespace

void optimize(ModuleEmitter& module, llvm::TargetMachine& machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  llvm::ModulePassManager passes;
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(build_passes(module), /*EagerlyInvalidate=*/true));
  passes.run(module.code(), modules);
}

}  // namespace shallop::aot
