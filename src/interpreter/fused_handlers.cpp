// SPDX-License-Identifier: Apache-2.0
// Two Wasm instructions in one handler: the value between them stays in a register and one dispatch is saved.
#include "interpreter/fused_handlers.hpp"

#include "interpreter/comparison.hpp"
#include "interpreter/memory_access.hpp"
#include "interpreter/operation.hpp"

namespace shallop::interpreter {
namespace {

// Which operations take part. Total ones only: a trap must name one instruction.
constexpr bool is_chained(Opcode opcode) {
  switch (opcode) {
    case Opcode::i32_add:
    case Opcode::i32_sub:
    case Opcode::i32_mul:
    case Opcode::i32_and:
    case Opcode::i32_or:
    case Opcode::i32_xor:
    case Opcode::i32_shl:
    case Opcode::i32_shr_s:
    case Opcode::i32_shr_u:
    case Opcode::i32_rotl:
    case Opcode::i64_add:
    case Opcode::i64_sub:
    case Opcode::i64_mul:
    case Opcode::i64_and:
    case Opcode::i64_or:
    case Opcode::i64_xor:
    case Opcode::i64_shl:
    case Opcode::i64_shr_s:
    case Opcode::i64_shr_u:
    case Opcode::i64_rotl:
    case Opcode::f32_add:
    case Opcode::f32_sub:
    case Opcode::f32_mul:
    case Opcode::f64_add:
    case Opcode::f64_sub:
    case Opcode::f64_mul: return true;
    default: return false;
  }
}

// Those that clang makes of loop counters and of bit tests.
constexpr bool is_before_branch(Opcode opcode) {
  return opcode == Opcode::i32_add || opcode == Opcode::i32_and || opcode == Opcode::i64_add ||
         opcode == Opcode::i64_and;
}

constexpr bool is_load_before_branch(Opcode opcode) {
  return opcode == Opcode::i32_load || opcode == Opcode::i32_load8_u || opcode == Opcode::i32_load8_s ||
         opcode == Opcode::i32_load16_u || opcode == Opcode::i32_load16_s;
}

constexpr bool is_load_before_operation(Opcode opcode) {
  return opcode == Opcode::i32_load || opcode == Opcode::i64_load || opcode == Opcode::i32_load8_u ||
         opcode == Opcode::f32_load || opcode == Opcode::f64_load;
}

// --- Fields ---

template <class T, From from>
T narrow_operand(const Word* pc, const Slot* fp, uint64_t acc, Vector facc, unsigned slot_field) {
  if constexpr (from == From::imm)
    return static_cast<T>(static_cast<int16_t>(field(pc, slot_field)));
  else
    return operand<T, from>(pc, fp, acc, facc, slot_field);
}

// Half `half` of word 2: a slot's number, or an immediate.
template <class T, From from>
T half_operand(const Word* pc, const Slot* fp, uint64_t acc, Vector facc, unsigned half) {
  uint32_t bits;
  std::memcpy(&bits, reinterpret_cast<const char*>(pc + 2) + size_t{4} * half, sizeof bits);
  if constexpr (from == From::slot)
    return read_slot<T>(fp + bits);
  else if constexpr (from == From::acc)
    return operand<T, from>(pc, fp, acc, facc, 0);
  else
    return static_cast<T>(static_cast<int64_t>(static_cast<int32_t>(bits)));
}

// --- Handlers ---

template <Opcode inner, Opcode outer, Side side, From from_a, From from_b, From from_x, To to>
SHALLOP_HANDLER Completion chain(SHALLOP_HANDLER_PARAMETERS) {
  using T = typename Operation<inner>::Operand;
  const T a = operand<T, from_a>(pc, fp, acc, facc, 2);
  const T b = narrow_operand<T, from_b>(pc, fp, acc, facc, 3);
  const T x = narrow_operand<T, from_x>(pc, fp, acc, facc, 1);
  const T middle = Operation<inner>::function(a, b);
  const T value = side == Side::left ? Operation<outer>::function(middle, x) : Operation<outer>::function(x, middle);
  result<to>(value, pc, fp, acc, facc);
  SHALLOP_NEXT(2);
}

template <Opcode opcode, From from_a, From from_b, To to>
SHALLOP_HANDLER Completion load_sum(SHALLOP_HANDLER_PARAMETERS) {
  const auto a = operand<uint32_t, from_a>(pc, fp, acc, facc, 1);
  const auto b = half_operand<uint32_t, from_b>(pc, fp, acc, facc, 0);
  const uint64_t address = uint64_t{a + b} + upper_half(pc);
  result<to>(load_guarded<opcode>(memory + address), pc, fp, acc, facc);
  SHALLOP_NEXT(3);
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
  SHALLOP_NEXT(from_value == From::imm ? 3 + immediate_words<Value> : 3);
}

template <Opcode load, Opcode outer, Side side, From from_address, From from_x, To to>
SHALLOP_HANDLER Completion load_operate(SHALLOP_HANDLER_PARAMETERS) {
  using T = typename Operation<outer>::Operand;
  const uint64_t address = uint64_t{operand<uint32_t, from_address>(pc, fp, acc, facc, 1)} + upper_half(pc);
  const T x = half_operand<T, from_x>(pc, fp, acc, facc, 0);
  const T loaded = load_guarded<load>(memory + address);
  const T value = side == Side::left ? Operation<outer>::function(loaded, x) : Operation<outer>::function(x, loaded);
  result<to>(value, pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <Opcode inner, Opcode compare, From from_a, From from_b, From from_c, To to>
SHALLOP_HANDLER Completion operate_branch(SHALLOP_HANDLER_PARAMETERS) {
  using T = typename Operation<inner>::Operand;
  const T a = operand<T, from_a>(pc, fp, acc, facc, 1);
  const T b = half_operand<T, from_b>(pc, fp, acc, facc, 0);
  result<to>(T(Operation<inner>::function(a, b)), pc, fp, acc, facc);
  if (Operation<compare>::function(static_cast<T>(acc), half_operand<T, from_c>(pc, fp, acc, facc, 1))) {
    pc = branch_target(pc);
    SHALLOP_DISPATCH();
  }
  SHALLOP_NEXT(3);
}

template <Opcode load, Opcode compare, From from_address, From from_c, To to>
SHALLOP_HANDLER Completion load_branch(SHALLOP_HANDLER_PARAMETERS) {
  const auto offset = read_slot<uint32_t>(pc + 2);
  const uint64_t address = uint64_t{operand<uint32_t, from_address>(pc, fp, acc, facc, 1)} + offset;
  result<to>(load_guarded<load>(memory + address), pc, fp, acc, facc);
  if (Operation<compare>::function(static_cast<uint32_t>(acc), half_operand<uint32_t, from_c>(pc, fp, acc, facc, 1))) {
    pc = branch_target(pc);
    SHALLOP_DISPATCH();
  }
  SHALLOP_NEXT(3);
}

// --- Forms ---

template <Opcode inner, Opcode outer, Side side, To to>
Handler chain_form(From a, From b, From x) {
  using enum From;
  constexpr bool has_immediates = !is_float(numeric_type(inner).operand);
  if (a == slot && b == slot && x == slot) return chain<inner, outer, side, slot, slot, slot, to>;
  if (a == slot && b == slot && x == acc) return chain<inner, outer, side, slot, slot, acc, to>;
  if (a == acc && b == slot && x == slot) return chain<inner, outer, side, acc, slot, slot, to>;
  if constexpr (has_immediates) {
    if (a == slot && b == imm && x == slot) return chain<inner, outer, side, slot, imm, slot, to>;
    if (a == slot && b == imm && x == acc) return chain<inner, outer, side, slot, imm, acc, to>;
    if (a == acc && b == imm && x == slot) return chain<inner, outer, side, acc, imm, slot, to>;
    if constexpr (side == Side::left) {
      if (a == slot && b == slot && x == imm) return chain<inner, outer, side, slot, slot, imm, to>;
      if (a == acc && b == slot && x == imm) return chain<inner, outer, side, acc, slot, imm, to>;
      if (a == slot && b == imm && x == imm) return chain<inner, outer, side, slot, imm, imm, to>;
      if (a == acc && b == imm && x == imm) return chain<inner, outer, side, acc, imm, imm, to>;
    }
  }
  return nullptr;
}

template <Opcode inner, Opcode outer>
Handler chain_form(Side side, From a, From b, From x, To to) {
  if constexpr (is_chained(inner) && is_chained(outer) && numeric_type(inner).operand == numeric_type(outer).operand) {
    if (side == Side::left) {
      return to == To::acc ? chain_form<inner, outer, Side::left, To::acc>(a, b, x)
                           : chain_form<inner, outer, Side::left, To::slot>(a, b, x);
    }
    if constexpr (!is_commutative(outer)) {
      return to == To::acc ? chain_form<inner, outer, Side::right, To::acc>(a, b, x)
                           : chain_form<inner, outer, Side::right, To::slot>(a, b, x);
    }
  }
  return nullptr;
}

template <Opcode inner>
Handler chain_form(Opcode outer, Side side, From a, From b, From x, To to) {
  switch (outer) {
#define SHALLOP_BINARY(code, id, text, operand, result) \
  case Opcode::id: return chain_form<inner, Opcode::id>(side, a, b, x, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
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
  return nullptr;
}

template <Opcode load, Opcode outer>
Handler load_operate_form(Side side, From address, From x, To to) {
  if constexpr (is_chained(outer) && access_type(load).value == numeric_type(outer).operand) {
    if (side == Side::left) {
      return to == To::acc ? load_operate_form<load, outer, Side::left, To::acc>(address, x)
                           : load_operate_form<load, outer, Side::left, To::slot>(address, x);
    }
    if constexpr (!is_commutative(outer)) {
      return to == To::acc ? load_operate_form<load, outer, Side::right, To::acc>(address, x)
                           : load_operate_form<load, outer, Side::right, To::slot>(address, x);
    }
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

template <Opcode inner, Opcode compare, To to>
Handler operate_branch_form(From a, From b, From c) {
  using enum From;
  if (a == slot && b == imm && c == imm) return operate_branch<inner, compare, slot, imm, imm, to>;
  if (a == slot && b == imm && c == slot) return operate_branch<inner, compare, slot, imm, slot, to>;
  if (a == acc && b == imm && c == imm) return operate_branch<inner, compare, acc, imm, imm, to>;
  if (a == acc && b == imm && c == slot) return operate_branch<inner, compare, acc, imm, slot, to>;
  if (a == slot && b == slot && c == imm) return operate_branch<inner, compare, slot, slot, imm, to>;
  if (a == slot && b == slot && c == slot) return operate_branch<inner, compare, slot, slot, slot, to>;
  if (a == acc && b == slot && c == imm) return operate_branch<inner, compare, acc, slot, imm, to>;
  if (a == acc && b == slot && c == slot) return operate_branch<inner, compare, acc, slot, slot, to>;
  return nullptr;
}

template <Opcode inner>
Handler operate_branch_form(Opcode compare, From a, From b, From c, To to) {
  if constexpr (is_before_branch(inner)) {
    switch (compare) {
#define SHALLOP_COMPARE(code, id, text, operand_type, result) \
  case Opcode::id: \
    if constexpr (ValueType::operand_type == numeric_type(inner).operand) { \
      return to == To::acc ? operate_branch_form<inner, Opcode::id, To::acc>(a, b, c) \
                           : operate_branch_form<inner, Opcode::id, To::slot>(a, b, c); \
    } else { \
      return nullptr; \
    }
#include "wasm/opcodes.def"
      default: return nullptr;
    }
  }
  return nullptr;
}

template <Opcode load, Opcode compare, To to>
Handler load_branch_form(From address, From c) {
  using enum From;
  if (address == slot && c == imm) return load_branch<load, compare, slot, imm, to>;
  if (address == slot && c == slot) return load_branch<load, compare, slot, slot, to>;
  if (address == acc && c == imm) return load_branch<load, compare, acc, imm, to>;
  if (address == acc && c == slot) return load_branch<load, compare, acc, slot, to>;
  return nullptr;
}

template <Opcode load>
Handler load_branch_form(Opcode compare, From address, From c, To to) {
  if constexpr (is_load_before_branch(load)) {
    switch (compare) {
#define SHALLOP_COMPARE(code, id, text, operand_type, result) \
  case Opcode::id: \
    if constexpr (ValueType::operand_type == ValueType::i32) { \
      return to == To::acc ? load_branch_form<load, Opcode::id, To::acc>(address, c) \
                           : load_branch_form<load, Opcode::id, To::slot>(address, c); \
    } else { \
      return nullptr; \
    }
#include "wasm/opcodes.def"
      default: return nullptr;
    }
  }
  return nullptr;
}

}  // namespace

Handler chain_handler(Opcode inner, Opcode outer, Side side, From a, From b, From x, To to) {
  switch (inner) {
#define SHALLOP_BINARY(code, id, text, operand, result) \
  case Opcode::id: return chain_form<Opcode::id>(outer, side, a, b, x, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler load_sum_handler(Opcode load, From a, From b, To to) {
  switch (load) {
#define SHALLOP_VECTOR_LOAD(code, id, text, result, size_bytes) SHALLOP_LOAD(code, id, text, result, size_bytes)
#define SHALLOP_LOAD(code, id, text, result, size_bytes) \
  case Opcode::id: \
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

Handler operate_branch_handler(Opcode inner, Opcode compare, From a, From b, From c, To to) {
  switch (inner) {
#define SHALLOP_BINARY(code, id, text, operand, result) \
  case Opcode::id: return operate_branch_form<Opcode::id>(compare, a, b, c, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler load_branch_handler(Opcode load, Opcode compare, From address, From c, To to) {
  switch (load) {
#define SHALLOP_LOAD(code, id, text, result, size_bytes) \
  case Opcode::id: return load_branch_form<Opcode::id>(compare, address, c, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

}  // namespace shallop::interpreter
