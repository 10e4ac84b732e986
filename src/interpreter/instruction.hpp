// SPDX-License-Identifier: Apache-2.0
// Slot code: what the interpreter executes. A function is a sequence of 64-bit words; an instruction is the address of
// its handler, then a payload word of four 16-bit fields, then (some) further words. Operands are slots of the frame,
// one of two accumulators, or an immediate. A handler ends by jumping to the next instruction's handler, so the whole
// machine state stays in registers (ARCHITECTURE.md, "Interpreter").
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "runtime/instance.hpp"
#include "runtime/outcome.hpp"
#include "runtime/store.hpp"
#include "runtime/trap_signal.hpp"
#include "wasm/v128.hpp"

namespace shallop::interpreter {

using Word = uint64_t;

// The float accumulator: f32 or f64 in its low bytes, or a v128.
using Vector = double __attribute__((vector_size(16)));
using Floats = float __attribute__((vector_size(16)));

// Where a call goes on when its callee returns. The innermost of a loop is at `control`, those around it behind that.
struct ReturnPoint {
  const Word* pc;
  Slot* fp;      // the caller's frame; null: the loop was entered from outside, and ends here
  Slot* result;  // where the caller wants a single result of one slot
};

// The machine state. preserve_none passes the first four arguments in registers that C functions preserve, so that a
// host call hardly saves anything; a fault finds the first two there (LandingPoint). acc is the integer accumulator.
#define SHALLOP_HANDLER_PARAMETERS \
  [[maybe_unused]] const Word *pc, [[maybe_unused]] ReturnPoint *control, [[maybe_unused]] Slot *fp, \
      [[maybe_unused]] Instance *instance, [[maybe_unused]] uint64_t acc, [[maybe_unused]] std::byte *memory, \
      [[maybe_unused]] Vector facc
#define SHALLOP_MACHINE_STATE pc, control, fp, instance, acc, memory, facc
#define SHALLOP_HANDLER [[clang::preserve_none]] SHALLOP_GUEST_CODE
typedef Completion(__attribute__((preserve_none)) * Handler)(SHALLOP_HANDLER_PARAMETERS);

// Goes to the instruction at `pc`.
#define SHALLOP_DISPATCH() [[clang::musttail]] return reinterpret_cast<Handler>(*pc)(SHALLOP_MACHINE_STATE)
// Goes to the instruction that follows this one of `words` words.
#define SHALLOP_NEXT(words) \
  do { \
    pc += (words); \
    SHALLOP_DISPATCH(); \
  } while (false)
// Goes back to the caller. A single result of one slot is in its accumulator and in control->result; other results are
// in the slots from fp[0] on.
#define SHALLOP_RETURN() \
  do { \
    pc = control->pc; \
    fp = control->fp; \
    ++control; \
    SHALLOP_DISPATCH(); \
  } while (false)
// Behind a result of type T that went `to`: of an instruction of `words` words.
#define SHALLOP_NEXT_OR_RETURN(T, to, words) \
  do { \
    if constexpr ((to) == To::caller) { \
      return_result<T>(control, fp, acc, facc); \
      SHALLOP_RETURN(); \
    } \
    SHALLOP_NEXT(words); \
  } while (false)
// Goes to a handler that is known by name (traps).
#define SHALLOP_GO(handler) [[clang::musttail]] return handler(SHALLOP_MACHINE_STATE)

// Where an operand comes from, where a result goes. A result always goes to its accumulator; `slot` stores it as well,
// and `caller` returns it as the function's only result.
enum class From : uint8_t { slot, acc, imm };
enum class To : uint8_t { acc, slot, caller };

// --- Payload fields. Field 0 is the destination of every instruction that has one, so that lowering can redirect it.
// ---

inline uint16_t field(const Word* pc, unsigned index) {
  uint16_t value;
  std::memcpy(&value, reinterpret_cast<const char*>(pc + 1) + 2 * index, sizeof value);
  return value;
}
inline uint32_t upper_half(const Word* pc) {
  uint32_t value;
  std::memcpy(&value, reinterpret_cast<const char*>(pc + 1) + 4, sizeof value);
  return value;
}
constexpr Word pack(unsigned f0, unsigned f1, unsigned f2, unsigned f3) {
  return Word{f0} | Word{f1} << 16 | Word{f2} << 32 | Word{f3} << 48;
}
constexpr Word pack_upper(unsigned f0, unsigned f1, uint32_t upper) {
  return Word{f0} | Word{f1} << 16 | Word{upper} << 32;
}

// --- Values. Slots are always written whole (a narrow store before a wide load would stall), and read as narrow as
// needed.

template <class T>
inline constexpr bool in_float_acc = std::is_floating_point_v<T> || std::is_same_v<T, V128>;

template <class T>
inline T read_slot(const Slot* slot) {
  T value;
  std::memcpy(&value, slot, sizeof value);
  return value;
}

template <class T>
inline T from_vector(Vector vector) {
  if constexpr (std::is_same_v<T, V128>) {
    return reinterpret_cast<V128>(vector);
  } else if constexpr (std::is_same_v<T, double>) {
    return vector[0];
  } else {
    return reinterpret_cast<Floats>(vector)[0];
  }
}

template <class T>
inline Vector to_vector(T value) {
  if constexpr (std::is_same_v<T, V128>) {
    return reinterpret_cast<Vector>(value);
  } else if constexpr (std::is_same_v<T, double>) {
    return Vector{value, 0};
  } else {
    return reinterpret_cast<Vector>(Floats{value, 0, 0, 0});
  }
}

// Words that an immediate takes which does not fit into the payload.
template <class T>
inline constexpr unsigned immediate_words = sizeof(T) > sizeof(Word) ? 2 : 1;

// The operand in `slot_field`, of the accumulator of T's class, or the immediate: 32 bits in the payload's upper half
// (sign-extended for i64), or, for f64 and v128, the words after the payload.
template <class T, From from>
inline T operand(const Word* pc, const Slot* fp, uint64_t acc, Vector facc, unsigned slot_field) {
  if constexpr (from == From::slot) {
    return read_slot<T>(fp + field(pc, slot_field));
  } else if constexpr (from == From::acc) {
    if constexpr (in_float_acc<T>)
      return from_vector<T>(facc);
    else
      return static_cast<T>(acc);
  } else if constexpr (std::is_same_v<T, double> || std::is_same_v<T, V128>) {
    return read_slot<T>(pc + 2);
  } else if constexpr (std::is_same_v<T, float>) {
    float value;
    std::memcpy(&value, reinterpret_cast<const char*>(pc + 1) + 4, sizeof value);
    return value;
  } else {
    return static_cast<T>(static_cast<int64_t>(static_cast<int32_t>(upper_half(pc))));
  }
}

// Words of an instruction whose last operand has type T and may be an immediate.
template <class T, From from>
inline constexpr unsigned words_with =
    from == From::imm && sizeof(T) >= sizeof(Word) && in_float_acc<T> ? 2 + immediate_words<T> : 2;

// Puts `value` into its accumulator and, if asked, into the slot of field 0.
template <To to, class T>
inline void result(T value, const Word* pc, Slot* fp, uint64_t& acc, Vector& facc) {
  if constexpr (in_float_acc<T>) {
    facc = to_vector(value);
    if constexpr (to == To::slot) std::memcpy(fp + field(pc, 0), &facc, immediate_words<T> * sizeof(Slot));
  } else {
    acc = value;
    if constexpr (to == To::slot) fp[field(pc, 0)] = acc;
  }
}

// Puts the value of T's accumulator where the caller expects a function's only result.
template <class T>
inline void return_result(const ReturnPoint* control, Slot* fp, uint64_t acc, Vector facc) {
  if constexpr (std::is_same_v<T, V128>)
    std::memcpy(fp, &facc, sizeof facc);
  else if constexpr (in_float_acc<T>)
    std::memcpy(control->result, &facc, sizeof(Slot));
  else
    *control->result = acc;
}

// --- Branches: `target` is a byte distance from the branch instruction's first word, in the payload's upper half. ---

inline const Word* branch_target(const Word* pc) {
  return reinterpret_cast<const Word*>(reinterpret_cast<const char*>(pc) + static_cast<int32_t>(upper_half(pc)));
}

}  // namespace shallop::interpreter
