// SPDX-License-Identifier: Apache-2.0
// Which processor code is made for. What it needs of a processor is exactly what NativeTarget says: LLVM is told the
// baseline and those features, and the processor's name only for its costs.
#pragma once

#include <llvm/Target/TargetMachine.h>

#include <memory>
#include <string>

#include "aot/native_image.hpp"

namespace shallop::aot {

// `cpu` as in CompileOptions. Throws CompileError.
NativeTarget choose_target(const std::string& cpu);

// Before the first of the next, at the start of each compilation: LLVM keeps some options for the whole process.
void initialize_llvm(uint8_t optimization);

// One for each thread that compiles. Throws CompileError.
std::unique_ptr<llvm::TargetMachine> create_target_machine(const NativeTarget& target, uint8_t optimization);

}  // namespace shallop::aot
