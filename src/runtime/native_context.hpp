// SPDX-License-Identifier: Apache-2.0
// What native code reads of the instance it belongs to. Its context, the pointer in r13 (native_abi.hpp), is the
// address right behind a NativeContext, wherever that is. Where a module defines memory 0 and has a guarded one, it
// lies in the page before the memory's first byte, so that the context is the memory's base as well: a load or store
// needs no other register, and nothing has to be read before. The instance's first globals lie there too, each one
// access away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "runtime/global.hpp"
#include "wasm/module.hpp"

namespace shallop {

struct ExceptionInstance;
struct FunctionInstance;
struct Instance;
struct NativeBuiltins;
struct TagInstance;
class Memory;
class Table;

// Set when native code is bound to the instance; but for `thrown`, nothing changes afterwards.
struct alignas(16) NativeContext {
  Instance* instance = nullptr;
  GlobalInstance** globals = nullptr;
  FunctionInstance** functions = nullptr;
  Table** tables = nullptr;
  Memory** memories = nullptr;
  TagInstance** tags = nullptr;
  std::byte* memory_base = nullptr;                  // of memory 0, when that is guarded: it never moves then
  const FuncType* const* canonical_types = nullptr;  // by TypeIndex
  const NativeBuiltins* builtins = nullptr;
  std::byte* stack_limit = nullptr;  // host code must not be called with the stack pointer below
  // Thrown by native code of the instance, and on its way to who catches it.
  ExceptionInstance* thrown = nullptr;
};

inline constexpr uint32_t globals_before_memory = 48;

// The end of the page before a guarded memory.
struct BeforeMemory {
  GlobalInstance globals[globals_before_memory];  // the last is the first that the module defines
  NativeContext context;

  static BeforeMemory& of(std::byte* memory_base) { return reinterpret_cast<BeforeMemory*>(memory_base)[-1]; }
  GlobalInstance& global(uint32_t place) { return globals[globals_before_memory - 1 - place]; }
};

// True if an instance's context is the base of its memory 0, provided that is guarded.
inline bool context_is_memory(const Module& module) {
  return !module.memories.empty() && module.memories.size() == module.memory_types.size();
}

// Where in BeforeMemory a global is, of modules for which that is true. References are not there: the store looks for
// them in its own globals.
std::optional<uint32_t> place_before_memory(const Module& module, GlobalIndex global);

}  // namespace shallop
