// SPDX-License-Identifier: Apache-2.0
#include "interpreter/enter.hpp"

#include <bit>
#include <csetjmp>
#include <cstring>
#include <utility>

#include "interpreter/backtrace.hpp"
#include "interpreter/code.hpp"
#include "interpreter/handlers.hpp"
#include "runtime/interruption.hpp"
#include "runtime/tail_call.hpp"

namespace shallop::interpreter {
namespace {

const Word leave_code = std::bit_cast<Word>(leave_handler());

// Runs the function that begins at `pc` in the frame at `frame`, whose parameters are there, until it returns to
// `outermost` or ends otherwise. Nothing here has a destructor: a fault in guest code, or its interruption, jumps back
// into this function.
Completion run(Store& store, Instance& instance, const Word* pc, Slot* frame, ReturnPoint* outermost) {
  LandingPoint landing;
  landing.store = &store;
  push_landing(landing);
  Completion completion;
  if (sigsetjmp(landing.environment, 0) == 0) {
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

bool fits(const FunctionCode& function, const Slot* frame, const ReturnPoint* outermost) {
  return frame + function.frame_slots.load(std::memory_order_relaxed) <= reinterpret_cast<const Slot*>(outermost);
}

// The loop of `leaving` has ended with a tail call to a function of another instance or of the host, whose arguments
// are at `frame`, and so may those that follow. However many they are, the thread's stack does not grow. `leaving`
// becomes the last interpreted function.
Completion follow_tail_calls(Store& store, FunctionInstance*& leaving, Slot* frame, ReturnPoint* outermost) {
  Completion completion = Completion::returned;
  Instance* caller = leaving->instance;
  while (store.tail_callee != nullptr) {
    FunctionInstance& callee = *store.tail_callee;
    if (callee.entry != enter) {
      store.stack_top = frame;
      store.stack_end = reinterpret_cast<Slot*>(outermost);
      completion = call_tail_callee(store, caller);
      if (completion != Completion::returned) store.ending.control = nullptr;  // none of our frames is left
      continue;
    }
    store.tail_callee = nullptr;
    leaving = &callee;
    caller = callee.instance;
    const Word* const pc = callee.code->entry.load(std::memory_order_acquire);
    if (!fits(*callee.code, frame, outermost)) {
      store.ending.control = outermost;
      store.ending.pc = pc;
      return store.trap(TrapCode::call_stack_exhausted);
    }
    completion = run(store, *callee.instance, pc, frame, outermost);
  }
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
  Store& store = *callee.instance->store;
  const FunctionCode& function = *callee.code;
  Slot* const frame = store.stack_top;
  Slot* const end = store.stack_end;
  ReturnPoint* const outermost = reinterpret_cast<ReturnPoint*>(end) - 1;
  const bool caller_follows = take_caller_follows(store);
  if (is_interrupted()) return store.trap(TrapCode::interrupted);
  // Before the frame's size, which belongs to it: another thread may lower the function meanwhile.
  const Word* const pc = function.entry.load(std::memory_order_acquire);
  if (store.nesting == Store::nesting_limit || NativeStack::is_exhausted() || !fits(function, frame, outermost)) {
    return store.trap(TrapCode::call_stack_exhausted);
  }
  *outermost = {.pc = &leave_code, .fp = nullptr, .result = frame};
  std::memcpy(frame, values, sizeof(Slot) * function.parameter_slots);
  ++store.nesting;
  FunctionInstance* last = &callee;
  Completion completion = run(store, *callee.instance, pc, frame, outermost);
  if (store.tail_callee != nullptr && !caller_follows) [[unlikely]]
    completion = follow_tail_calls(store, last, frame, outermost);
  --store.nesting;
  store.stack_top = frame;
  store.stack_end = end;
  if (completion == Completion::returned) {
    std::memcpy(values, frame, sizeof(Slot) * function.result_slots);
  } else if (completion == Completion::trapped && is_in_use(store.ending.control, frame, outermost)) {
    add_frames(*last->instance, static_cast<const Word*>(store.ending.pc),
               static_cast<const ReturnPoint*>(store.ending.control), outermost, store.ending.trap.backtrace);
  }
  return completion;
}

}  // namespace shallop::interpreter
