// SPDX-License-Identifier: Apache-2.0
// A load or store, and what makes its address, its value, or takes what it loaded, in one handler.
#include "interpreter/comparison.hpp"
#include "interpreter/fused_handlers.hpp"
#include "interpreter/fused_operands.hpp"
#include "interpreter/memory_access.hpp"
#include "interpreter/operation.hpp"

namespace shallop::interpreter {
namespace {

// Element of an array times, plus ... something.
constexpr bool is_after_indexed_load(Opcode load, Opcode outer) {
  switch (outer) {
    case Opcode::i32_add:
    case Opcode::i32_sub:
    case Opcode::i32_mul:
    case Opcode::i32_and:
    case Opcode::i32_xor: return load == Opcode::i32_load || load == Opcode::i32_load8_u;
    case Opcode::i64_add:
    case Opcode::i64_mul:
    case Opcode::i64_xor: return load == Opcode::i64_load;
    case Opcode::f32_add:
    case Opcode::f32_sub:
    case Opcode::f32_mul: return load == Opcode::f32_load;
    case Opcode::f64_add:
    case Opcode::f64_sub:
    case Opcode::f64_mul: return load == Opcode::f64_load;
    default: return false;
  }
}

constexpr bool is_stored_at_once(Opcode inner, Opcode store) {
  switch (inner) {
    case Opcode::i32_add:
    case Opcode::i32_sub:
    case Opcode::i32_and:
    case Opcode::i32_or: return store == Opcode::i32_store || store == Opcode::i32_store8;
    case Opcode::i32_xor:
    case Opcode::i32_shl:
    case Opcode::i32_mul: return store == Opcode::i32_store;
    case Opcode::i64_add:
    case Opcode::i64_sub:
    case Opcode::i64_or: return store == Opcode::i64_store;
    case Opcode::f32_add:
    case Opcode::f32_sub:
    case Opcode::f32_mul: return store == Opcode::f32_store;
    case Opcode::f64_add:
    case Opcode::f64_sub:
    case Opcode::f64_mul: return store == Opcode::f64_store;
    default: return false;
  }
}

constexpr bool is_load_before_operation(Opcode opcode) {
  return opcode == Opcode::i32_load || opcode == Opcode::i64_load || opcode == Opcode::i32_load8_u ||
         opcode == Opcode::f32_load || opcode == Opcode::f64_load;
}

template <Opcode opcode, From from_a, From from_b, To to>
SHALLOP_HANDLER Completion load_sum(SHALLOP_HANDLER_PARAMETERS) {
  const auto a = operand<uint32_t, from_a>(pc, fp, acc, facc, 1);
  const auto b = half_operand<uint32_t, from_b>(pc, fp, acc, facc, 0);
  const uint64_t address = uint64_t{a + b} + upper_half(pc);
  const auto value = load_guarded<opcode>(memory + address);
  SHALLOP_ACCESS_DONE(pc);
  result<to>(value, pc, fp, acc, facc);
  SHALLOP_NEXT_OR_RETURN(typename Access<opcode>::Value, to, 3);
}

template <Opcode opcode, From from_value, From from_a, From from_b>
SHALLOP_HANDLER Completion store_sum(SHALLOP_HANDLER_PARAMETERS) {
  using Value = typename Access<opcode>::Value;
  const auto a = operand<uint32_t, from_a>(pc, fp, acc, facc, 1);
  const auto b = half_operand<uint32_t, from_b>(pc, fp, acc, facc, 0);
  const uint64_t address = uint64_t{a + b} + upper_half(pc);
  Value value;
  if constexpr (from_value == From::imm)
    value = read_slot<Value>(pc + 3);
  else
    value = operand<Value, from_value>(pc, fp, acc, facc, 0);
  store_guarded<opcode>(memory + address, value);
  SHALLOP_ACCESS_DONE(pc);
  SHALLOP_NEXT(from_value == From::imm ? 3 + immediate_words<Value> : 3);
}

template <Opcode load, Opcode outer, Side side, From from_a, From from_b, From from_x, To to>
SHALLOP_HANDLER Completion load_sum_operate(SHALLOP_HANDLER_PARAMETERS) {
  using T = typename Operation<outer>::Operand;
  const auto a = operand<uint32_t, from_a>(pc, fp, acc, facc, 1);
  const auto b = half_operand<uint32_t, from_b>(pc, fp, acc, facc, 0);
  const T x = half_operand<T, from_x>(pc, fp, acc, facc, 1);
  const T loaded = load_guarded<load>(memory + (uint64_t{a + b} + upper_half(pc)));
  SHALLOP_ACCESS_DONE(pc);
  const T value = side == Side::left ? Operation<outer>::function(loaded, x) : Operation<outer>::function(x, loaded);
  result<to>(value, pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <Opcode load, From from, To to>
SHALLOP_HANDLER Completion load_load(SHALLOP_HANDLER_PARAMETERS) {
  const uint64_t first = uint64_t{operand<uint32_t, from>(pc, fp, acc, facc, 1)} + read_slot<uint32_t>(pc + 2);
  const uint64_t second = uint64_t{load_guarded<Opcode::i32_load>(memory + first)} + upper_half(pc);
  const auto value = load_guarded<load>(memory + second);
  SHALLOP_ACCESS_DONE(pc);
  result<to>(value, pc, fp, acc, facc);
  SHALLOP_NEXT_OR_RETURN(typename Access<load>::Value, to, 3);
}

template <Opcode inner, Opcode store, From from_a, From from_b, From from_address, To to>
SHALLOP_HANDLER Completion operate_store(SHALLOP_HANDLER_PARAMETERS) {
  using T = typename Operation<inner>::Operand;
  const T a = operand<T, from_a>(pc, fp, acc, facc, 1);
  const T b = half_operand<T, from_b>(pc, fp, acc, facc, 0);
  const uint64_t address = uint64_t{half_operand<uint32_t, from_address>(pc, fp, acc, facc, 1)} + upper_half(pc);
  const T value = Operation<inner>::function(a, b);
  store_guarded<store>(memory + address, value);
  SHALLOP_ACCESS_DONE(pc);
  if constexpr (to == To::slot) result<to>(value, pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <Opcode load, Opcode outer, Side side, From from_address, From from_x, To to>
SHALLOP_HANDLER Completion load_operate(SHALLOP_HANDLER_PARAMETERS) {
  using T = typename Operation<outer>::Operand;
  const uint64_t address = uint64_t{operand<uint32_t, from_address>(pc, fp, acc, facc, 1)} + upper_half(pc);
  const T x = half_operand<T, from_x>(pc, fp, acc, facc, 0);
  const T loaded = load_guarded<load>(memory + address);
  SHALLOP_ACCESS_DONE(pc);
  const T value = side == Side::left ? Operation<outer>::function(loaded, x) : Operation<outer>::function(x, loaded);
  result<to>(value, pc, fp, acc, facc);
  SHALLOP_NEXT_OR_RETURN(T, to, 3);
}

template <Opcode opcode, To to>
Handler load_sum_form(From a, From b) {
  using enum From;
  if (a == slot && b == slot) return load_sum<opcode, slot, slot, to>;
  if (a == slot && b == imm) return load_sum<opcode, slot, imm, to>;
  if (a == acc && b == slot) return load_sum<opcode, acc, slot, to>;
  if (a == acc && b == imm) return load_sum<opcode, acc, imm, to>;
  return nullptr;
}

template <Opcode opcode, From value>
Handler store_sum_form(From a, From b) {
  using enum From;
  if (a == slot && b == slot) return store_sum<opcode, value, slot, slot>;
  if (a == slot && b == imm) return store_sum<opcode, value, slot, imm>;
  if (a == acc && b == slot) return store_sum<opcode, value, acc, slot>;
  if (a == acc && b == imm) return store_sum<opcode, value, acc, imm>;
  return nullptr;
}

template <Opcode load, Opcode outer, Side side, To to>
Handler load_operate_form(From address, From x) {
  using enum From;
  if (address == slot && x == slot) return load_operate<load, outer, side, slot, slot, to>;
  if (address == slot && x == acc) return load_operate<load, outer, side, slot, acc, to>;
  if (address == acc && x == slot) return load_operate<load, outer, side, acc, slot, to>;
  if constexpr (is_float(numeric_type(outer).operand)) {
    if (address == acc && x == acc) return load_operate<load, outer, side, acc, acc, to>;
  } else if constexpr (side == Side::left) {
    if (address == slot && x == imm) return load_operate<load, outer, side, slot, imm, to>;
    if (address == acc && x == imm) return load_operate<load, outer, side, acc, imm, to>;
  }
  return nullptr;
}

template <Opcode load, Opcode outer, Side side>
Handler load_operate_form(From address, From x, To to) {
  if (to == To::caller) return load_operate_form<load, outer, side, To::caller>(address, x);
  return to == To::acc ? load_operate_form<load, outer, side, To::acc>(address, x)
                       : load_operate_form<load, outer, side, To::slot>(address, x);
}

template <Opcode load, Opcode outer>
Handler load_operate_form(Side side, From address, From x, To to) {
  if constexpr (is_chained(outer) && access_type(load).value == numeric_type(outer).operand) {
    if (side == Side::left) return load_operate_form<load, outer, Side::left>(address, x, to);
    if constexpr (!is_commutative(outer)) return load_operate_form<load, outer, Side::right>(address, x, to);
  }
  return nullptr;
}

template <Opcode load>
Handler load_operate_form(Opcode outer, Side side, From address, From x, To to) {
  if constexpr (is_load_before_operation(load)) {
    switch (outer) {
#define SHALLOP_BINARY(code, id, text, operand, result) \
  case Opcode::id: return load_operate_form<load, Opcode::id>(side, address, x, to);
#include "wasm/opcodes.def"
      default: return nullptr;
    }
  }
  return nullptr;
}

template <Opcode load, Opcode outer, Side side, From x, To to>
Handler load_sum_operate_form(From a, From b) {
  using enum From;
  if (a == slot && b == slot) return load_sum_operate<load, outer, side, slot, slot, x, to>;
  if (a == slot && b == imm) return load_sum_operate<load, outer, side, slot, imm, x, to>;
  if constexpr (x == slot || is_float(numeric_type(outer).operand)) {
    if (a == acc && b == slot) return load_sum_operate<load, outer, side, acc, slot, x, to>;
    if (a == acc && b == imm) return load_sum_operate<load, outer, side, acc, imm, x, to>;
  }
  return nullptr;
}

template <Opcode load, Opcode outer, Side side>
Handler load_sum_operate_form(From a, From b, From x, To to) {
  if (x == From::slot) {
    return to == To::acc ? load_sum_operate_form<load, outer, side, From::slot, To::acc>(a, b)
                         : load_sum_operate_form<load, outer, side, From::slot, To::slot>(a, b);
  }
  if (x == From::acc) {
    return to == To::acc ? load_sum_operate_form<load, outer, side, From::acc, To::acc>(a, b)
                         : load_sum_operate_form<load, outer, side, From::acc, To::slot>(a, b);
  }
  return nullptr;
}

template <Opcode load>
Handler load_sum_operate_form(Opcode outer, Side side, From a, From b, From x, To to) {
  switch (outer) {
#define SHALLOP_BINARY(code, id, text, operand, result) \
  case Opcode::id: \
    if constexpr (is_after_indexed_load(load, Opcode::id)) { \
      if (side == Side::left) return load_sum_operate_form<load, Opcode::id, Side::left>(a, b, x, to); \
      if constexpr (!is_commutative(Opcode::id)) \
        return load_sum_operate_form<load, Opcode::id, Side::right>(a, b, x, to); \
    } \
    return nullptr;
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

template <Opcode load, From address>
Handler load_load_form(To to) {
  if (to == To::caller) return load_load<load, address, To::caller>;
  return to == To::acc ? load_load<load, address, To::acc> : load_load<load, address, To::slot>;
}

template <Opcode inner, Opcode store, From address, To to>
Handler operate_store_form(From a, From b) {
  using enum From;
  if (a == slot && b == slot) return operate_store<inner, store, slot, slot, address, to>;
  if constexpr (is_float(numeric_type(inner).operand)) {
    if (a == acc && b == slot) return operate_store<inner, store, acc, slot, address, to>;
    if (a == slot && b == acc) return operate_store<inner, store, slot, acc, address, to>;
  } else {
    if (a == slot && b == imm) return operate_store<inner, store, slot, imm, address, to>;
    if constexpr (address == slot) {
      if (a == acc && b == slot) return operate_store<inner, store, acc, slot, address, to>;
      if (a == acc && b == imm) return operate_store<inner, store, acc, imm, address, to>;
    }
  }
  return nullptr;
}

template <Opcode inner, Opcode store>
Handler operate_store_form(From a, From b, From address, To to) {
  if constexpr (is_stored_at_once(inner, store)) {
    if (address == From::slot) {
      return to == To::acc ? operate_store_form<inner, store, From::slot, To::acc>(a, b)
                           : operate_store_form<inner, store, From::slot, To::slot>(a, b);
    }
    if (address == From::acc) {
      return to == To::acc ? operate_store_form<inner, store, From::acc, To::acc>(a, b)
                           : operate_store_form<inner, store, From::acc, To::slot>(a, b);
    }
  }
  return nullptr;
}

template <Opcode inner>
Handler operate_store_form(Opcode store, From a, From b, From address, To to) {
  switch (store) {
#define SHALLOP_STORE(code, id, text, operand, size_bytes) \
  case Opcode::id: return operate_store_form<inner, Opcode::id>(a, b, address, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

}  // namespace

Handler load_sum_operate_handler(Opcode load, Opcode outer, Side side, From a, From b, From x, To to) {
  switch (load) {
    case Opcode::i32_load: return load_sum_operate_form<Opcode::i32_load>(outer, side, a, b, x, to);
    case Opcode::i32_load8_u: return load_sum_operate_form<Opcode::i32_load8_u>(outer, side, a, b, x, to);
    case Opcode::i64_load: return load_sum_operate_form<Opcode::i64_load>(outer, side, a, b, x, to);
    case Opcode::f32_load: return load_sum_operate_form<Opcode::f32_load>(outer, side, a, b, x, to);
    case Opcode::f64_load: return load_sum_operate_form<Opcode::f64_load>(outer, side, a, b, x, to);
    default: return nullptr;
  }
}

Handler load_load_handler(Opcode load, From address, To to) {
  switch (load) {
#define SHALLOP_LOAD(code, id, text, result, size_bytes) \
  case Opcode::id: \
    if (address == From::slot) return load_load_form<Opcode::id, From::slot>(to); \
    return address == From::acc ? load_load_form<Opcode::id, From::acc>(to) : nullptr;
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler operate_store_handler(Opcode inner, Opcode store, From a, From b, From address, To to) {
  switch (inner) {
#define SHALLOP_BINARY(code, id, text, operand, result) \
  case Opcode::id: return operate_store_form<Opcode::id>(store, a, b, address, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler load_sum_handler(Opcode load, From a, From b, To to) {
  switch (load) {
#define SHALLOP_VECTOR_LOAD(code, id, text, result, size_bytes) SHALLOP_LOAD(code, id, text, result, size_bytes)
#define SHALLOP_LOAD(code, id, text, result, size_bytes) \
  case Opcode::id: \
    if (to == To::caller) return load_sum_form<Opcode::id, To::caller>(a, b); \
    return to == To::acc ? load_sum_form<Opcode::id, To::acc>(a, b) : load_sum_form<Opcode::id, To::slot>(a, b);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler store_sum_handler(Opcode store, From value, From a, From b) {
  switch (store) {
#define SHALLOP_STORE(code, id, text, operand, size_bytes) \
  case Opcode::id: \
    if (value == From::slot) return store_sum_form<Opcode::id, From::slot>(a, b); \
    return value == From::acc ? store_sum_form<Opcode::id, From::acc>(a, b) \
                              : store_sum_form<Opcode::id, From::imm>(a, b);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler load_operate_handler(Opcode load, Opcode outer, Side side, From address, From x, To to) {
  switch (load) {
#define SHALLOP_LOAD(code, id, text, result, size_bytes) \
  case Opcode::id: return load_operate_form<Opcode::id>(outer, side, address, x, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

}  // namespace shallop::interpreter
