// SPDX-License-Identifier: Apache-2.0
#include "interpreter/handlers.hpp"
#include "interpreter/memory_access.hpp"
#include "interpreter/operation.hpp"
#include "runtime/bulk_memory.hpp"

namespace shallop::interpreter {
namespace {

template <Opcode opcode, From from, To to, MemoryAccess access>
SHALLOP_HANDLER Completion load(SHALLOP_HANDLER_PARAMETERS) {
  using InMemory = typename Access<opcode>::InMemory;
  const uint64_t address = effective_address<from>(pc, fp, acc, facc);
  const std::byte* place = locate<access, InMemory>(memory, instance, address);
  if constexpr (access == MemoryAccess::checked) {
    SHALLOP_TRAP_IF(place == nullptr, TrapCode::out_of_bounds_memory_access);
  }
  InMemory value;
  std::memcpy(&value, place, sizeof value);
  SHALLOP_ACCESS_DONE(pc);
  result<to>(Access<opcode>::value_of(value), pc, fp, acc, facc);
  SHALLOP_NEXT_OR_RETURN(typename Access<opcode>::Value, to, 2);
}

template <Opcode opcode, From from_value, From from_address, MemoryAccess access>
SHALLOP_HANDLER Completion store(SHALLOP_HANDLER_PARAMETERS) {
  using Value = typename Access<opcode>::Value;
  using InMemory = typename Access<opcode>::InMemory;
  const uint64_t address = effective_address<from_address>(pc, fp, acc, facc);
  std::byte* place = locate<access, InMemory>(memory, instance, address);
  if constexpr (access == MemoryAccess::checked) {
    SHALLOP_TRAP_IF(place == nullptr, TrapCode::out_of_bounds_memory_access);
  }
  InMemory value;
  if constexpr (from_value == From::imm)
    value = static_cast<InMemory>(read_slot<Value>(pc + 2));
  else
    value = static_cast<InMemory>(operand<Value, from_value>(pc, fp, acc, facc, 0));
  std::memcpy(place, &value, sizeof value);
  SHALLOP_ACCESS_DONE(pc);
  SHALLOP_NEXT(from_value == From::imm ? 2 + immediate_words<Value> : 2);
}

template <Opcode opcode, From address, MemoryAccess access>
Handler load_form(To to) {
  if (to == To::caller) return load<opcode, address, To::caller, access>;
  return to == To::acc ? load<opcode, address, To::acc, access> : load<opcode, address, To::slot, access>;
}

template <Opcode opcode, MemoryAccess access>
Handler load_form(From address, To to) {
  if (address == From::slot) return load_form<opcode, From::slot, access>(to);
  if (address == From::acc) return load_form<opcode, From::acc, access>(to);
  return load_form<opcode, From::imm, access>(to);
}

template <Opcode opcode, MemoryAccess access>
Handler store_form(From value, From address) {
  using enum From;
  if (value == slot && address == slot) return store<opcode, slot, slot, access>;
  if (value == slot && address == acc) return store<opcode, slot, acc, access>;
  if (value == acc && address == slot) return store<opcode, acc, slot, access>;
  if (value == acc && address == acc) return store<opcode, acc, acc, access>;
  if (value == imm && address == slot) return store<opcode, imm, slot, access>;
  if (value == imm && address == acc) return store<opcode, imm, acc, access>;
  if (value == slot && address == imm) return store<opcode, slot, imm, access>;
  if (value == acc && address == imm) return store<opcode, acc, imm, access>;
  return store<opcode, imm, imm, access>;
}

template <To to>
SHALLOP_HANDLER Completion memory_size(SHALLOP_HANDLER_PARAMETERS) {
  result<to>(instance->memories[pc[2]]->pages(), pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <To to>
SHALLOP_HANDLER Completion memory_grow(SHALLOP_HANDLER_PARAMETERS) {
  const int64_t old_pages = instance->memories[pc[2]]->grow(read_slot<uint32_t>(fp + field(pc, 1)));
  result<to>(static_cast<uint32_t>(old_pages), pc, fp, acc, facc);
  SHALLOP_TRAP_IF_INTERRUPTED();
  SHALLOP_NEXT(3);
}

// True if [start, start + count) does not lie within `size`.
bool outside(uint64_t start, uint64_t count, uint64_t size) { return start + count > size; }

SHALLOP_HANDLER Completion memory_fill(SHALLOP_HANDLER_PARAMETERS) {
  const auto destination = read_slot<uint32_t>(fp + field(pc, 0));
  const auto value = read_slot<uint32_t>(fp + field(pc, 1));
  const auto count = read_slot<uint32_t>(fp + field(pc, 2));
  const Memory& target = *instance->memories[pc[2]];
  SHALLOP_TRAP_IF(outside(destination, count, target.size_bytes()), TrapCode::out_of_bounds_memory_access);
  fill_bytes(target.base() + destination, static_cast<std::byte>(value), count);
  SHALLOP_TRAP_IF_INTERRUPTED();
  SHALLOP_NEXT(3);
}

SHALLOP_HANDLER Completion memory_copy(SHALLOP_HANDLER_PARAMETERS) {
  const auto destination = read_slot<uint32_t>(fp + field(pc, 0));
  const auto from = read_slot<uint32_t>(fp + field(pc, 1));
  const auto count = read_slot<uint32_t>(fp + field(pc, 2));
  const Memory& target = *instance->memories[static_cast<uint32_t>(pc[2])];
  const Memory& source = *instance->memories[pc[2] >> 32];
  SHALLOP_TRAP_IF(outside(destination, count, target.size_bytes()) || outside(from, count, source.size_bytes()),
                  TrapCode::out_of_bounds_memory_access);
  move_bytes(target.base() + destination, source.base() + from, count);
  SHALLOP_TRAP_IF_INTERRUPTED();
  SHALLOP_NEXT(3);
}

SHALLOP_HANDLER Completion memory_init(SHALLOP_HANDLER_PARAMETERS) {
  const auto destination = read_slot<uint32_t>(fp + field(pc, 0));
  const auto source = read_slot<uint32_t>(fp + field(pc, 1));
  const auto count = read_slot<uint32_t>(fp + field(pc, 2));
  const Memory& target = *instance->memories[static_cast<uint32_t>(pc[2])];
  const std::span<const std::byte> segment = instance->data_segments[pc[2] >> 32];
  SHALLOP_TRAP_IF(outside(destination, count, target.size_bytes()) || outside(source, count, segment.size()),
                  TrapCode::out_of_bounds_memory_access);
  if (count != 0) std::memcpy(target.base() + destination, segment.data() + source, count);
  SHALLOP_TRAP_IF_INTERRUPTED();
  SHALLOP_NEXT(3);
}

SHALLOP_HANDLER Completion data_drop(SHALLOP_HANDLER_PARAMETERS) {
  instance->drop_data(static_cast<uint32_t>(pc[2]));
  SHALLOP_NEXT(3);
}

}  // namespace

Handler load_handler(Opcode opcode, From address, To to, MemoryAccess access) {
  switch (opcode) {
#define SHALLOP_VECTOR_LOAD(code, id, text, result, size) SHALLOP_LOAD(code, id, text, result, size)
#define SHALLOP_LOAD(code, id, text, result, size) \
  case Opcode::id: \
    return access == MemoryAccess::guarded ? load_form<Opcode::id, MemoryAccess::guarded>(address, to) \
                                           : load_form<Opcode::id, MemoryAccess::checked>(address, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler store_handler(Opcode opcode, From value, From address, MemoryAccess access) {
  switch (opcode) {
#define SHALLOP_STORE(code, id, text, operand, size) \
  case Opcode::id: \
    return access == MemoryAccess::guarded ? store_form<Opcode::id, MemoryAccess::guarded>(value, address) \
                                           : store_form<Opcode::id, MemoryAccess::checked>(value, address);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler memory_size_handler(To to) { return to == To::acc ? memory_size<To::acc> : memory_size<To::slot>; }
Handler memory_grow_handler(To to) { return to == To::acc ? memory_grow<To::acc> : memory_grow<To::slot>; }
Handler memory_fill_handler() { return memory_fill; }
Handler memory_copy_handler() { return memory_copy; }
Handler memory_init_handler() { return memory_init; }
Handler data_drop_handler() { return data_drop; }

}  // namespace shallop::interpreter
