// SPDX-License-Identifier: Apache-2.0
// The store owns the state of all instances that can reach each other, and the stack they run on. A store and
// everything in it belongs to one thread at a time; only a shared memory may be in several stores, and used by all of
// their threads at once. https://webassembly.github.io/spec/core/exec/runtime.html#store
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "runtime/budget.hpp"
#include "runtime/exception.hpp"
#include "runtime/function.hpp"
#include "runtime/global.hpp"
#include "runtime/instance.hpp"
#include "runtime/memory.hpp"
#include "runtime/native_stack.hpp"
#include "runtime/outcome.hpp"
#include "runtime/table.hpp"

namespace shallop {

struct StoreOptions {
  MemoryPolicy memory;
  // The guest's stack of frames. A call takes 8 bytes for each parameter, local and operand, and 24 more; in native
  // code what its processor needs.
  size_t stack_size_bytes = size_t{8} << 20;
};

class Store {
 public:
  // Calls that leave the interpreter's loop (to host code and back in, or to another instance) use the thread's own
  // stack; their nesting is bounded by this, well within the 8 MiB that Linux gives a main thread.
  static constexpr uint32_t nesting_limit = 2'000;

  // Throws ResourceError when the host has no room for the stack.
  explicit Store(const StoreOptions& options = {});
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const StoreOptions& options() const { return options_; }

  FunctionInstance& add_function(const FunctionInstance& function);
  FunctionInstance& add_host_function(const FuncType& type, EntryPoint entry, void* host,
                                      const void* host_code = nullptr);
  Memory& add_memory(const MemoryType& type);  // throws ResourceError
  // For a memory of another store: it has to be shared (assert), and lives as long as the last store that has it.
  Memory& add_shared_memory(std::shared_ptr<Memory> memory);
  Table& add_table(const TableType& type);  // throws ResourceError
  // For all tables together.
  const Budget& table_elements() const { return table_elements_; }
  GlobalInstance& add_global(const GlobalType& type, const Value& value);
  TagInstance& add_tag(const TagInstance& tag);
  Instance& add_instance(std::shared_ptr<const ValidatedModule> module);

  const std::vector<std::unique_ptr<Instance>>& instances() const { return instances_; }

  // The stack of native code, made when it is first asked for. Throws ResourceError then.
  NativeStack& native_stack();

  // True if `address` lies in the reservation of one of this store's memories. Async-signal-safe.
  bool is_guest_memory(const void* address) const;

  // --- What running code shares with those who called it ---

  // The free part of the stack, [stack_top, stack_end). An entry point that calls out takes its own frames away from
  // its start, and from its end what it keeps to return to, so that whoever comes back in uses what lies between.
  Slot* stack_top = nullptr;
  Slot* stack_end = nullptr;
  uint32_t nesting = 0;
  // Of tail calls that leave their instance (tail_call.hpp).
  FunctionInstance* tail_callee = nullptr;
  bool caller_follows_tail_calls = false;

  // Set by whoever returns Completion::trapped, ::exited or ::threw.
  struct Ending {
    Trap trap;
    uint32_t exit_code = 0;
    ExceptionInstance* exception = nullptr;
    // Where an engine's own code stood; only that engine reads them, to make the backtrace.
    const void* pc = nullptr;
    const void* control = nullptr;
  } ending;

  Completion trap(TrapCode code) {
    ending.trap.code = code;
    return Completion::trapped;
  }
  Completion exit(uint32_t code) {
    ending.exit_code = code;
    return Completion::exited;
  }
  // Makes an exception of the tag's parameters at `values`, which are on the stack, behind all of its slots that are in
  // use: `threw`, or `trapped` where there is no room for it.
  Completion throw_exception(const TagInstance& tag, const Slot* values);
  const ExceptionMemory& exceptions() const { return exceptions_; }
  Completion rethrow(ExceptionInstance& exception) {
    ending.exception = &exception;
    return Completion::threw;
  }
  // For a host function that has called a guest: ends its own caller as the guest ended, whose frames stay in the
  // backtrace. Nothing happens to results.
  Completion pass_on(Outcome outcome);

 private:
  void collect_exceptions(const Slot* stack_in_use_end);
  ExceptionMemory::Roots exception_roots(const Slot* stack_in_use_end) const;

  StoreOptions options_;
  Slot* stack_ = nullptr;
  std::optional<NativeStack> native_stack_;
  std::deque<FunctionInstance> functions_;
  std::shared_ptr<Budget> memory_pages_;  // of the memories that this store makes, which may outlive it
  std::vector<std::shared_ptr<Memory>> memories_;
  Budget table_elements_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::deque<GlobalInstance> globals_;
  std::deque<TagInstance> tags_;
  ExceptionMemory exceptions_;
  std::vector<std::unique_ptr<Instance>> instances_;
};

// Calls `function` as the embedder. The arguments must fit its type (assert). Not to be called while another thread
// uses the store; a host function may call it on the store it was called from.
Outcome invoke(Store& store, FunctionInstance& function, std::span<const Value> arguments);

}  // namespace shallop
