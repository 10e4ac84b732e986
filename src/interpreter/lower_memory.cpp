// SPDX-License-Identifier: Apache-2.0
#include "interpreter/fusion.hpp"
#include "interpreter/lowering.hpp"

namespace shallop::interpreter {

void Lowering::load(Opcode opcode, MemArg argument) {
  if (!reachable_) return;
  if (argument.memory.value != 0) return load_other(opcode, argument);
  const Operand address = builder_.pop();
  auto offset = static_cast<uint32_t>(argument.offset);
  if (access_ == MemoryAccess::guarded && fuse_load(builder_, opcode, address, offset)) return;
  const From from = address_source(address, offset);
  const ResultForms forms{load_handler(opcode, from, To::acc, access_), load_handler(opcode, from, To::slot, access_),
                          load_handler(opcode, from, To::caller, access_)};
  const Word payload = pack_upper(0, index_field(address, from), offset);
  const ValueType type = access_type(opcode).value;
  if (access_ == MemoryAccess::checked || from == From::imm)
    builder_.emit_result(type, forms, payload);
  else
    builder_.emit_computation({.opcode = opcode, .a = address, .offset = offset}, type, forms, payload);
}

void Lowering::store(Opcode opcode, MemArg argument) {
  if (!reachable_) return;
  if (argument.memory.value != 0) return store_other(opcode, argument);
  const Operand value = builder_.pop();
  const Operand address = builder_.pop();
  auto offset = static_cast<uint32_t>(argument.offset);
  if (access_ == MemoryAccess::guarded && fuse_store(builder_, opcode, address, value, offset)) return;
  const From from_address = address_source(address, offset);
  const From from_value = builder_.source(value);
  const Handler handler = store_handler(opcode, from_value, from_address, access_);
  const Word payload = pack_upper(index_field(value, from_value), index_field(address, from_address), offset);
  if (from_value == From::imm)
    builder_.emit(handler, payload, words_of(value));
  else
    builder_.emit(handler, payload);
}

void Lowering::load_lane(Opcode opcode, MemArg argument, LaneIndex lane) {
  if (!reachable_) return;
  if (argument.memory.value != 0) return load_lane_other(opcode, argument, lane);
  const Operand vector = builder_.pop();
  const Operand address = builder_.pop();
  const From from_vector = builder_.register_source(vector);
  const From from_address = builder_.register_source(address);
  builder_.emit_result(ValueType::v128,
                       {load_lane_handler(opcode, from_vector, from_address, To::acc, access_),
                        load_lane_handler(opcode, from_vector, from_address, To::slot, access_)},
                       pack_upper(0, index_field(address, from_address), static_cast<uint32_t>(argument.offset)),
                       {index_field(vector, from_vector) | Word{lane.value} << 32});
}

void Lowering::store_lane(Opcode opcode, MemArg argument, LaneIndex lane) {
  if (!reachable_) return;
  if (argument.memory.value != 0) return store_lane_other(opcode, argument, lane);
  const uint32_t vector = place_popped();
  const Operand address = builder_.pop();
  const From from = builder_.register_source(address);
  builder_.emit(store_lane_handler(opcode, from, access_),
                pack_upper(vector, index_field(address, from), static_cast<uint32_t>(argument.offset)), {lane.value});
}

void Lowering::load_other(Opcode opcode, MemArg argument) {
  const uint32_t address = place_popped();
  builder_.emit_result(access_type(opcode).value,
                       {other_load_handler(opcode, To::acc), other_load_handler(opcode, To::slot)},
                       pack_upper(0, address, static_cast<uint32_t>(argument.offset)), {argument.memory.value});
}

void Lowering::store_other(Opcode opcode, MemArg argument) {
  const uint32_t value = place_popped();
  const uint32_t address = place_popped();
  builder_.emit(other_store_handler(opcode), pack_upper(value, address, static_cast<uint32_t>(argument.offset)),
                {argument.memory.value});
}

void Lowering::load_lane_other(Opcode opcode, MemArg argument, LaneIndex lane) {
  const uint32_t vector = place_popped();
  const uint32_t address = place_popped();
  builder_.emit_result(ValueType::v128,
                       {other_load_lane_handler(opcode, To::acc), other_load_lane_handler(opcode, To::slot)},
                       pack_upper(0, address, static_cast<uint32_t>(argument.offset)),
                       {vector | Word{lane.value} << 32, argument.memory.value});
}

void Lowering::store_lane_other(Opcode opcode, MemArg argument, LaneIndex lane) {
  const uint32_t vector = place_popped();
  const uint32_t address = place_popped();
  builder_.emit(other_store_lane_handler(opcode), pack_upper(vector, address, static_cast<uint32_t>(argument.offset)),
                {lane.value, argument.memory.value});
}

void Lowering::memory_size(MemoryIndex memory) {
  if (!reachable_) return;
  builder_.emit_result(ValueType::i32, {memory_size_handler(To::acc), memory_size_handler(To::slot)}, 0,
                       {memory.value});
}

void Lowering::memory_grow(MemoryIndex memory) {
  if (!reachable_) return;
  const uint32_t delta = place_popped();
  builder_.emit_result(ValueType::i32, {memory_grow_handler(To::acc), memory_grow_handler(To::slot)},
                       pack(0, delta, 0, 0), {memory.value});
}

void Lowering::memory_copy(MemoryIndex target, MemoryIndex source) {
  bulk(memory_copy_handler(), {target.value | Word{source.value} << 32});
}

void Lowering::memory_init(DataIndex segment, MemoryIndex memory) {
  bulk(memory_init_handler(), {memory.value | Word{segment.value} << 32});
}

void Lowering::data_drop(DataIndex segment) {
  if (reachable_) builder_.emit(data_drop_handler(), 0, {segment.value});
}

From Lowering::address_source(const Operand& address, uint32_t& offset) {
  if (address.kind == Operand::Kind::constant && address.bits + offset <= UINT32_MAX) {
    offset += static_cast<uint32_t>(address.bits);
    return From::imm;
  }
  return builder_.register_source(address);
}

}  // namespace shallop::interpreter
