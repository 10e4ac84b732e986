// SPDX-License-Identifier: Apache-2.0
#include "aot/builtins.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "aot/backtrace.hpp"
#include "aot/native_code.hpp"
#include "runtime/atomic_wait.hpp"
#include "runtime/instance.hpp"
#include "runtime/interruption.hpp"
#include "runtime/store.hpp"
#include "runtime/tail_call.hpp"
#include "runtime/trap_signal.hpp"

namespace shallop::aot {
namespace {

// Those that trap jump over the frames of native code to enter(); what has a destructor must be gone by then.

[[noreturn]] void leave(Instance* instance, Completion completion) {
  Store& store = *instance->store;
  if (completion == Completion::trapped) add_frames(store, store.ending.trap.backtrace);
  land(completion);
}

[[noreturn]] void trap(Instance* instance, TrapCode code) { leave(instance, instance->store->trap(code)); }

void trap_unless_none(Instance* instance, TrapCode code) {
  if (code != TrapCode::none) [[unlikely]]
    trap(instance, code);
}

// Behind what may take long (runtime/interruption.hpp).
void trap_if_interrupted(Instance* instance) {
  if (is_interrupted()) [[unlikely]]
    trap(instance, TrapCode::interrupted);
}

void raise_trap(Instance* instance, uint32_t trap_code) { trap(instance, TrapCode{trap_code}); }

void raise(Instance* instance, uint32_t completion) { leave(instance, Completion{completion}); }

void pass_on(Instance* instance, uint32_t completion) {
  if (Completion{completion} != Completion::threw) leave(instance, Completion{completion});
  instance->native->thrown = instance->store->ending.exception;
}

void resolve_indirect(Instance* instance, FunctionInstance* function, uint32_t type) {
  if (function->type != instance->native->canonical_types[type]) trap(instance, TrapCode::indirect_call_type_mismatch);
  native_code_of(*instance).give_native_form(*function, TypeIndex{type});
}

// --- Memories ---

int64_t memory_grow(Instance* instance, uint32_t memory, uint64_t delta_pages) {
  return instance->memories[memory]->grow(delta_pages);
}

void memory_fill(Instance* instance, uint32_t memory, uint64_t start, uint32_t value, uint64_t count) {
  trap_unless_none(instance, instance->memories[memory]->fill(start, static_cast<std::byte>(value), count));
  trap_if_interrupted(instance);
}

void memory_copy(Instance* instance, uint32_t destination_memory, uint32_t source_memory, uint64_t destination,
                 uint64_t source, uint64_t count) {
  const Memory& from = *instance->memories[source_memory];
  trap_unless_none(instance, instance->memories[destination_memory]->copy(destination, from, source, count));
  trap_if_interrupted(instance);
}

void memory_init(Instance* instance, uint32_t memory, uint32_t segment, uint64_t destination, uint64_t source,
                 uint64_t count) {
  const std::span<const std::byte> bytes = instance->data_segments[segment];
  trap_unless_none(instance, instance->memories[memory]->init(destination, bytes, source, count));
}

void data_drop(Instance* instance, uint32_t segment) { instance->drop_data(segment); }

// --- Tables, which have at most 2^32 elements ---

uint32_t narrow(Instance* instance, uint64_t value) {
  if (value > std::numeric_limits<uint32_t>::max()) trap(instance, TrapCode::out_of_bounds_table_access);
  return static_cast<uint32_t>(value);
}

int64_t table_grow(Instance* instance, uint32_t table, Slot value, uint64_t delta) {
  if (delta > std::numeric_limits<uint32_t>::max()) return -1;
  return instance->tables[table]->grow(static_cast<uint32_t>(delta), value);
}

void table_fill(Instance* instance, uint32_t table, uint64_t start, Slot value, uint64_t count) {
  trap_unless_none(instance, instance->tables[table]->fill(narrow(instance, start), value, narrow(instance, count)));
}

void table_copy(Instance* instance, uint32_t destination_table, uint32_t source_table, uint64_t destination,
                uint64_t source, uint64_t count) {
  trap_unless_none(instance, instance->tables[destination_table]->copy(
                                 narrow(instance, destination), *instance->tables[source_table],
                                 narrow(instance, source), narrow(instance, count)));
}

void table_init(Instance* instance, uint32_t table, uint32_t segment, uint64_t destination, uint64_t source,
                uint64_t count) {
  trap_unless_none(instance,
                   instance->tables[table]->init(narrow(instance, destination), instance->element_segments[segment],
                                                 narrow(instance, source), narrow(instance, count)));
}

void elem_drop(Instance* instance, uint32_t segment) { instance->drop_elements(segment); }

// --- Tail calls out of the instance, exceptions ---

// Copies `values` to the free part of the guest's stack, where those who go on look for them.
Slot* copy_to_stack(Instance* instance, const Slot* values, size_t count) {
  const Store& store = *instance->store;
  if (count > static_cast<size_t>(store.stack_end - store.stack_top)) trap(instance, TrapCode::call_stack_exhausted);
  std::copy_n(values, count, store.stack_top);
  return store.stack_top;
}

// How the callee of a tail call ended.
void end_tail_call(Instance* instance, Completion completion) {
  if (completion == Completion::returned) return;
  const bool catches = native_code_of(*instance).module().features.used.has(Feature::exception_handling);
  if (completion != Completion::threw || !catches) leave(instance, completion);
  instance->native->thrown = instance->store->ending.exception;
}

// If the function that is left was called from outside, its frame is the last before the entry's, and enter() goes on.
// Else it has a caller in native code that waits for its results: then the calls are made here, and all that they have
// in common is this one frame.
void tail_call(Instance* instance, FunctionInstance* callee, Slot* values, const void* return_address) {
  Store& store = *instance->store;
  if (callee->instance == nullptr) return end_tail_call(instance, callee->entry(*callee, instance, values));
  copy_to_stack(instance, values, slots_of_all(callee->type->parameters));
  store.tail_callee = callee;
  const NativeCode::Place place = native_code_of(*instance).find(reinterpret_cast<uintptr_t>(return_address));
  if (place.part == NativeCode::Part::entry) land(Completion::returned);
  const Completion completion = follow_tail_calls(store, instance);
  if (completion == Completion::returned) std::copy_n(store.stack_top, slots_of_all(callee->type->results), values);
  end_tail_call(instance, completion);
}

void throw_new(Instance* instance, uint32_t tag_index, const Slot* values) {
  const TagInstance& tag = *instance->tags[tag_index];
  const Slot* carried = copy_to_stack(instance, values, slots_of_all(tag.type->parameters));
  const Completion completion = instance->store->throw_exception(tag, carried);
  if (completion != Completion::threw) leave(instance, completion);
  instance->native->thrown = instance->store->ending.exception;
}

const Slot* exception_values(Instance*, ExceptionInstance* exception) { return exception->values.data(); }

// --- Atomics ---

uint32_t result_of(Instance* instance, AtomicResult result) {
  trap_unless_none(instance, result.trap);
  return result.value;
}

uint32_t memory_atomic_notify(Instance* instance, uint32_t memory, uint64_t address, uint32_t count) {
  return result_of(instance, atomic_notify(*instance->memories[memory], address, count));
}

uint32_t memory_atomic_wait32(Instance* instance, uint32_t memory, uint64_t address, uint32_t expected,
                              int64_t timeout_ns) {
  return result_of(instance, atomic_wait32(*instance->memories[memory], address, expected, timeout_ns));
}

uint32_t memory_atomic_wait64(Instance* instance, uint32_t memory, uint64_t address, uint64_t expected,
                              int64_t timeout_ns) {
  return result_of(instance, atomic_wait64(*instance->memories[memory], address, expected, timeout_ns));
}

// --- With room ---

// What native code calls is this. The functions above need room on the stack that native code runs on; where there is
// less than the reserve, this one touches the guard, which is running out of the stack at this place: the handler,
// which has a stack of its own, does the rest. So no fault happens within our own code.
template <auto function>
struct WithRoom;
template <class Result, class... Arguments, Result (*function)(Instance*, Arguments...)>
struct WithRoom<function> {
  SHALLOP_GUEST_CODE static Result call(Instance* instance, Arguments... arguments) {
    std::byte* const limit = instance->native->stack_limit;
    if (static_cast<std::byte*>(__builtin_frame_address(0)) < limit) [[unlikely]] {
      *static_cast<volatile std::byte*>(limit - NativeStack::host_reserve_bytes - 1) = std::byte{0};
    }
    [[clang::musttail]] return function(instance, arguments...);
  }
};

}  // namespace

const NativeBuiltins builtins{.raise_trap = WithRoom<raise_trap>::call,
                              .raise = WithRoom<raise>::call,
                              .pass_on = WithRoom<pass_on>::call,
                              .resolve_indirect = WithRoom<resolve_indirect>::call,
                              .memory_grow = WithRoom<memory_grow>::call,
                              .memory_fill = WithRoom<memory_fill>::call,
                              .memory_copy = WithRoom<memory_copy>::call,
                              .memory_init = WithRoom<memory_init>::call,
                              .data_drop = WithRoom<data_drop>::call,
                              .table_grow = WithRoom<table_grow>::call,
                              .table_fill = WithRoom<table_fill>::call,
                              .table_copy = WithRoom<table_copy>::call,
                              .table_init = WithRoom<table_init>::call,
                              .elem_drop = WithRoom<elem_drop>::call,
                              .tail_call = WithRoom<tail_call>::call,
                              .throw_new = WithRoom<throw_new>::call,
                              .exception_values = WithRoom<exception_values>::call,
                              .memory_atomic_notify = WithRoom<memory_atomic_notify>::call,
                              .memory_atomic_wait32 = WithRoom<memory_atomic_wait32>::call,
                              .memory_atomic_wait64 = WithRoom<memory_atomic_wait64>::call};

}  // namespace shallop::aot
