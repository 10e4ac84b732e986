// SPDX-License-Identifier: Apache-2.0
#include "interpreter/enter.hpp"

#include <bit>
#include <csetjmp>
#include <cstring>

#include "interpreter/backtrace.hpp"
#include "interpreter/code.hpp"
#include "interpreter/handlers.hpp"

namespace shallop::interpreter {
namespace {

const Word leave_code = std::bit_cast<Word>(leave_handler());

// Runs `function` in the frame at `frame`, whose parameters are there, until it returns or ends otherwise. Nothing here
// has a destructor: a fault in guest code jumps back into this function.
Completion run(Store& store, Instance& instance, const FunctionCode& function, Slot* frame) {
  Slot* const header = frame + function.parameter_slots;
  header[0] = reinterpret_cast<Slot>(&leave_code);
  header[1] = 0;

  LandingPoint landing;
  landing.store = &store;
  push_landing(landing);
  Completion completion;
  if (sigsetjmp(landing.environment, 0) == 0) {
    const Word* const pc = function.entry.load(std::memory_order_acquire);
    std::byte* const memory = instance.memory != nullptr ? instance.memory->base() : nullptr;
    completion = std::bit_cast<Handler>(*pc)(pc, frame, memory, &instance, 0, Vector{0, 0});
  } else {
    store.ending.trap.code = TrapCode::out_of_bounds_memory_access;
    store.ending.pc = reinterpret_cast<const void*>(landing.first_argument);
    store.ending.frame = reinterpret_cast<Slot*>(landing.second_argument);
    completion = Completion::trapped;
  }
  pop_landing(landing);
  return completion;
}

// Where a fault left the registers is a hint: it must point into the frames in use.
bool is_in_use(const Slot* frame, const Slot* first, const Slot* limit) { return frame >= first && frame < limit; }

}  // namespace

Completion enter(FunctionInstance& callee, Instance* caller, Slot* values) noexcept {
  (void)caller;
  Instance& instance = *callee.instance;
  Store& store = *instance.store;
  const FunctionCode& function = *callee.code;
  Slot* const frame = store.stack_top;
  if (store.nesting == Store::nesting_limit || frame + function.frame_slots > store.stack_limit()) {
    store.ending.pc = nullptr;
    return store.trap(TrapCode::call_stack_exhausted);
  }
  std::memcpy(frame, values, sizeof(Slot) * function.parameter_slots);
  ++store.nesting;
  const Completion completion = run(store, instance, function, frame);
  --store.nesting;
  store.stack_top = frame;
  if (completion == Completion::returned) {
    std::memcpy(values, frame, sizeof(Slot) * function.result_slots);
  } else if (completion == Completion::trapped && is_in_use(store.ending.frame, frame, store.stack_limit())) {
    add_frames(instance, static_cast<const Word*>(store.ending.pc), store.ending.frame, store.ending.trap.backtrace);
  }
  return completion;
}

}  // namespace shallop::interpreter
