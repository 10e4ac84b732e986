// SPDX-License-Identifier: Apache-2.0
// Atomic memory instructions. They compare their address in both kinds of memory, and their operands are in slots: next
// to a locked instruction neither is felt. Loads and stores, which are the loops of spin locks, take accumulators as
// well.
#include "interpreter/handlers.hpp"
#include "interpreter/memory_access.hpp"
#include "runtime/atomic_cell.hpp"
#include "runtime/atomic_wait.hpp"
#include "wasm/atomics.hpp"

namespace shallop::interpreter {
namespace {

// The value's type on the stack and the cell's.
template <Opcode opcode>
struct AtomicAccess {
  using Value = CppType<access_type(opcode).value>::Type;
  using Cell = MemoryInteger<access_type(opcode).size_bytes, false>::Type;
};

// The row's operation on a cell and an operand.
template <Opcode opcode>
struct RmwOperation;
#define SHALLOP_ATOMIC_RMW(code, id, text, operand, size_bytes, operation) \
  template <> \
  struct RmwOperation<Opcode::id> { \
    static constexpr auto function = [](auto& cell, auto value) \
                                         __attribute__((always_inline)) { return atomics::operation(cell, value); }; \
  };
#include "wasm/opcodes.def"

const Memory& memory_of(const Word* pc, const Instance* instance) { return *instance->memories[pc[2] >> 32]; }

template <class T>
T first_operand(const Word* pc, const Slot* fp) {
  return read_slot<T>(fp + static_cast<uint16_t>(pc[2]));
}
template <class T>
T second_operand(const Word* pc, const Slot* fp) {
  return read_slot<T>(fp + static_cast<uint16_t>(pc[2] >> 16));
}

template <Opcode opcode, From from, To to>
SHALLOP_HANDLER Completion atomic_load(SHALLOP_HANDLER_PARAMETERS) {
  using Access = AtomicAccess<opcode>;
  const uint64_t address = effective_address<from>(pc, fp, acc, facc);
  const auto [cell, trap] = atomic_cell<typename Access::Cell>(memory_of(pc, instance), address);
  SHALLOP_TRAP_IF(cell == nullptr, trap);
  result<to>(typename Access::Value{atomics::load(*cell)}, pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <Opcode opcode, From from_value, From from_address>
SHALLOP_HANDLER Completion atomic_store(SHALLOP_HANDLER_PARAMETERS) {
  using Access = AtomicAccess<opcode>;
  const uint64_t address = effective_address<from_address>(pc, fp, acc, facc);
  const auto [cell, trap] = atomic_cell<typename Access::Cell>(memory_of(pc, instance), address);
  SHALLOP_TRAP_IF(cell == nullptr, trap);
  const auto value = operand<typename Access::Value, from_value>(pc, fp, acc, facc, 0);
  atomics::store(*cell, static_cast<Access::Cell>(value));
  SHALLOP_NEXT(3);
}

template <Opcode opcode, To to>
SHALLOP_HANDLER Completion atomic_rmw(SHALLOP_HANDLER_PARAMETERS) {
  using Access = AtomicAccess<opcode>;
  const uint64_t address = effective_address<From::slot>(pc, fp, acc, facc);
  const auto [cell, trap] = atomic_cell<typename Access::Cell>(memory_of(pc, instance), address);
  SHALLOP_TRAP_IF(cell == nullptr, trap);
  const auto value = static_cast<Access::Cell>(first_operand<typename Access::Value>(pc, fp));
  result<to>(typename Access::Value{RmwOperation<opcode>::function(*cell, value)}, pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <Opcode opcode, To to>
SHALLOP_HANDLER Completion atomic_cmpxchg(SHALLOP_HANDLER_PARAMETERS) {
  using Access = AtomicAccess<opcode>;
  const uint64_t address = effective_address<From::slot>(pc, fp, acc, facc);
  const auto [cell, trap] = atomic_cell<typename Access::Cell>(memory_of(pc, instance), address);
  SHALLOP_TRAP_IF(cell == nullptr, trap);
  const auto expected = static_cast<Access::Cell>(first_operand<typename Access::Value>(pc, fp));
  const auto replacement = static_cast<Access::Cell>(second_operand<typename Access::Value>(pc, fp));
  result<to>(typename Access::Value{atomics::cmpxchg(*cell, expected, replacement)}, pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <To to>
SHALLOP_HANDLER Completion atomic_wait32(SHALLOP_HANDLER_PARAMETERS) {
  const AtomicResult waited = atomic_wait32(memory_of(pc, instance), effective_address<From::slot>(pc, fp, acc, facc),
                                            first_operand<uint32_t>(pc, fp), second_operand<int64_t>(pc, fp));
  SHALLOP_TRAP_IF(waited.trap != TrapCode::none, waited.trap);
  result<to>(waited.value, pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <To to>
SHALLOP_HANDLER Completion atomic_wait64(SHALLOP_HANDLER_PARAMETERS) {
  const AtomicResult waited = atomic_wait64(memory_of(pc, instance), effective_address<From::slot>(pc, fp, acc, facc),
                                            first_operand<uint64_t>(pc, fp), second_operand<int64_t>(pc, fp));
  SHALLOP_TRAP_IF(waited.trap != TrapCode::none, waited.trap);
  result<to>(waited.value, pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <To to>
SHALLOP_HANDLER Completion notify(SHALLOP_HANDLER_PARAMETERS) {
  const AtomicResult notified = atomic_notify(memory_of(pc, instance), effective_address<From::slot>(pc, fp, acc, facc),
                                              first_operand<uint32_t>(pc, fp));
  SHALLOP_TRAP_IF(notified.trap != TrapCode::none, notified.trap);
  result<to>(notified.value, pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

SHALLOP_HANDLER Completion fence(SHALLOP_HANDLER_PARAMETERS) {
  atomics::fence();
  SHALLOP_NEXT(2);
}

// --- Forms ---

template <Opcode opcode>
Handler load_form(From address, To to) {
  using enum From;
  if (address == slot) return to == To::acc ? atomic_load<opcode, slot, To::acc> : atomic_load<opcode, slot, To::slot>;
  if (address == acc) return to == To::acc ? atomic_load<opcode, acc, To::acc> : atomic_load<opcode, acc, To::slot>;
  return nullptr;
}

template <Opcode opcode>
Handler store_form(From value, From address) {
  using enum From;
  if (value == slot && address == slot) return atomic_store<opcode, slot, slot>;
  if (value == slot && address == acc) return atomic_store<opcode, slot, acc>;
  if (value == acc && address == slot) return atomic_store<opcode, acc, slot>;
  if (value == acc && address == acc) return atomic_store<opcode, acc, acc>;
  return nullptr;
}

}  // namespace

Handler atomic_load_handler(Opcode opcode, From address, To to) {
  switch (opcode) {
#define SHALLOP_ATOMIC_LOAD(code, id, text, result, size_bytes) \
  case Opcode::id: return load_form<Opcode::id>(address, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler atomic_store_handler(Opcode opcode, From value, From address) {
  switch (opcode) {
#define SHALLOP_ATOMIC_STORE(code, id, text, operand, size_bytes) \
  case Opcode::id: return store_form<Opcode::id>(value, address);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler atomic_rmw_handler(Opcode opcode, To to) {
  switch (opcode) {
#define SHALLOP_ATOMIC_RMW(code, id, text, operand, size_bytes, operation) \
  case Opcode::id: return to == To::acc ? atomic_rmw<Opcode::id, To::acc> : atomic_rmw<Opcode::id, To::slot>;
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler atomic_cmpxchg_handler(Opcode opcode, To to) {
  switch (opcode) {
#define SHALLOP_ATOMIC_CMPXCHG(code, id, text, operand, size_bytes) \
  case Opcode::id: return to == To::acc ? atomic_cmpxchg<Opcode::id, To::acc> : atomic_cmpxchg<Opcode::id, To::slot>;
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler atomic_wait32_handler(To to) { return to == To::acc ? atomic_wait32<To::acc> : atomic_wait32<To::slot>; }
Handler atomic_wait64_handler(To to) { return to == To::acc ? atomic_wait64<To::acc> : atomic_wait64<To::slot>; }
Handler atomic_notify_handler(To to) { return to == To::acc ? notify<To::acc> : notify<To::slot>; }
Handler atomic_fence_handler() { return fence; }

}  // namespace shallop::interpreter
