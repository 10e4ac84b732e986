// SPDX-License-Identifier: Apache-2.0
#include "runtime/tail_call.hpp"

#include <algorithm>

namespace shallop {

Completion call_tail_callee(Store& store, Instance*& caller) noexcept {
  FunctionInstance& callee = *std::exchange(store.tail_callee, nullptr);
  Slot* const values = store.stack_top;
  const auto room = static_cast<size_t>(store.stack_end - values);
  const size_t needed = std::max(slots_of_all(callee.type->parameters), slots_of_all(callee.type->results));
  if (needed > room) return store.trap(TrapCode::call_stack_exhausted);
  store.stack_top = values + needed;
  store.caller_follows_tail_calls = callee.instance != nullptr;
  const Completion completion = callee.entry(callee, caller, values);
  if (store.tail_callee != nullptr) {
    std::copy_n(store.stack_top, slots_of_all(store.tail_callee->type->parameters), values);
    caller = callee.instance;
  }
  store.stack_top = values;
  return completion;
}

}  // namespace shallop
