// SPDX-License-Identifier: Apache-2.0
// What native code and the runtime agree on: calling convention, what native code calls, and how either tells whether
// it was made for the other. Used by aot/compiler (which emits such code) and aot (which loads it).
//
// A Wasm function (p...) -> (r...) is native code
//
//   r f(p..., [Slot* results])     with `void* context` in r13, which functions preserve (LLVM: attribute `swiftself`),
//                                  and the caller's context in r10 (`nest`)
//
// where context is FunctionInstance::native_context: the end of a NativeContext for native code of a module. Parameters
// have LLVM's types of i32, i64, f32, f64, v128; references are i64. How several results come back is the compiler's
// choice, as all sides of it (functions, entries, callouts) are in one image; so a function is only ever called through
// its FunctionInstance by code whose image uses the same `native_abi_version`.
//
// The code of a module that uses tail calls or exceptions has a convention of its own (has_own_convention): functions
// leave room for a tail call's arguments, or return with NativeContext::thrown set where an exception left them, their
// results being nothing then. It is called from outside, and calls what is outside, through FunctionInstance::entry.
#pragma once

#include <cstdint>

#include "runtime/function.hpp"
#include "wasm/module.hpp"

namespace shallop {

// Raised whenever code made before would not work any longer and native_abi_fingerprint() would not notice.
inline constexpr uint32_t native_abi_version = 3;

// True if no code but the module's own calls its functions directly, nor it any others.
bool has_own_convention(const Module& module);

// An entry: the way from C++ into native code, one for each function type. Loads the arguments from `values`, calls
// `code` with this `context` and null as caller, stores the results into `values`.
using NativeEntry = void (*)(Slot* values, const void* code, void* context);

// C functions that native code calls, through NativeContext::builtins. Addresses and counts are 64 bits wide whatever
// the index type of the memory or table: the caller extends them. A builtin that finds a trap does not return: it
// leaves native code for the innermost landing point (trap_signal.hpp).
struct NativeBuiltins {
  // Does not return.
  void (*raise_trap)(Instance* instance, uint32_t trap_code);
  // A callee outside of native code returned something other than Completion::returned. Does not return.
  void (*raise)(Instance* instance, uint32_t completion);
  // The same in a module that uses exceptions: returns with NativeContext::thrown set if `completion` is threw.
  void (*pass_on)(Instance* instance, uint32_t completion);
  // The slow path of an indirect call whose native_type did not match: traps if `function` has another type than
  // `type`, else gives it a native form, so that the caller may go on to call it. `function` is not null: native code
  // reads native_type of a null reference, faults at an address below 4096, and the fault becomes the trap.
  void (*resolve_indirect)(Instance* instance, FunctionInstance* function, uint32_t type);

  // Returns the old size in pages, or -1.
  int64_t (*memory_grow)(Instance* instance, uint32_t memory, uint64_t delta_pages);
  void (*memory_fill)(Instance* instance, uint32_t memory, uint64_t start, uint32_t value, uint64_t count);
  void (*memory_copy)(Instance* instance, uint32_t destination_memory, uint32_t source_memory, uint64_t destination,
                      uint64_t source, uint64_t count);
  void (*memory_init)(Instance* instance, uint32_t memory, uint32_t segment, uint64_t destination, uint64_t source,
                      uint64_t count);
  void (*data_drop)(Instance* instance, uint32_t segment);

  // Returns the old size, or -1.
  int64_t (*table_grow)(Instance* instance, uint32_t table, Slot value, uint64_t delta);
  void (*table_fill)(Instance* instance, uint32_t table, uint64_t start, Slot value, uint64_t count);
  void (*table_copy)(Instance* instance, uint32_t destination_table, uint32_t source_table, uint64_t destination,
                     uint64_t source, uint64_t count);
  void (*table_init)(Instance* instance, uint32_t table, uint32_t segment, uint64_t destination, uint64_t source,
                     uint64_t count);
  void (*elem_drop)(Instance* instance, uint32_t segment);

  // A tail call of a function outside of the instance, in the place of the function that would return to
  // `return_address`. `values` holds the arguments, then the results, if it returns. It may return as pass_on does.
  void (*tail_call)(Instance* instance, FunctionInstance* callee, Slot* values, const void* return_address);

  // Sets NativeContext::thrown to a new exception of the tag's parameters at `values`.
  void (*throw_new)(Instance* instance, uint32_t tag, const Slot* values);
  // What `exception` carries.
  const Slot* (*exception_values)(Instance* instance, ExceptionInstance* exception);

  // Of atomic_wait.hpp; `address` is the sum of index and offset. They return the instruction's result.
  uint32_t (*memory_atomic_notify)(Instance* instance, uint32_t memory, uint64_t address, uint32_t count);
  uint32_t (*memory_atomic_wait32)(Instance* instance, uint32_t memory, uint64_t address, uint32_t expected,
                                   int64_t timeout_ns);
  uint32_t (*memory_atomic_wait64)(Instance* instance, uint32_t memory, uint64_t address, uint64_t expected,
                                   int64_t timeout_ns);
};

// Changes with the layout of what native code reads, the list of builtins, the trap codes and native_abi_version. An
// image made under another fingerprint is not run.
uint64_t native_abi_fingerprint();

}  // namespace shallop
