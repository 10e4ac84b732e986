// SPDX-License-Identifier: Apache-2.0
#include "interpreter/fused_handlers.hpp"
#include "interpreter/handlers.hpp"
#include "interpreter/operation.hpp"

namespace shallop::interpreter {
namespace {

template <Accumulator accumulator, To to>
SHALLOP_HANDLER Completion global_get(SHALLOP_HANDLER_PARAMETERS) {
  if constexpr (accumulator == Accumulator::vector) {
    result<to>(read_slot<V128>(instance->globals[pc[2]]->value), pc, fp, acc, facc);
    SHALLOP_NEXT(3);
  }
  const Slot value = instance->globals[pc[2]]->value[0];
  if constexpr (accumulator == Accumulator::integer)
    acc = value;
  else
    facc = Vector{std::bit_cast<double>(value), 0};
  if constexpr (to == To::slot) fp[field(pc, 0)] = value;
  SHALLOP_NEXT(3);
}

template <From from, Accumulator accumulator>
SHALLOP_HANDLER Completion global_set(SHALLOP_HANDLER_PARAMETERS) {
  if constexpr (accumulator == Accumulator::vector) {
    const auto vector = operand<V128, from>(pc, fp, acc, facc, 0);
    std::memcpy(instance->globals[pc[2]]->value, &vector, sizeof vector);
    SHALLOP_NEXT(3);
  }
  Slot& value = instance->globals[pc[2]]->value[0];
  if constexpr (from == From::slot)
    value = fp[field(pc, 0)];
  else if constexpr (accumulator == Accumulator::integer)
    value = acc;
  else
    std::memcpy(&value, &facc, sizeof value);
  SHALLOP_NEXT(3);
}

template <Opcode inner, From from, To to>
SHALLOP_HANDLER Completion operate_global_set(SHALLOP_HANDLER_PARAMETERS) {
  const auto a = operand<uint32_t, from>(pc, fp, acc, facc, 1);
  const uint32_t value = Operation<inner>::function(a, upper_half(pc));
  instance->globals[pc[2]]->value[0] = value;
  if constexpr (to == To::slot) result<to>(value, pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <Opcode inner, To to>
SHALLOP_HANDLER Completion global_move(SHALLOP_HANDLER_PARAMETERS) {
  Slot& global = instance->globals[pc[2]]->value[0];
  const uint32_t value = Operation<inner>::function(static_cast<uint32_t>(global), upper_half(pc));
  global = value;
  result<to>(value, pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <Opcode inner, From from, Returned returned>
SHALLOP_HANDLER Completion operate_global_set_return(SHALLOP_HANDLER_PARAMETERS) {
  const auto a = operand<uint32_t, from>(pc, fp, acc, facc, 1);
  instance->globals[pc[2]]->value[0] = uint32_t{Operation<inner>::function(a, upper_half(pc))};
  if constexpr (returned == Returned::integer_slot) acc = fp[field(pc, 0)];
  if constexpr (returned == Returned::float_slot) facc = Vector{std::bit_cast<double>(fp[field(pc, 0)]), 0};
  if constexpr (returned == Returned::integer_slot || returned == Returned::integer_acc)
    return_result<uint64_t>(control, fp, acc, facc);
  if constexpr (returned == Returned::float_slot || returned == Returned::float_acc)
    return_result<double>(control, fp, acc, facc);
  SHALLOP_RETURN();
}

template <Opcode inner, From from>
Handler operate_global_set_return_form(Returned returned) {
  switch (returned) {
    case Returned::nothing: return operate_global_set_return<inner, from, Returned::nothing>;
    case Returned::integer_slot: return operate_global_set_return<inner, from, Returned::integer_slot>;
    case Returned::integer_acc: return operate_global_set_return<inner, from, Returned::integer_acc>;
    case Returned::float_slot: return operate_global_set_return<inner, from, Returned::float_slot>;
    case Returned::float_acc: return operate_global_set_return<inner, from, Returned::float_acc>;
  }
  return nullptr;
}

template <Opcode inner>
Handler operate_global_set_form(From a, To to) {
  using enum From;
  if (a == slot)
    return to == To::acc ? operate_global_set<inner, slot, To::acc> : operate_global_set<inner, slot, To::slot>;
  if (a == acc)
    return to == To::acc ? operate_global_set<inner, acc, To::acc> : operate_global_set<inner, acc, To::slot>;
  return nullptr;
}

template <To to>
SHALLOP_HANDLER Completion ref_func(SHALLOP_HANDLER_PARAMETERS) {
  result<to>(to_slot(instance->functions[pc[2]]), pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <To to>
SHALLOP_HANDLER Completion table_get(SHALLOP_HANDLER_PARAMETERS) {
  Table& table = *instance->tables[pc[2]];
  const auto index = read_slot<uint32_t>(fp + field(pc, 1));
  SHALLOP_TRAP_IF(index >= table.size(), TrapCode::out_of_bounds_table_access);
  result<to>(table.elements()[index], pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

SHALLOP_HANDLER Completion table_set(SHALLOP_HANDLER_PARAMETERS) {
  Table& table = *instance->tables[pc[2]];
  const auto index = read_slot<uint32_t>(fp + field(pc, 0));
  SHALLOP_TRAP_IF(index >= table.size(), TrapCode::out_of_bounds_table_access);
  table.elements()[index] = fp[field(pc, 1)];
  SHALLOP_NEXT(3);
}

template <To to>
SHALLOP_HANDLER Completion table_size(SHALLOP_HANDLER_PARAMETERS) {
  result<to>(instance->tables[pc[2]]->size(), pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <To to>
SHALLOP_HANDLER Completion table_grow(SHALLOP_HANDLER_PARAMETERS) {
  const Slot value = fp[field(pc, 1)];
  const auto delta = read_slot<uint32_t>(fp + field(pc, 2));
  result<to>(static_cast<uint32_t>(instance->tables[pc[2]]->grow(delta, value)), pc, fp, acc, facc);
  SHALLOP_TRAP_IF_INTERRUPTED();
  SHALLOP_NEXT(3);
}

// The three 32-bit operands of a bulk table instruction.
struct Bulk {
  uint32_t destination, source, count;
  Bulk(const Word* pc, const Slot* fp)
      : destination(read_slot<uint32_t>(fp + field(pc, 0))),
        source(read_slot<uint32_t>(fp + field(pc, 1))),
        count(read_slot<uint32_t>(fp + field(pc, 2))) {}
};

SHALLOP_HANDLER Completion table_fill(SHALLOP_HANDLER_PARAMETERS) {
  const Bulk bulk(pc, fp);
  const TrapCode code = instance->tables[pc[2]]->fill(bulk.destination, fp[field(pc, 1)], bulk.count);
  SHALLOP_TRAP_IF(code != TrapCode::none, code);
  SHALLOP_TRAP_IF_INTERRUPTED();
  SHALLOP_NEXT(3);
}

SHALLOP_HANDLER Completion table_copy(SHALLOP_HANDLER_PARAMETERS) {
  const Bulk bulk(pc, fp);
  Table& destination = *instance->tables[static_cast<uint32_t>(pc[2])];
  Table& source = *instance->tables[pc[2] >> 32];
  const TrapCode code = destination.copy(bulk.destination, source, bulk.source, bulk.count);
  SHALLOP_TRAP_IF(code != TrapCode::none, code);
  SHALLOP_TRAP_IF_INTERRUPTED();
  SHALLOP_NEXT(3);
}

SHALLOP_HANDLER Completion table_init(SHALLOP_HANDLER_PARAMETERS) {
  const Bulk bulk(pc, fp);
  Table& table = *instance->tables[static_cast<uint32_t>(pc[2])];
  const TrapCode code = table.init(bulk.destination, instance->element_segments[pc[2] >> 32], bulk.source, bulk.count);
  SHALLOP_TRAP_IF(code != TrapCode::none, code);
  SHALLOP_TRAP_IF_INTERRUPTED();
  SHALLOP_NEXT(3);
}

SHALLOP_HANDLER Completion elem_drop(SHALLOP_HANDLER_PARAMETERS) {
  instance->drop_elements(static_cast<uint32_t>(pc[2]));
  SHALLOP_NEXT(3);
}

}  // namespace

Handler global_get_handler(Accumulator accumulator, To to) {
  using enum Accumulator;
  if (accumulator == integer) return to == To::acc ? global_get<integer, To::acc> : global_get<integer, To::slot>;
  if (accumulator == floating) return to == To::acc ? global_get<floating, To::acc> : global_get<floating, To::slot>;
  return to == To::acc ? global_get<vector, To::acc> : global_get<vector, To::slot>;
}
Handler global_set_handler(From value, Accumulator accumulator) {
  using enum Accumulator;
  if (accumulator == vector)
    return value == From::slot ? global_set<From::slot, vector> : global_set<From::acc, vector>;
  if (value == From::slot) return global_set<From::slot, integer>;
  return accumulator == integer ? global_set<From::acc, integer> : global_set<From::acc, floating>;
}
Handler operate_global_set_handler(Opcode inner, From a, To to) {
  if (inner == Opcode::i32_add) return operate_global_set_form<Opcode::i32_add>(a, to);
  return inner == Opcode::i32_sub ? operate_global_set_form<Opcode::i32_sub>(a, to) : nullptr;
}
Handler global_move_handler(Opcode inner, To to) {
  switch (inner) {
    case Opcode::i32_add:
      return to == To::acc ? global_move<Opcode::i32_add, To::acc> : global_move<Opcode::i32_add, To::slot>;
    case Opcode::i32_sub:
      return to == To::acc ? global_move<Opcode::i32_sub, To::acc> : global_move<Opcode::i32_sub, To::slot>;
    default: return nullptr;
  }
}
Handler operate_global_set_return_handler(Opcode inner, From a, Returned returned) {
  if (inner != Opcode::i32_add) return nullptr;
  if (a == From::slot) return operate_global_set_return_form<Opcode::i32_add, From::slot>(returned);
  return a == From::acc ? operate_global_set_return_form<Opcode::i32_add, From::acc>(returned) : nullptr;
}
Handler ref_func_handler(To to) { return to == To::acc ? ref_func<To::acc> : ref_func<To::slot>; }
Handler table_get_handler(To to) { return to == To::acc ? table_get<To::acc> : table_get<To::slot>; }
Handler table_set_handler() { return table_set; }
Handler table_size_handler(To to) { return to == To::acc ? table_size<To::acc> : table_size<To::slot>; }
Handler table_grow_handler(To to) { return to == To::acc ? table_grow<To::acc> : table_grow<To::slot>; }
Handler table_fill_handler() { return table_fill; }
Handler table_copy_handler() { return table_copy; }
Handler table_init_handler() { return table_init; }
Handler elem_drop_handler() { return elem_drop; }

}  // namespace shallop::interpreter
