// SPDX-License-Identifier: Apache-2.0
#include "aot/enter.hpp"

#include <algorithm>
#include <csetjmp>
#include <utility>

#include "aot/backtrace.hpp"
#include "aot/native_code.hpp"
#include "runtime/interruption.hpp"
#include "runtime/native_stack.hpp"
#include "runtime/store.hpp"
#include "runtime/tail_call.hpp"
#include "runtime/trap_signal.hpp"

namespace shallop::aot {
namespace {

struct Call {
  Slot* values;
  const void* code;
  void* context;
  NativeEntry entry;
};

void make(void* argument) {
  const Call& call = *static_cast<const Call*>(argument);
  call.entry(call.values, call.code, call.context);
}

struct Landing : LandingPoint {
  explicit Landing(Store& of) : writable_store(of) {
    store = &of;
    note_place = [](LandingPoint& point) {
      Store& trapped = static_cast<Landing&>(point).writable_store;
      add_frames(trapped, trapped.ending.trap.backtrace);
    };
  }
  Store& writable_store;
};

// Nothing here has a destructor: traps and exits jump back into this function.
Completion run(Store& store, Call& call) {
  const NativeStack::Stay stay = NativeStack::current();
  Landing landing(store);
  push_landing(landing);
  Completion completion = Completion::returned;
  switch (const int how = sigsetjmp(landing.environment, 0)) {
    case 0: store.native_stack().call(make, &call); break;
    case landed_by_signal:
      NativeStack::return_to(stay);
      store.ending.trap.code = landing.code;
      completion = Completion::trapped;
      break;
    default: NativeStack::return_to(stay); completion = landed_completion(how);
  }
  pop_landing(landing);
  return completion;
}

}  // namespace

Completion enter(FunctionInstance& callee, Instance* caller, Slot* values) noexcept {
  (void)caller;
  Instance& instance = *callee.instance;
  Store& store = *instance.store;
  const bool caller_follows = take_caller_follows(store);
  if (is_interrupted()) return store.trap(TrapCode::interrupted);
  if (store.nesting == Store::nesting_limit || NativeStack::is_exhausted()) {
    return store.trap(TrapCode::call_stack_exhausted);
  }
  const NativeCode& code = native_code_of(instance);
  Call call{.values = values,
            .code = code.function(callee.index.value - code.module().imported_functions).data(),
            .context = context_of(instance),
            .entry = code.entry_of(code.module().function_types[callee.index.value])};
  Slot* const stack_top = store.stack_top;
  Slot* const stack_end = store.stack_end;
  const uint32_t nesting = store.nesting;
  store.nesting = nesting + 1;
  Completion completion = run(store, call);
  store.nesting = nesting;
  store.stack_top = stack_top;
  store.stack_end = stack_end;
  if (ExceptionInstance* const thrown = std::exchange(instance.native->thrown, nullptr)) [[unlikely]] {
    if (completion == Completion::returned) completion = store.rethrow(*thrown);
  }
  if (store.tail_callee != nullptr && !caller_follows) [[unlikely]] {
    completion = follow_tail_calls(store, &instance);
    if (completion == Completion::returned) std::copy_n(stack_top, slots_of_all(callee.type->results), values);
  }
  return completion;
}

}  // namespace shallop::aot
