// SPDX-License-Identifier: Apache-2.0
// Loads and stores of memories other than 0, whose base is in no register. Few modules have such memories, so there is
// one form of each: operands in slots, and a comparison with the memory's size whatever kind of memory it is.
#include "interpreter/handlers.hpp"
#include "interpreter/memory_access.hpp"
#include "interpreter/operation.hpp"

namespace shallop::interpreter {
namespace {

// Where the access is, or null if it is out of bounds.
template <class InMemory>
std::byte* locate_in(const Memory& memory, const Word* pc, const Slot* fp) {
  const uint64_t address = uint64_t{read_slot<uint32_t>(fp + field(pc, 1))} + upper_half(pc);
  return address + sizeof(InMemory) > memory.size_bytes() ? nullptr : memory.base() + address;
}

template <Opcode opcode, To to>
SHALLOP_HANDLER Completion other_load(SHALLOP_HANDLER_PARAMETERS) {
  using InMemory = typename Access<opcode>::InMemory;
  const std::byte* const place = locate_in<InMemory>(*instance->memories[pc[2]], pc, fp);
  SHALLOP_TRAP_IF(place == nullptr, TrapCode::out_of_bounds_memory_access);
  InMemory value;
  std::memcpy(&value, place, sizeof value);
  result<to>(Access<opcode>::value_of(value), pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <Opcode opcode>
SHALLOP_HANDLER Completion other_store(SHALLOP_HANDLER_PARAMETERS) {
  using InMemory = typename Access<opcode>::InMemory;
  std::byte* const place = locate_in<InMemory>(*instance->memories[pc[2]], pc, fp);
  SHALLOP_TRAP_IF(place == nullptr, TrapCode::out_of_bounds_memory_access);
  const auto value = static_cast<InMemory>(read_slot<typename Access<opcode>::Value>(fp + field(pc, 0)));
  std::memcpy(place, &value, sizeof value);
  SHALLOP_NEXT(3);
}

template <Opcode opcode>
using Lane = typename MemoryInteger<access_type(opcode).size_bytes, false>::Type;

template <Opcode opcode, To to>
SHALLOP_HANDLER Completion other_load_lane(SHALLOP_HANDLER_PARAMETERS) {
  const std::byte* const place = locate_in<Lane<opcode>>(*instance->memories[pc[3]], pc, fp);
  SHALLOP_TRAP_IF(place == nullptr, TrapCode::out_of_bounds_memory_access);
  Lane<opcode> value;
  std::memcpy(&value, place, sizeof value);
  const auto vector = read_slot<V128>(fp + static_cast<uint32_t>(pc[2]));
  result<to>(Operation<opcode>::function(vector, value, static_cast<unsigned>(pc[2] >> 32)), pc, fp, acc, facc);
  SHALLOP_NEXT(4);
}

template <Opcode opcode>
SHALLOP_HANDLER Completion other_store_lane(SHALLOP_HANDLER_PARAMETERS) {
  std::byte* const place = locate_in<Lane<opcode>>(*instance->memories[pc[3]], pc, fp);
  SHALLOP_TRAP_IF(place == nullptr, TrapCode::out_of_bounds_memory_access);
  const Lane<opcode> value =
      Operation<opcode>::function(read_slot<V128>(fp + field(pc, 0)), static_cast<unsigned>(pc[2]));
  std::memcpy(place, &value, sizeof value);
  SHALLOP_NEXT(4);
}

}  // namespace

Handler other_load_handler(Opcode opcode, To to) {
  switch (opcode) {
#define SHALLOP_LOAD(code, id, text, result, size) \
  case Opcode::id: return to == To::acc ? other_load<Opcode::id, To::acc> : other_load<Opcode::id, To::slot>;
#define SHALLOP_VECTOR_LOAD(code, id, text, result, size) SHALLOP_LOAD(code, id, text, result, size)
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler other_store_handler(Opcode opcode) {
  switch (opcode) {
#define SHALLOP_STORE(code, id, text, operand, size) \
  case Opcode::id: return other_store<Opcode::id>;
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler other_load_lane_handler(Opcode opcode, To to) {
  switch (opcode) {
#define SHALLOP_LOAD_LANE(code, id, text, result, size) \
  case Opcode::id: return to == To::acc ? other_load_lane<Opcode::id, To::acc> : other_load_lane<Opcode::id, To::slot>;
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler other_store_lane_handler(Opcode opcode) {
  switch (opcode) {
#define SHALLOP_STORE_LANE(code, id, text, operand, size) \
  case Opcode::id: return other_store_lane<Opcode::id>;
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

}  // namespace shallop::interpreter
