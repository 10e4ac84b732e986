// SPDX-License-Identifier: Apache-2.0
// The passes over a partition before code is generated. They are fewer than LLVM's own -O3 has: the module was
// optimised when it was made. docs/compiler.md says which and why.
#pragma once

#include "aot/compiler/module_emitter.hpp"

namespace shallop::aot {

void optimize(ModuleEmitter& module, llvm::TargetMachine& machine);

}  // namespace shallop::aot
