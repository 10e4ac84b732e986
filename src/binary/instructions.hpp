// SPDX-License-Identifier: Apache-2.0
// The one walker of instruction sequences. Validator, lowering, compiler and printer are its visitors.
// https://webassembly.github.io/spec/core/binary/instructions.html
//
// A visitor has `at(size_t offset)`, which is called with the module offset of each instruction before it, and
//  - for every row SHALLOP_OP of wasm/opcodes.def a function of the row's name that takes its immediates:
//      unreachable() nop() block(BlockType) loop(BlockType) if_(BlockType) else_() throw_(TagIndex) throw_ref() end()
//      try_table(BlockType, CatchClauses) br(LabelIndex) br_if(LabelIndex) br_table(LabelTable) return_()
//      call(FuncIndex) call_indirect(TypeIndex, TableIndex) return_call(FuncIndex)
//      return_call_indirect(TypeIndex, TableIndex) ref_null(ValueType) ref_is_null() ref_func(FuncIndex)
//      drop() select() select_typed(SelectTypes) local_get(LocalIndex) local_set(LocalIndex) local_tee(LocalIndex)
//      global_get(GlobalIndex) global_set(GlobalIndex) table_get(TableIndex) table_set(TableIndex)
//      table_init(ElementIndex, TableIndex) elem_drop(ElementIndex) table_copy(TableIndex target, TableIndex source)
//      table_grow(TableIndex) table_size(TableIndex) table_fill(TableIndex) memory_size(MemoryIndex)
//      memory_grow(MemoryIndex) memory_init(DataIndex, MemoryIndex) data_drop(DataIndex) memory_copy(MemoryIndex
//      target, MemoryIndex source) memory_fill(MemoryIndex) v128_const(VectorBits) i8x16_shuffle(ShuffleLanes)
//      memory_atomic_notify(MemArg) memory_atomic_wait32(MemArg) memory_atomic_wait64(MemArg) atomic_fence()
//  - one function for each family of the other rows:
//      load(Opcode, MemArg) store(Opcode, MemArg) constant(ValueType, uint64_t bits) unary(Opcode)
//      unary_trapping(Opcode) binary(Opcode) binary_trapping(Opcode) compare(Opcode) ternary(Opcode) shift(Opcode)
//      extract_lane(Opcode, LaneIndex) replace_lane(Opcode, LaneIndex) load_lane(Opcode, MemArg, LaneIndex)
//      store_lane(Opcode, MemArg, LaneIndex) atomic_load(Opcode, MemArg) atomic_store(Opcode, MemArg)
//      atomic_rmw(Opcode, MemArg) atomic_cmpxchg(Opcode, MemArg)
//    The bits of an i32 or f32 constant are the low 32, the others are zero. Operand types: numeric_type, access_type,
//    lane_type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>

#include "binary/immediates.hpp"
#include "binary/reader.hpp"
#include "wasm/limits.hpp"
#include "wasm/module.hpp"
#include "wasm/opcode.hpp"

namespace shallop {

// The sub-opcode behind a prefix, packed as in wasm/opcodes.def.
Opcode read_prefixed_opcode(uint8_t prefix, Reader& reader, size_t offset);
// Says which proposal an instruction belongs to, if one is known.
[[noreturn]] void fail_illegal_opcode(Opcode opcode, size_t offset);
// An instruction of an addition that the module must not use.
[[noreturn]] void fail_disabled_opcode(Opcode opcode, Feature feature, size_t offset);
[[noreturn]] void fail_nesting_depth(size_t offset);
[[noreturn]] void fail_behind_end(size_t offset);

template <ValueType type>
uint64_t read_constant(Reader& reader) {
  if constexpr (type == ValueType::i32) return static_cast<uint32_t>(reader.s32());
  if constexpr (type == ValueType::i64) return static_cast<uint64_t>(reader.s64());
  if constexpr (type == ValueType::f32) return reader.f32_bits();
  if constexpr (type == ValueType::f64) return reader.f64_bits();
}

inline Opcode read_opcode(Reader& reader) {
  const size_t offset = reader.offset();
  const uint8_t byte = reader.byte();
  return byte < 0xFB ? Opcode{byte} : read_prefixed_opcode(byte, reader, offset);
}

// Asks nothing at run time for the instructions of the first version.
template <Opcode opcode>
[[gnu::always_inline]] inline void require_feature(Reader& reader, size_t offset) {
  constexpr std::optional<Feature> feature = feature_of(opcode);
  if constexpr (feature.has_value()) {
    if (!reader.note(*feature)) [[unlikely]]
      fail_disabled_opcode(opcode, *feature, offset);
  }
}

// Decodes one instruction, calls `visitor` and tells which it was.
template <class Visitor>
[[gnu::always_inline]] inline Opcode visit_instruction(Reader& reader, Visitor& visitor) {
  const size_t offset = reader.offset();
  visitor.at(offset);
  const Opcode opcode = read_opcode(reader);
  switch (opcode) {
#define SHALLOP_OP(code, id, text, immediate) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    std::apply([&visitor](auto... immediates) { visitor.id(immediates...); }, \
               read_immediates<Immediate::immediate>(reader)); \
    return Opcode::id;
#define SHALLOP_LOAD(code, id, text, result, size_bytes) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.load(Opcode::id, read_memory_argument(reader)); \
    return Opcode::id;
#define SHALLOP_STORE(code, id, text, operand, size_bytes) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.store(Opcode::id, read_memory_argument(reader)); \
    return Opcode::id;
#define SHALLOP_CONST(code, id, text, result) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.constant(ValueType::result, read_constant<ValueType::result>(reader)); \
    return Opcode::id;
#define SHALLOP_UNARY(code, id, text, operand, result) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.unary(Opcode::id); \
    return Opcode::id;
#define SHALLOP_UNARY_TRAPPING(code, id, text, operand, result) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.unary_trapping(Opcode::id); \
    return Opcode::id;
#define SHALLOP_BINARY(code, id, text, operand, result) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.binary(Opcode::id); \
    return Opcode::id;
#define SHALLOP_BINARY_TRAPPING(code, id, text, operand, result) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.binary_trapping(Opcode::id); \
    return Opcode::id;
#define SHALLOP_COMPARE(code, id, text, operand, result) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.compare(Opcode::id); \
    return Opcode::id;
#define SHALLOP_VECTOR_UNARY(code, id, text, operand, result) SHALLOP_UNARY(code, id, text, operand, result)
#define SHALLOP_VECTOR_BINARY(code, id, text, operand, result) SHALLOP_BINARY(code, id, text, operand, result)
#define SHALLOP_VECTOR_TERNARY(code, id, text, operand, result) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.ternary(Opcode::id); \
    return Opcode::id;
#define SHALLOP_VECTOR_SHIFT(code, id, text, operand, result) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.shift(Opcode::id); \
    return Opcode::id;
#define SHALLOP_EXTRACT_LANE(code, id, text, lanes, result) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.extract_lane(Opcode::id, read_lane_index(reader)); \
    return Opcode::id;
#define SHALLOP_REPLACE_LANE(code, id, text, lanes, operand) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.replace_lane(Opcode::id, read_lane_index(reader)); \
    return Opcode::id;
#define SHALLOP_VECTOR_LOAD(code, id, text, result, size_bytes) SHALLOP_LOAD(code, id, text, result, size_bytes)
#define SHALLOP_LOAD_LANE(code, id, text, result, size_bytes) \
  case Opcode::id: { \
    require_feature<Opcode::id>(reader, offset); \
    const MemArg argument = read_memory_argument(reader); \
    visitor.load_lane(Opcode::id, argument, read_lane_index(reader)); \
    return Opcode::id; \
  }
#define SHALLOP_STORE_LANE(code, id, text, operand, size_bytes) \
  case Opcode::id: { \
    require_feature<Opcode::id>(reader, offset); \
    const MemArg argument = read_memory_argument(reader); \
    visitor.store_lane(Opcode::id, argument, read_lane_index(reader)); \
    return Opcode::id; \
  }
#define SHALLOP_ATOMIC_LOAD(code, id, text, result, size_bytes) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.atomic_load(Opcode::id, read_memory_argument(reader)); \
    return Opcode::id;
#define SHALLOP_ATOMIC_STORE(code, id, text, operand, size_bytes) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.atomic_store(Opcode::id, read_memory_argument(reader)); \
    return Opcode::id;
#define SHALLOP_ATOMIC_RMW(code, id, text, operand, size_bytes, operation) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.atomic_rmw(Opcode::id, read_memory_argument(reader)); \
    return Opcode::id;
#define SHALLOP_ATOMIC_CMPXCHG(code, id, text, operand, size_bytes) \
  case Opcode::id: \
    require_feature<Opcode::id>(reader, offset); \
    visitor.atomic_cmpxchg(Opcode::id, read_memory_argument(reader)); \
    return Opcode::id;
#include "wasm/opcodes.def"
  }
  fail_illegal_opcode(opcode, offset);
}

// Walks an instruction sequence up to and including the `end` that closes it.
template <class Visitor>
void visit_expression(Reader& reader, Visitor& visitor) {
  uint32_t depth = 1;
  do {
    switch (visit_instruction(reader, visitor)) {
      case Opcode::block:
      case Opcode::loop:
      case Opcode::if_:
      case Opcode::try_table:
        if (++depth > limits::nesting_depth) [[unlikely]]
          fail_nesting_depth(reader.offset());
        break;
      case Opcode::end: --depth; break;
      default: break;
    }
  } while (depth != 0);
}

// Walks `body`, whose last byte has to be the `end` that closes it. Throws DecodeError where the bytes are not
// instructions, or not of what `features` allows: not for the bodies of a ValidatedModule, which have been walked once.
template <class Visitor>
void visit_instructions(const Expression& body, Visitor& visitor, FeatureUse* features = nullptr) {
  Reader reader(body.bytes, body.offset, features);
  visit_expression(reader, visitor);
  if (!reader.at_end()) [[unlikely]]
    fail_behind_end(reader.offset());
}

}  // namespace shallop
