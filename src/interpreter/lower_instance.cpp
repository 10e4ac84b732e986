// SPDX-License-Identifier: Apache-2.0
#include "interpreter/fusion.hpp"
#include "interpreter/lowering.hpp"

namespace shallop::interpreter {

void Lowering::ref_null(ValueType type) {
  if (reachable_) builder_.push_constant(type, 0);
}

void Lowering::ref_is_null() {
  if (!reachable_) return;
  compare_with_zero(Opcode::i64_eq);
}

void Lowering::ref_func(FuncIndex function) {
  if (!reachable_) return;
  builder_.emit_result(ValueType::funcref, {ref_func_handler(To::acc), ref_func_handler(To::slot)}, 0,
                       {function.value});
}

void Lowering::drop() {
  if (reachable_) builder_.pop();
}

void Lowering::select() {
  if (!reachable_ || fuse_select(builder_)) return;
  const Operand condition = builder_.pop();
  const Operand if_false = builder_.pop();
  const Operand if_true = builder_.pop();
  const From from = builder_.register_source(condition);
  const Accumulator accumulator = accumulator_of(if_true.type);
  const uint32_t true_slot = builder_.place(if_true);
  const uint32_t false_slot = builder_.place(if_false);
  builder_.emit_result(if_true.type,
                       {select_handler(from, accumulator, To::acc), select_handler(from, accumulator, To::slot)},
                       pack(0, true_slot, false_slot, index_field(condition, from)));
}

void Lowering::local_get(LocalIndex local) {
  if (!reachable_) return;
  locals_.note_read(local);
  builder_.push_local(locals_.type(local), locals_.slot(local));
}

void Lowering::local_set(LocalIndex local) {
  if (!reachable_) return;
  locals_.note_write(local);
  const auto moved_from = builder_.set_local(locals_.slot(local));
  if (!moved_from || places_ == nullptr) return;
  // Its words are behind the places of what it consists of beyond its first instruction, and of this one: all its own.
  while (places_->back().word > *moved_from) places_->pop_back();
}

void Lowering::local_tee(LocalIndex local) {
  if (!reachable_) return;
  local_set(local);
  builder_.push_local(locals_.type(local), locals_.slot(local));
}

void Lowering::global_get(GlobalIndex global) {
  if (!reachable_) return;
  const ValueType type = module_.global_types[global.value].type;
  const Accumulator accumulator = accumulator_of(type);
  builder_.emit_computation({.opcode = Opcode::global_get, .a = {}, .offset = global.value}, type,
                            {global_get_handler(accumulator, To::acc), global_get_handler(accumulator, To::slot)}, 0,
                            {global.value});
}

void Lowering::global_set(GlobalIndex global) {
  if (!reachable_) return;
  const Operand value = builder_.pop();
  if (fuse_global_set(builder_, global, value)) return;
  const From from = builder_.register_source(value);
  builder_.emit(global_set_handler(from, accumulator_of(value.type)), pack(index_field(value, from), 0, 0, 0),
                {global.value});
}

void Lowering::table_get(TableIndex table) {
  if (!reachable_) return;
  const uint32_t index = place_popped();
  builder_.emit_result(module_.table_types[table.value].element,
                       {table_get_handler(To::acc), table_get_handler(To::slot)}, pack(0, index, 0, 0), {table.value});
}

void Lowering::table_set(TableIndex table) {
  if (!reachable_) return;
  const uint32_t value = place_popped();
  const uint32_t index = place_popped();
  builder_.emit(table_set_handler(), pack(index, value, 0, 0), {table.value});
}

void Lowering::table_size(TableIndex table) {
  if (!reachable_) return;
  builder_.emit_result(ValueType::i32, {table_size_handler(To::acc), table_size_handler(To::slot)}, 0, {table.value});
}

void Lowering::table_grow(TableIndex table) {
  if (!reachable_) return;
  const uint32_t delta = place_popped();
  const uint32_t value = place_popped();
  builder_.emit_result(ValueType::i32, {table_grow_handler(To::acc), table_grow_handler(To::slot)},
                       pack(0, value, delta, 0), {table.value});
}

void Lowering::table_copy(TableIndex target, TableIndex source) {
  bulk(table_copy_handler(), {target.value | Word{source.value} << 32});
}

void Lowering::table_init(ElementIndex segment, TableIndex table) {
  bulk(table_init_handler(), {table.value | Word{segment.value} << 32});
}

void Lowering::elem_drop(ElementIndex segment) {
  if (reachable_) builder_.emit(elem_drop_handler(), 0, {segment.value});
}

void Lowering::bulk(Handler handler, MoreWords more) {
  if (!reachable_) return;
  const uint32_t count = place_popped();
  const uint32_t second = place_popped();
  const uint32_t first = place_popped();
  builder_.emit(handler, pack(first, second, count, 0), more);
}

}  // namespace shallop::interpreter
