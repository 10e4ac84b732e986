// SPDX-License-Identifier: Apache-2.0
// Tail calls that leave their instance, whatever the engines on either side. The frame that makes one has to be gone
// before its callee runs, or a million of them, each from another instance, would fill the thread's stack. So the entry
// point of the function that was called from outside returns first, and then somebody goes on with the callee:
// whoever called the entry point, if he said that he would, or else the entry point itself.
//
// An entry point that leaves a tail call to its caller returns Completion::returned with Store::tail_callee set, and
// the arguments where Store::stack_top is.
// https://webassembly.github.io/spec/core/exec/instructions.html#exec-return-call
#pragma once

#include <utility>

#include "runtime/store.hpp"

namespace shallop {

// Asked by an engine's entry point before anything else: may it leave tail calls to its caller? Host functions make no
// tail calls, so nobody says so to them.
inline bool take_caller_follows(Store& store) { return std::exchange(store.caller_follows_tail_calls, false); }

// Calls Store::tail_callee, whose arguments are at Store::stack_top. If that returns, its results are there, or the
// arguments of the next one, if tail_callee is set again. `caller` is the instance that makes the tail call, and
// becomes that of the next.
Completion call_tail_callee(Store& store, Instance*& caller) noexcept;

// Goes on until there is no tail_callee left.
inline Completion follow_tail_calls(Store& store, Instance* caller) noexcept {
  Completion completion = Completion::returned;
  while (store.tail_callee != nullptr) completion = call_tail_callee(store, caller);
  return completion;
}

}  // namespace shallop
