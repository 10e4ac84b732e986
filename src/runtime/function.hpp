// SPDX-License-Identifier: Apache-2.0
// A function instance: {type, instance, entry}, with ONE entry signature for interpreted, native and host code. Calls,
// tables and exports never ask which it is.
// https://webassembly.github.io/spec/core/exec/runtime.html#function-instances
#pragma once

#include "runtime/outcome.hpp"
#include "wasm/types.hpp"
#include "wasm/value.hpp"

namespace shallop {

struct Instance;
struct FunctionInstance;
namespace interpreter {
struct FunctionCode;
}

// `values` holds the arguments on entry and the results on return, one slot each (a v128 two), both starting at
// values[0]; it has room for the larger of the two. `caller` is the instance whose code makes the call; it is null when
// the embedder does. Never throws; never keeps `values`. Ends with
// TrapCode::interrupted when it finds is_interrupted() (interruption.hpp); for host functions with a C++ signature,
// host_entry does.
using EntryPoint = Completion (*)(FunctionInstance& callee, Instance* caller, Slot* values) noexcept;

// What the code of a host function returns: `value` is the slot of its result, if it has one and `completion` is
// returned.
struct HostReturn {
  Slot value = 0;
  Completion completion = Completion::returned;
};

// Owned by a Store, at an address that does not change: a funcref is its address.
struct FunctionInstance {
  EntryPoint entry = nullptr;
  const FuncType* type = nullptr;  // canonical(): equal types have equal addresses
  Instance* instance = nullptr;    // null for a host function
  union {
    interpreter::FunctionCode* code = nullptr;  // where instance is set
    void* host;                                 // host functions: what the entry needs, such as a wasi::Context
  };
  FuncIndex index;  // in `instance`, for messages

  // How native code calls this function: `native` is an address in the native convention (native_abi.hpp), and its
  // context is `native_context`. Native code may use them once `native_type` is set, which then equals `type`:
  // an indirect call compares that one, so that null references, other types and functions that have no native form yet
  // all take the same slow path (NativeBuiltins::resolve_indirect).
  const FuncType* native_type = nullptr;
  const void* native = nullptr;
  void* native_context = nullptr;

  // Host functions with a C++ signature: what their entry calls, without slots between it and the caller. In C's
  // convention `HostReturn (void* host, Instance* caller, parameters...)`, where the parameters are uint32_t, uint64_t,
  // float and double. Null for all others.
  const void* host_code = nullptr;
};

// The one representative of a function type in this process, so that types compare by address. Thread-safe.
const FuncType* canonical(const FuncType& type);

inline Slot to_slot(FunctionInstance* function) { return reinterpret_cast<Slot>(function); }
inline FunctionInstance* to_function(Slot reference) { return reinterpret_cast<FunctionInstance*>(reference); }

}  // namespace shallop
