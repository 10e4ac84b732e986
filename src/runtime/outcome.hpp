// SPDX-License-Identifier: Apache-2.0
// How guest code ended, as a value. https://webassembly.github.io/spec/core/exec/runtime.html#results
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "wasm/trap.hpp"
#include "wasm/types.hpp"
#include "wasm/value.hpp"

namespace shallop {

struct Instance;
struct ExceptionInstance;

// What every entry point returns to its caller, in a register. On `trapped` and `exited` the Store holds the rest
// (Store::ending); the caller returns the same Completion at once, so that it unwinds to invoke(). On `threw` the
// exception is there too, and a caller that has no handler for it does the same.
enum class Completion : uint32_t { returned = 0, trapped, exited, threw };

// A guest's frame in a backtrace, innermost first; or several that follow each other and do not differ.
struct BacktraceFrame {
  const Instance* instance = nullptr;
  FuncIndex function;
  size_t offset = 0;    // of the instruction in the module's bytes; 0 when it is not known
  size_t times = 1;     // that many frames of a recursion
  size_t left_out = 0;  // frames between the one before and this one that were counted and not kept
};

struct Trap {
  TrapCode code = TrapCode::none;
  std::vector<BacktraceFrame> backtrace;
};

// The guest asked to end (proc_exit); not an error.
struct Exit {
  uint32_t code = 0;
};

// An exception that nobody caught. It, and those that results refer to, are good until guest code runs in their store
// again.
struct UncaughtException {
  ExceptionInstance* exception = nullptr;
};

using Results = std::vector<Value>;
using Outcome = std::variant<Results, Trap, Exit, UncaughtException>;

}  // namespace shallop
