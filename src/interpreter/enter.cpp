// SPDX-License-Identifier: Apache-2.0
#include "interpreter/enter.hpp"

#include <bit>
#include <csetjmp>
#include <cstring>

#include "interpreter/backtrace.hpp"
#include "interpreter/code.hpp"
#include "interpreter/handlers.hpp"
#include "runtime/interruption.hpp"

namespace shallop::interpreter {
namespace {

const Word leave_code = std::bit_cast<Word>(leave_handler());

// Runs `function` in the frame at `frame`, whose parameters are there, until it returns to `outermost` or ends
// otherwise. Nothing here has a destructor: a fault in guest code, or its interruption, jumps back into this function.
Completion run(Store& store, Instance& instance, const FunctionCode& function, Slot* frame, ReturnPoint* outermost) {
  LandingPoint landing;
  landing.store = &store;
  push_landing(landing);
  Completion completion;
  if (sigsetjmp(landing.environment, 0) == 0) {
    const Word* const pc = function.entry.load(std::memory_order_acquire);
    std::byte* const memory = instance.memory != nullptr ? instance.memory->base() : nullptr;
    completion = std::bit_cast<Handler>(*pc)(pc, outermost, frame, &instance, 0, memory, Vector{0, 0});
  } else {
    store.ending.trap.code = landing.code;
    store.ending.pc = reinterpret_cast<const void*>(landing.first_argument);
    store.ending.control = reinterpret_cast<const void*>(landing.second_argument);
    completion = Completion::trapped;
  }
  pop_landing(landing);
  return completion;
}

// Where a fault or an interruption left the registers is a hint: it must point at one of the return points in use.
// Those down to `outermost` are, and none of them is below the first frame.
bool is_in_use(const void* control, const Slot* first_frame, const ReturnPoint* outermost) {
  const auto place = reinterpret_cast<uintptr_t>(control);
  const auto end = reinterpret_cast<uintptr_t>(outermost);
  return place >= reinterpret_cast<uintptr_t>(first_frame) && place <= end && (end - place) % sizeof(ReturnPoint) == 0;
}

}  // namespace

Completion enter(FunctionInstance& callee, Instance* caller, Slot* values) noexcept {
  (void)caller;
  Instance& instance = *callee.instance;
  Store& store = *instance.store;
  const FunctionCode& function = *callee.code;
  Slot* const frame = store.stack_top;
  Slot* const end = store.stack_end;
  ReturnPoint* const outermost = reinterpret_cast<ReturnPoint*>(end) - 1;
  if (is_interrupted()) return store.trap(TrapCode::interrupted);
  if (store.nesting == Store::nesting_limit || NativeStack::is_exhausted() ||
      frame + function.frame_slots > reinterpret_cast<Slot*>(outermost)) {
    return store.trap(TrapCode::call_stack_exhausted);
  }
  *outermost = {.pc = &leave_code, .fp = nullptr, .result = frame};
  std::memcpy(frame, values, sizeof(Slot) * function.parameter_slots);
  ++store.nesting;
  const Completion completion = run(store, instance, function, frame, outermost);
  --store.nesting;
  store.stack_top = frame;
  store.stack_end = end;
  if (completion == Completion::returned) {
    std::memcpy(values, frame, sizeof(Slot) * function.result_slots);
  } else if (completion == Completion::trapped && is_in_use(store.ending.control, frame, outermost)) {
    add_frames(instance, static_cast<const Word*>(store.ending.pc),
               static_cast<const ReturnPoint*>(store.ending.control), outermost, store.ending.trap.backtrace);
  }
  return completion;
}

}  // namespace shallop::interpreter
