// SPDX-License-Identifier: Apache-2.0
#include "interpreter/lowering.hpp"

namespace shallop::interpreter {
namespace {

Word memory_word(MemArg argument) { return Word{argument.memory.value} << 32; }

}  // namespace

void Lowering::atomic_load(Opcode opcode, MemArg argument) {
  if (!reachable_) return;
  const Operand address = builder_.pop();
  const From from = builder_.register_source(address);
  builder_.emit_result(access_type(opcode).value,
                       {atomic_load_handler(opcode, from, To::acc), atomic_load_handler(opcode, from, To::slot)},
                       pack_upper(0, index_field(address, from), static_cast<uint32_t>(argument.offset)),
                       {memory_word(argument)});
}

void Lowering::atomic_store(Opcode opcode, MemArg argument) {
  if (!reachable_) return;
  const Operand value = builder_.pop();
  const Operand address = builder_.pop();
  const From from_value = builder_.register_source(value);
  const From from_address = builder_.register_source(address);
  builder_.emit(atomic_store_handler(opcode, from_value, from_address),
                pack_upper(index_field(value, from_value), index_field(address, from_address),
                           static_cast<uint32_t>(argument.offset)),
                {memory_word(argument)});
}

void Lowering::emit_atomic(ValueType type, ResultForms forms, MemArg argument, unsigned operands) {
  if (!reachable_) return;
  const Word last = place_popped();
  const Word slots = operands == 1 ? last : place_popped() | last << 16;
  const uint32_t address = place_popped();
  builder_.emit_result(type, forms, pack_upper(0, address, static_cast<uint32_t>(argument.offset)),
                       {slots | memory_word(argument)});
}

void Lowering::atomic_rmw(Opcode opcode, MemArg argument) {
  emit_atomic(access_type(opcode).value, {atomic_rmw_handler(opcode, To::acc), atomic_rmw_handler(opcode, To::slot)},
              argument, 1);
}

void Lowering::atomic_cmpxchg(Opcode opcode, MemArg argument) {
  emit_atomic(access_type(opcode).value,
              {atomic_cmpxchg_handler(opcode, To::acc), atomic_cmpxchg_handler(opcode, To::slot)}, argument, 2);
}

void Lowering::memory_atomic_notify(MemArg argument) {
  emit_atomic(ValueType::i32, {atomic_notify_handler(To::acc), atomic_notify_handler(To::slot)}, argument, 1);
}

void Lowering::memory_atomic_wait32(MemArg argument) {
  emit_atomic(ValueType::i32, {atomic_wait32_handler(To::acc), atomic_wait32_handler(To::slot)}, argument, 2);
}

void Lowering::memory_atomic_wait64(MemArg argument) {
  emit_atomic(ValueType::i32, {atomic_wait64_handler(To::acc), atomic_wait64_handler(To::slot)}, argument, 2);
}

void Lowering::atomic_fence() {
  if (reachable_) builder_.emit(atomic_fence_handler(), 0);
}

}  // namespace shallop::interpreter
