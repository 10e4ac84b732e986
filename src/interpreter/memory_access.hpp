// SPDX-License-Identifier: Apache-2.0
// What a load or store instruction moves: the value's C++ type on the stack and its type in memory; and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "interpreter/code.hpp"
#include "interpreter/instruction.hpp"
#include "interpreter/operation.hpp"

namespace shallop::interpreter {

// The integer of a memory access by its width and whether it is sign-extended.
template <uint32_t size_bytes, bool is_signed>
struct MemoryInteger;
template <>
struct MemoryInteger<1, false> {
  using Type = uint8_t;
};
template <>
struct MemoryInteger<2, false> {
  using Type = uint16_t;
};
template <>
struct MemoryInteger<4, false> {
  using Type = uint32_t;
};
template <>
struct MemoryInteger<8, false> {
  using Type = uint64_t;
};
template <>
struct MemoryInteger<16, false> {
  using Type = V128;
};
template <>
struct MemoryInteger<1, true> {
  using Type = int8_t;
};
template <>
struct MemoryInteger<2, true> {
  using Type = int16_t;
};
template <>
struct MemoryInteger<4, true> {
  using Type = int32_t;
};

consteval bool sign_extends(std::string_view name) { return name.ends_with("_s"); }

// The value's type on the stack, and as it is in memory.
template <Opcode opcode>
struct Access;

#define SHALLOP_LOAD(code, id, text, result, size) \
  template <> \
  struct Access<Opcode::id> { \
    using Value = CppType<ValueType::result>::Type; \
    using InMemory = std::conditional_t<is_float(ValueType::result), Value, \
                                        typename MemoryInteger<size, sign_extends(text)>::Type>; \
    static Value value_of(InMemory in_memory) { return static_cast<Value>(in_memory); } \
  };
#define SHALLOP_VECTOR_LOAD(code, id, text, result, size) \
  template <> \
  struct Access<Opcode::id> { \
    using Value = V128; \
    using InMemory = MemoryInteger<size, false>::Type; \
    static Value value_of(InMemory in_memory) { return Operation<Opcode::id>::function(in_memory); } \
  };
#define SHALLOP_STORE(code, id, text, operand, size) \
  template <> \
  struct Access<Opcode::id> { \
    using Value = CppType<ValueType::operand>::Type; \
    using InMemory = \
        std::conditional_t<is_float(ValueType::operand), Value, typename MemoryInteger<size, false>::Type>; \
  };
#include "wasm/opcodes.def"

// Where the access is, or null if it is out of bounds; guarded memory answers by a fault instead.
template <MemoryAccess access, class InMemory>
std::byte* locate(std::byte* memory, const Instance* instance, uint64_t address) {
  if constexpr (access == MemoryAccess::guarded) {
    return memory + address;
  } else {
    const Memory& checked = *instance->memory;
    if (address + sizeof(InMemory) > checked.size_bytes()) return nullptr;
    return checked.base() + address;
  }
}

// A constant address is in the offset already.
template <From from>
uint64_t effective_address(const Word* pc, const Slot* fp, uint64_t acc, Vector facc) {
  if constexpr (from == From::imm)
    return upper_half(pc);
  else
    return uint64_t{operand<uint32_t, from>(pc, fp, acc, facc, 1)} + upper_half(pc);
}

// Behind an access that may fault: the compiler has not advanced `pc` before it, so that the fault tells the
// instruction.
#define SHALLOP_ACCESS_DONE(pc) asm volatile("" : "+r"(pc) : : "memory")

// For guarded memories: an access out of bounds faults.
template <Opcode opcode>
[[gnu::always_inline]] inline typename Access<opcode>::Value load_guarded(const std::byte* place) {
  typename Access<opcode>::InMemory value;
  std::memcpy(&value, place, sizeof value);
  return Access<opcode>::value_of(value);
}

template <Opcode opcode>
[[gnu::always_inline]] inline void store_guarded(std::byte* place, typename Access<opcode>::Value value) {
  const auto narrowed = static_cast<typename Access<opcode>::InMemory>(value);
  std::memcpy(place, &narrowed, sizeof narrowed);
}

}  // namespace shallop::interpreter
