// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/object.hpp"

#include <llvm/IR/LegacyPassManager.h>
#include <llvm/Support/raw_ostream.h>

#include "aot/compiler/compile_error.hpp"

namespace shallop::aot {

ObjectBytes generate_code(llvm::Module& module, llvm::TargetMachine& machine) {
  ObjectBytes bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile,
                                  /*DisableVerify=*/true)) {
    throw CompileError("LLVM cannot write object files for x86_64");
  }
  passes.run(module);
  return bytes;
}

}  // namespace shallop::aot
