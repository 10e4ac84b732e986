// SPDX-License-Identifier: Apache-2.0
// The two adapters of a function type: `entry_<n>` leads from C++ into native code (NativeEntry), `callout_<n>` lets
// native code call what has only FunctionInstance::entry. Arguments and results are in slots on their other side.
#pragma once

#include <vector>

#include "aot/compiler/module_emitter.hpp"

namespace shallop::aot {

// By TypeIndex.
struct NeededStubs {
  std::vector<bool> entries;
  std::vector<bool> callouts;
};

// Entries for the types of defined functions; callouts for those of imports, and for all where there is a table, whose
// elements may come from anywhere.
NeededStubs needed_stubs(const Module& module);

// And where the module makes tail calls, leave_<n>, for the same types as callouts.
void emit_stubs(ModuleEmitter& module, const NeededStubs& needed);

// Where a callee of `function`, which is in the native convention, ended with another completion than returned.
void emit_ended(ModuleEmitter& module, Builder& b, const llvm::Function& function, llvm::Value* caller,
                llvm::Value* completion);

// ModuleEmitter::import of all that were asked for. The last of what a partition emits.
void emit_imports(ModuleEmitter& module);

// The arrays of fixed tables (fixed_tables.hpp).
void emit_fixed_tables(ModuleEmitter& module);

// ModuleEmitter::own_functions, where calls through tables need it.
void emit_own_functions(ModuleEmitter& module);

}  // namespace shallop::aot
