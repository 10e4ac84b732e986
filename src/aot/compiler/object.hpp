// SPDX-License-Identifier: Apache-2.0
// From LLVM's intermediate representation to machine code: an ELF object in memory for each partition, and the linker
// that lays those out as an image.
#pragma once

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <vector>

#include "aot/native_image.hpp"

namespace shallop::aot {

using ObjectBytes = llvm::SmallVector<char, 0>;

ObjectBytes generate_code(llvm::Module& module, llvm::TargetMachine& machine);

// Fills `code`, `data`, `eh_frame_*` and, by the names f<FuncIndex>, entry_<n> and callout_<n>, the offsets of an image
// whose vectors have their sizes already. The objects' code is laid out in their order. Throws ResourceError when the
// whole exceeds what a reference relative to the program counter reaches.
void link(const std::vector<ObjectBytes>& objects, uint32_t imported_functions, NativeImage& image);

}  // namespace shallop::aot
