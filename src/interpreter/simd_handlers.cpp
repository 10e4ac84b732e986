// SPDX-License-Identifier: Apache-2.0
// Vector instructions. A v128 is in two slots, or takes the whole of the float accumulator.
#include "interpreter/handlers.hpp"
#include "interpreter/memory_access.hpp"
#include "interpreter/operation.hpp"

namespace shallop::interpreter {
namespace {

template <Opcode opcode, From from, To to>
SHALLOP_HANDLER Completion vector_unary(SHALLOP_HANDLER_PARAMETERS) {
  using Op = Operation<opcode>;
  const auto a = operand<typename Op::Operand, from>(pc, fp, acc, facc, 1);
  result<to>(Op::function(a), pc, fp, acc, facc);
  SHALLOP_NEXT(2);
}

// `Right` is V128, or the integer that a shift counts with.
template <Opcode opcode, class Right, From from_a, From from_b, To to>
SHALLOP_HANDLER Completion vector_binary(SHALLOP_HANDLER_PARAMETERS) {
  const auto a = operand<V128, from_a>(pc, fp, acc, facc, 1);
  const auto b = operand<Right, from_b>(pc, fp, acc, facc, 2);
  result<to>(Operation<opcode>::function(a, b), pc, fp, acc, facc);
  SHALLOP_NEXT((words_with<Right, from_b>));
}

template <Opcode opcode, From from_a, From from_b, From from_c, To to>
SHALLOP_HANDLER Completion vector_ternary(SHALLOP_HANDLER_PARAMETERS) {
  const auto a = operand<V128, from_a>(pc, fp, acc, facc, 1);
  const auto b = operand<V128, from_b>(pc, fp, acc, facc, 2);
  const auto c = operand<V128, from_c>(pc, fp, acc, facc, 3);
  result<to>(Operation<opcode>::function(a, b, c), pc, fp, acc, facc);
  SHALLOP_NEXT(2);
}

// --- Lanes. A lane of a vector in slots is one narrow read; of one in a register it would be a write and a read. ---

template <Opcode opcode, To to>
SHALLOP_HANDLER Completion extract_lane(SHALLOP_HANDLER_PARAMETERS) {
  const auto vector = read_slot<V128>(fp + field(pc, 1));
  result<to>(Operation<opcode>::function(vector, field(pc, 2)), pc, fp, acc, facc);
  SHALLOP_NEXT(2);
}

template <Opcode opcode, From from_vector, From from_value, To to>
SHALLOP_HANDLER Completion replace_lane(SHALLOP_HANDLER_PARAMETERS) {
  const auto vector = operand<V128, from_vector>(pc, fp, acc, facc, 1);
  const auto value = operand<typename CppType<lane_type(opcode).value>::Type, from_value>(pc, fp, acc, facc, 2);
  result<to>(Operation<opcode>::function(vector, value, field(pc, 3)), pc, fp, acc, facc);
  SHALLOP_NEXT(2);
}

template <Opcode opcode, From from_vector, From from_address, To to, MemoryAccess access>
SHALLOP_HANDLER Completion load_lane(SHALLOP_HANDLER_PARAMETERS) {
  using InMemory = typename MemoryInteger<access_type(opcode).size_bytes, false>::Type;
  const uint64_t address = effective_address<from_address>(pc, fp, acc, facc);
  const std::byte* place = locate<access, InMemory>(memory, instance, address);
  if constexpr (access == MemoryAccess::checked) {
    SHALLOP_TRAP_IF(place == nullptr, TrapCode::out_of_bounds_memory_access);
  }
  InMemory loaded;
  std::memcpy(&loaded, place, sizeof loaded);
  SHALLOP_ACCESS_DONE(pc);
  const auto word = static_cast<uint32_t>(pc[2]);
  V128 vector;
  if constexpr (from_vector == From::slot)
    vector = read_slot<V128>(fp + word);
  else
    vector = operand<V128, from_vector>(pc, fp, acc, facc, 0);
  result<to>(Operation<opcode>::function(vector, loaded, static_cast<uint32_t>(pc[2] >> 32)), pc, fp, acc, facc);
  SHALLOP_NEXT(3);
}

template <Opcode opcode, From from_address, MemoryAccess access>
SHALLOP_HANDLER Completion store_lane(SHALLOP_HANDLER_PARAMETERS) {
  using InMemory = typename MemoryInteger<access_type(opcode).size_bytes, false>::Type;
  const uint64_t address = effective_address<from_address>(pc, fp, acc, facc);
  std::byte* place = locate<access, InMemory>(memory, instance, address);
  if constexpr (access == MemoryAccess::checked) {
    SHALLOP_TRAP_IF(place == nullptr, TrapCode::out_of_bounds_memory_access);
  }
  const InMemory value = Operation<opcode>::function(read_slot<V128>(fp + field(pc, 0)), static_cast<uint32_t>(pc[2]));
  std::memcpy(place, &value, sizeof value);
  SHALLOP_ACCESS_DONE(pc);
  SHALLOP_NEXT(3);
}

// --- Forms ---

template <Opcode opcode>
Handler vector_unary_form(From a, To to) {
  using enum From;
  if (a == slot) return to == To::acc ? vector_unary<opcode, slot, To::acc> : vector_unary<opcode, slot, To::slot>;
  if (a == acc) return to == To::acc ? vector_unary<opcode, acc, To::acc> : vector_unary<opcode, acc, To::slot>;
  return nullptr;
}

template <Opcode opcode, class Right, To to>
Handler vector_binary_form(From a, From b) {
  using enum From;
  if (a == slot && b == slot) return vector_binary<opcode, Right, slot, slot, to>;
  if (a == slot && b == acc) return vector_binary<opcode, Right, slot, acc, to>;
  if (a == slot && b == imm) return vector_binary<opcode, Right, slot, imm, to>;
  if (a == acc && b == slot) return vector_binary<opcode, Right, acc, slot, to>;
  if (a == acc && b == imm) return vector_binary<opcode, Right, acc, imm, to>;
  if (a == acc && b == acc) return vector_binary<opcode, Right, acc, acc, to>;
  return nullptr;
}

template <Opcode opcode, class Right>
Handler vector_binary_form(From a, From b, To to) {
  if constexpr (opcode == Opcode::i8x16_swizzle)
    return swizzle_handler(a, b, to);
  else
    return to == To::acc ? vector_binary_form<opcode, Right, To::acc>(a, b)
                         : vector_binary_form<opcode, Right, To::slot>(a, b);
}

// Calls `form` with `from` as a template argument; null for an immediate.
template <class Form>
Handler with_register(From from, Form form) {
  if (from == From::slot) return form.template operator()<From::slot>();
  if (from == From::acc) return form.template operator()<From::acc>();
  return nullptr;
}

template <Opcode opcode>
Handler vector_ternary_form(From a, From b, From c, To to) {
  return with_register(a, [=]<From from_a>() {
    return with_register(b, [=]<From from_b>() {
      return with_register(c, [=]<From from_c>() -> Handler {
        return to == To::acc ? vector_ternary<opcode, from_a, from_b, from_c, To::acc>
                             : vector_ternary<opcode, from_a, from_b, from_c, To::slot>;
      });
    });
  });
}

template <Opcode opcode>
Handler extract_lane_form(To to) {
  return to == To::acc ? extract_lane<opcode, To::acc> : extract_lane<opcode, To::slot>;
}

template <Opcode opcode>
Handler replace_lane_form(From vector, From value, To to) {
  return with_register(vector, [=]<From from_vector>() {
    return with_register(value, [=]<From from_value>() -> Handler {
      return to == To::acc ? replace_lane<opcode, from_vector, from_value, To::acc>
                           : replace_lane<opcode, from_vector, from_value, To::slot>;
    });
  });
}

template <Opcode opcode, MemoryAccess access>
Handler load_lane_form(From vector, From address, To to) {
  return with_register(vector, [=]<From from_vector>() {
    return with_register(address, [=]<From from_address>() -> Handler {
      return to == To::acc ? load_lane<opcode, from_vector, from_address, To::acc, access>
                           : load_lane<opcode, from_vector, from_address, To::slot, access>;
    });
  });
}

template <Opcode opcode, MemoryAccess access>
Handler store_lane_form(From address) {
  return with_register(address,
                       []<From from_address>() -> Handler { return store_lane<opcode, from_address, access>; });
}

}  // namespace

Handler vector_unary_handler(Opcode opcode, From a, To to) {
  switch (opcode) {
#define SHALLOP_VECTOR_UNARY(code, id, text, operand, result) \
  case Opcode::id: return vector_unary_form<Opcode::id>(a, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler vector_binary_handler(Opcode opcode, From a, From b, To to) {
  switch (opcode) {
#define SHALLOP_VECTOR_BINARY(code, id, text, operand, result) \
  case Opcode::id: return vector_binary_form<Opcode::id, V128>(a, b, to);
#define SHALLOP_VECTOR_SHIFT(code, id, text, operand, result) \
  case Opcode::id: return vector_binary_form<Opcode::id, uint32_t>(a, b, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler vector_ternary_handler(Opcode opcode, From a, From b, From c, To to) {
  switch (opcode) {
#define SHALLOP_VECTOR_TERNARY(code, id, text, operand, result) \
  case Opcode::id: return vector_ternary_form<Opcode::id>(a, b, c, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler extract_lane_handler(Opcode opcode, To to) {
  switch (opcode) {
#define SHALLOP_EXTRACT_LANE(code, id, text, lanes, result) \
  case Opcode::id: return extract_lane_form<Opcode::id>(to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler replace_lane_handler(Opcode opcode, From vector, From value, To to) {
  switch (opcode) {
#define SHALLOP_REPLACE_LANE(code, id, text, lanes, operand) \
  case Opcode::id: return replace_lane_form<Opcode::id>(vector, value, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler load_lane_handler(Opcode opcode, From vector, From address, To to, MemoryAccess access) {
  switch (opcode) {
#define SHALLOP_LOAD_LANE(code, id, text, result, size_bytes) \
  case Opcode::id: \
    return access == MemoryAccess::guarded ? load_lane_form<Opcode::id, MemoryAccess::guarded>(vector, address, to) \
                                           : load_lane_form<Opcode::id, MemoryAccess::checked>(vector, address, to);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

Handler store_lane_handler(Opcode opcode, From address, MemoryAccess access) {
  switch (opcode) {
#define SHALLOP_STORE_LANE(code, id, text, operand, size_bytes) \
  case Opcode::id: \
    return access == MemoryAccess::guarded ? store_lane_form<Opcode::id, MemoryAccess::guarded>(address) \
                                           : store_lane_form<Opcode::id, MemoryAccess::checked>(address);
#include "wasm/opcodes.def"
    default: return nullptr;
  }
}

}  // namespace shallop::interpreter
