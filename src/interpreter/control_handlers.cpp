// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <utility>

#include "interpreter/handlers.hpp"

namespace shallop::interpreter {
namespace {

// The fields are those of the words behind `before`; they go on behind the first word, the second has fields 4 to 7.
template <unsigned count>
void copy_slots(const Word* before, Slot* fp) {
  for (unsigned i = 0; i < count; ++i) fp[field(before, 2 * i)] = fp[field(before, 2 * i + 1)];
}

template <unsigned count>
SHALLOP_HANDLER Completion copy(SHALLOP_HANDLER_PARAMETERS) {
  copy_slots<count>(pc, fp);
  SHALLOP_NEXT(count > 2 ? 3 : 2);
}

SHALLOP_HANDLER Completion copy_vector(SHALLOP_HANDLER_PARAMETERS) {
  const auto value = read_slot<V128>(fp + field(pc, 1));
  std::memcpy(fp + field(pc, 0), &value, sizeof value);
  SHALLOP_NEXT(2);
}

SHALLOP_HANDLER Completion constant(SHALLOP_HANDLER_PARAMETERS) {
  fp[field(pc, 0)] = pc[2];
  SHALLOP_NEXT(3);
}

SHALLOP_HANDLER Completion vector_constant(SHALLOP_HANDLER_PARAMETERS) {
  std::memcpy(fp + field(pc, 0), pc + 2, sizeof(V128));
  SHALLOP_NEXT(4);
}

SHALLOP_HANDLER Completion store_acc(SHALLOP_HANDLER_PARAMETERS) {
  fp[field(pc, 0)] = acc;
  SHALLOP_NEXT(2);
}

SHALLOP_HANDLER Completion store_facc(SHALLOP_HANDLER_PARAMETERS) {
  std::memcpy(fp + field(pc, 0), &facc, sizeof(Slot));
  SHALLOP_NEXT(2);
}

SHALLOP_HANDLER Completion store_vector(SHALLOP_HANDLER_PARAMETERS) {
  std::memcpy(fp + field(pc, 0), &facc, sizeof facc);
  SHALLOP_NEXT(2);
}

Vector vector_of(Slot slot) { return Vector{std::bit_cast<double>(slot), 0}; }

template <From from, Accumulator accumulator, To to>
SHALLOP_HANDLER Completion select(SHALLOP_HANDLER_PARAMETERS) {
  const bool condition = operand<uint32_t, from>(pc, fp, acc, facc, 3) != 0;
  if constexpr (accumulator == Accumulator::vector) {
    result<to>(read_slot<V128>(fp + (condition ? field(pc, 1) : field(pc, 2))), pc, fp, acc, facc);
    SHALLOP_NEXT(2);
  }
  const Slot if_true = fp[field(pc, 1)];
  const Slot if_false = fp[field(pc, 2)];
  const Slot chosen = condition ? if_true : if_false;
  if constexpr (accumulator == Accumulator::integer)
    acc = chosen;
  else
    facc = vector_of(chosen);
  if constexpr (to == To::slot) fp[field(pc, 0)] = chosen;
  SHALLOP_NEXT(2);
}

template <unsigned count>
SHALLOP_HANDLER Completion zero_few(SHALLOP_HANDLER_PARAMETERS) {
  for (unsigned i = 0; i < count; ++i) fp[field(pc, 0) + i] = 0;
  SHALLOP_NEXT(2);
}

SHALLOP_HANDLER Completion zero_slots(SHALLOP_HANDLER_PARAMETERS) {
  std::memset(fp + field(pc, 0), 0, sizeof(Slot) * field(pc, 1));
  SHALLOP_NEXT(2);
}

// --- Calls ---

// Whether the callee's frame at `frame` leaves no room for a further return point below those in use. To be asked
// behind the load of the callee's entry.
bool is_full(const Slot* frame, const FunctionCode& callee, const ReturnPoint* control) {
  return frame + callee.frame_slots.load(std::memory_order_relaxed) > reinterpret_cast<const Slot*>(control - 1);
}

// Enters `callee` in the frame that begins at `frame`.
#define SHALLOP_ENTER(callee, frame, return_address) \
  do { \
    const Word* const first = (callee).entry.load(std::memory_order_acquire); \
    SHALLOP_TRAP_IF(is_full((frame), (callee), control), TrapCode::call_stack_exhausted); \
    *--control = {.pc = (return_address), .fp = fp, .result = fp + field(pc, 0)}; \
    fp = (frame); \
    pc = first; \
    SHALLOP_DISPATCH(); \
  } while (false)

template <unsigned copies>
SHALLOP_HANDLER Completion call(SHALLOP_HANDLER_PARAMETERS) {
  const FunctionCode& callee = *reinterpret_cast<const FunctionCode*>(pc[2]);
  copy_slots<copies>(pc + 2, fp);
  Slot* const frame = fp + field(pc, 1);
  SHALLOP_ENTER(callee, frame, pc + (copies == 0 ? 3 : 4));
}

// Whatever is not interpreted code of this instance is entered by its entry point, on the thread's stack. It may leave
// its one result in either accumulator's class, so both are set. Where there is none, or more than one, dst is the
// first argument's slot, and is written what it holds. The float accumulator is not kept for a callee that fails:
// nobody reads it there, and every call would save it.
#define SHALLOP_CALL_OUT(function, arguments, beyond, words) \
  do { \
    instance->store->stack_top = (beyond); \
    instance->store->stack_end = reinterpret_cast<Slot*>(control); \
    const Completion completion = (function).entry((function), instance, (arguments)); \
    if (completion != Completion::returned) [[unlikely]] { \
      acc = static_cast<uint64_t>(completion); \
      facc = Vector{0, 0}; \
      SHALLOP_GO(passed_on); \
    } \
    acc = *(arguments); \
    fp[field(pc, 0)] = acc; \
    facc = vector_of(acc); \
    SHALLOP_NEXT(words); \
  } while (false)

SHALLOP_HANDLER Completion call_import(SHALLOP_HANDLER_PARAMETERS) {
  FunctionInstance& function = *instance->functions[pc[2]];
  Slot* const arguments = fp + field(pc, 1);
  SHALLOP_CALL_OUT(function, arguments, fp + field(pc, 2), 3);
}

// The function that a call_indirect or return_call_indirect names, as `function`; traps if there is none. The index was
// read before: copies that the instruction begins with may overwrite it.
#define SHALLOP_FIND_CALLEE(function) \
  Table& table = *instance->tables[pc[3]]; \
  SHALLOP_TRAP_IF(index >= table.size(), TrapCode::undefined_element); \
  FunctionInstance* const function = to_function(table.elements()[index]); \
  SHALLOP_TRAP_IF(function == nullptr, TrapCode::uninitialized_element); \
  SHALLOP_TRAP_IF(reinterpret_cast<Word>(function->type) != pc[2], TrapCode::indirect_call_type_mismatch)

template <From from, unsigned copies, size_t replica>
SHALLOP_HANDLER Completion call_indirect(SHALLOP_HANDLER_PARAMETERS) {
  const auto index = operand<uint32_t, from>(pc, fp, acc, facc, 2);
  copy_slots<copies>(pc + 3, fp);
  SHALLOP_FIND_CALLEE(function);
  Slot* const arguments = fp + field(pc, 1);
  constexpr unsigned words = copies == 0 ? 4 : 5;
  if (function->instance == instance) [[likely]] {
    SHALLOP_ENTER(*function->code, arguments, pc + words);
  }
  SHALLOP_CALL_OUT(*function, arguments, fp + field(pc, 3), words);
}

// --- Tail calls: the callee takes the frame's place, and returns to the frame's caller. ---

// Enters `callee` in this frame.
#define SHALLOP_REENTER(callee) \
  do { \
    const Word* const first = (callee).entry.load(std::memory_order_acquire); \
    SHALLOP_TRAP_IF(is_full(fp, (callee), control), TrapCode::call_stack_exhausted); \
    std::memmove(fp, fp + field(pc, 1), sizeof(Slot) * field(pc, 2)); \
    pc = first; \
    SHALLOP_DISPATCH(); \
  } while (false)

SHALLOP_HANDLER Completion return_call(SHALLOP_HANDLER_PARAMETERS) {
  const FunctionCode& callee = *reinterpret_cast<const FunctionCode*>(pc[2]);
  SHALLOP_REENTER(callee);
}

// Returns to the caller for a function that has run in the frame at `fp` in place of the one called, and whose
// completion is in `acc`. `control` holds what the caller pushed.
SHALLOP_HANDLER Completion return_for(SHALLOP_HANDLER_PARAMETERS) {
  if (static_cast<Completion>(acc) != Completion::returned) [[unlikely]] {
    // Catch clauses of this frame take nothing, and it is in no backtrace: the caller's instruction goes on.
    pc = control->pc - 1;
    fp = control->fp;
    ++control;
    SHALLOP_GO(passed_on);
  }
  acc = *fp;
  facc = read_slot<Vector>(fp);
  *control->result = acc;  // where there is none, or more than one, that is the slot it came from
  SHALLOP_RETURN();
}

// The function is in `acc`. A frame that was entered from outside ends the loop, and `enter` goes on with the function;
// any other takes one level of the thread's stack, and gives it back before anything else happens in this loop.
SHALLOP_HANDLER Completion return_call_out(SHALLOP_HANDLER_PARAMETERS) {
  FunctionInstance& function = *to_function(acc);
  Store& store = *instance->store;
  std::memmove(fp, fp + field(pc, 1), sizeof(Slot) * field(pc, 2));
  if (control->fp == nullptr) {
    store.tail_callee = &function;
    return Completion::returned;
  }
  store.stack_top = fp + field(pc, 3);
  store.stack_end = reinterpret_cast<Slot*>(control);
  acc = static_cast<uint64_t>(function.entry(function, instance, fp));
  SHALLOP_GO(return_for);
}

SHALLOP_HANDLER Completion return_call_import(SHALLOP_HANDLER_PARAMETERS) {
  acc = to_slot(instance->functions[pc[2]]);
  SHALLOP_GO(return_call_out);
}

template <From from>
SHALLOP_HANDLER Completion return_call_indirect(SHALLOP_HANDLER_PARAMETERS) {
  const auto index = operand<uint32_t, from>(pc, fp, acc, facc, 0);
  SHALLOP_FIND_CALLEE(function);
  if (function->instance == instance) [[likely]] {
    SHALLOP_REENTER(*function->code);
  }
  acc = to_slot(function);
  SHALLOP_GO(return_call_out);
}

// --- Returns ---

SHALLOP_HANDLER Completion return_nothing(SHALLOP_HANDLER_PARAMETERS) { SHALLOP_RETURN(); }

template <From from, Accumulator accumulator>
SHALLOP_HANDLER Completion return_one(SHALLOP_HANDLER_PARAMETERS) {
  if constexpr (accumulator == Accumulator::integer) {
    if constexpr (from == From::slot) acc = fp[field(pc, 1)];
    return_result<uint64_t>(control, fp, acc, facc);
  } else if constexpr (accumulator == Accumulator::floating) {
    if constexpr (from == From::slot) facc = vector_of(fp[field(pc, 1)]);
    return_result<double>(control, fp, acc, facc);
  } else {
    if constexpr (from == From::slot) facc = read_slot<Vector>(fp + field(pc, 1));
    return_result<V128>(control, fp, acc, facc);
  }
  SHALLOP_RETURN();
}

SHALLOP_HANDLER Completion return_many(SHALLOP_HANDLER_PARAMETERS) {
  std::memmove(fp, fp + field(pc, 1), sizeof(Slot) * field(pc, 2));
  SHALLOP_RETURN();
}

// --- Endings ---

SHALLOP_HANDLER Completion unreachable(SHALLOP_HANDLER_PARAMETERS) {
  instance->store->ending.trap.code = TrapCode::unreachable;
  SHALLOP_GO(trapped);
}

SHALLOP_HANDLER Completion leave(SHALLOP_HANDLER_PARAMETERS) { return Completion::returned; }

SHALLOP_HANDLER Completion first_call(SHALLOP_HANDLER_PARAMETERS) {
  FunctionCode& function = *reinterpret_cast<FunctionCode*>(pc[1]);
  pc = function.module->ensure_lowered(function);
  SHALLOP_TRAP_IF_INTERRUPTED();
  // The caller could not know the frame's size.
  SHALLOP_TRAP_IF(is_full(fp, function, control), TrapCode::call_stack_exhausted);
  SHALLOP_DISPATCH();
}

// Calls the native code of the function whose frame is at `fp`, and returns to its caller. `control` holds what that
// caller pushed.
SHALLOP_HANDLER Completion native_call(SHALLOP_HANDLER_PARAMETERS) {
  FunctionCode& function = *reinterpret_cast<FunctionCode*>(pc[1]);
  if (instance->native_code == nullptr && !function.module->bind_native(*instance)) [[unlikely]]
    SHALLOP_GO(first_call);
  FunctionInstance& callee = *instance->functions[function.function_index];
  instance->store->stack_top = fp + std::max(function.parameter_slots, function.result_slots);
  instance->store->stack_end = reinterpret_cast<Slot*>(control);
  acc = static_cast<uint64_t>(callee.entry(callee, instance, fp));
  SHALLOP_GO(return_for);
}

constexpr std::make_index_sequence<call_indirect_replicas> replicas;

template <From from, unsigned copies, size_t... replica>
Handler call_indirect_form(unsigned index, std::index_sequence<replica...>) {
  constexpr Handler handlers[] = {call_indirect<from, copies, replica>...};
  return handlers[index];
}

template <From from>
Handler call_indirect_form(unsigned copies, unsigned replica) {
  if (copies == 0) return call_indirect_form<from, 0>(replica, replicas);
  return copies == 1 ? call_indirect_form<from, 1>(replica, replicas) : call_indirect_form<from, 2>(replica, replicas);
}

template <From from>
Handler select_form(Accumulator accumulator, To to) {
  using enum Accumulator;
  if (accumulator == integer) return to == To::acc ? select<from, integer, To::acc> : select<from, integer, To::slot>;
  if (accumulator == floating)
    return to == To::acc ? select<from, floating, To::acc> : select<from, floating, To::slot>;
  return to == To::acc ? select<from, vector, To::acc> : select<from, vector, To::slot>;
}

}  // namespace

SHALLOP_HANDLER Completion trapped(SHALLOP_HANDLER_PARAMETERS) {
  instance->store->ending.pc = pc;
  instance->store->ending.control = control;
  return Completion::trapped;
}

SHALLOP_HANDLER Completion passed_on(SHALLOP_HANDLER_PARAMETERS) {
  if (static_cast<Completion>(acc) == Completion::threw) SHALLOP_GO(unwind);
  instance->store->ending.pc = pc;
  instance->store->ending.control = control;
  return static_cast<Completion>(acc);
}

Handler copy_handler(unsigned count) {
  constexpr Handler handlers[most_copies] = {copy<1>, copy<2>, copy<3>, copy<4>};
  return handlers[count - 1];
}
Handler copy_vector_handler() { return copy_vector; }
Handler constant_handler() { return constant; }
Handler vector_constant_handler() { return vector_constant; }
Handler store_accumulator_handler(Accumulator accumulator) {
  constexpr Handler handlers[] = {store_acc, store_facc, store_vector};
  return handlers[static_cast<size_t>(accumulator)];
}
Handler select_handler(From condition, Accumulator accumulator, To to) {
  return condition == From::acc ? select_form<From::acc>(accumulator, to) : select_form<From::slot>(accumulator, to);
}
Handler zero_slots_handler(unsigned count) {
  constexpr Handler handlers[] = {zero_few<1>, zero_few<2>, zero_few<3>, zero_few<4>, zero_few<5>, zero_few<6>};
  return count <= std::size(handlers) ? handlers[count - 1] : zero_slots;
}
Handler call_handler(unsigned copies) {
  constexpr Handler handlers[] = {call<0>, call<1>, call<2>};
  return handlers[copies];
}
Handler call_import_handler() { return call_import; }
Handler call_indirect_handler(From index, unsigned copies, unsigned replica) {
  return index == From::acc ? call_indirect_form<From::acc>(copies, replica)
                            : call_indirect_form<From::slot>(copies, replica);
}
Handler return_call_handler() { return return_call; }
Handler return_call_import_handler() { return return_call_import; }
Handler return_call_indirect_handler(From index) {
  return index == From::acc ? return_call_indirect<From::acc> : return_call_indirect<From::slot>;
}
Handler return_nothing_handler() { return return_nothing; }
Handler return_one_handler(From value, Accumulator accumulator) {
  using enum Accumulator;
  if (accumulator == integer)
    return value == From::acc ? return_one<From::acc, integer> : return_one<From::slot, integer>;
  if (accumulator == floating)
    return value == From::acc ? return_one<From::acc, floating> : return_one<From::slot, floating>;
  return value == From::acc ? return_one<From::acc, vector> : return_one<From::slot, vector>;
}
Handler return_many_handler() { return return_many; }
Handler unreachable_handler() { return unreachable; }
Handler leave_handler() { return leave; }
Handler first_call_handler() { return first_call; }
Handler native_call_handler() { return native_call; }

}  // namespace shallop::interpreter
