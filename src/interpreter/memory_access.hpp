// SPDX-License-Identifier: Apache-2.0
// What a load or store instruction moves: the value's C++ type on the stack and its type in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

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

#define SHALLOP_LOAD(code, id, text, result, size)                                                          \
  template <>                                                                                               \
  struct Access<Opcode::id> {                                                                               \
    using Value = CppType<ValueType::result>::Type;                                                         \
    using InMemory = std::conditional_t<is_float(ValueType::result), Value,                                 \
                                        typename MemoryInteger<size, sign_extends(text)>::Type>;            \
  };
#define SHALLOP_STORE(code, id, text, operand, size)                                                        \
  template <>                                                                                               \
  struct Access<Opcode::id> {                                                                               \
    using Value = CppType<ValueType::operand>::Type;                                                        \
    using InMemory =                                                                                        \
        std::conditional_t<is_float(ValueType::operand), Value, typename MemoryInteger<size, false>::Type>; \
  };
#include "wasm/opcodes.def"

// For guarded memories: an access out of bounds faults.
template <Opcode opcode>
typename Access<opcode>::Value load_guarded(const std::byte* place) {
  typename Access<opcode>::InMemory value;
  std::memcpy(&value, place, sizeof value);
  return static_cast<typename Access<opcode>::Value>(value);
}

template <Opcode opcode>
void store_guarded(std::byte* place, typename Access<opcode>::Value value) {
  const auto narrowed = static_cast<typename Access<opcode>::InMemory>(value);
  std::memcpy(place, &narrowed, sizeof narrowed);
}

}  // namespace shallop::interpreter
