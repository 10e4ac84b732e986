// SPDX-License-Identifier: Apache-2.0
#include "binary/immediates.hpp"

#include <array>

#include <fmt/format.h>

#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {

std::span<const ValueType> BlockType::one_type(ValueType type) {
  using enum ValueType;
  static constexpr std::array types{i32, i64, f32, f64, v128, funcref, externref, exnref};
  for (const ValueType& each : types) {
    if (each == type) return {&each, 1};
  }
  return {};
}

// https://webassembly.github.io/spec/core/binary/instructions.html#binary-blocktype
BlockType read_block_type(Reader& reader) {
  constexpr int64_t empty = -0x40;  // the byte 0x40, read as the signed integer that a type index is
  Reader ahead = reader;
  const int64_t code = ahead.s33();
  if (code < 0 && code != empty) return BlockType(reader.value_type());
  if (code != empty) reader.use(Feature::multi_value, reader.offset(), "malformed block type: a type index needs");
  reader = ahead;
  return code == empty ? BlockType() : BlockType(TypeIndex{static_cast<uint32_t>(code)});
}

LabelTable read_label_table(Reader& reader) {
  const uint32_t size = reader.count("br_table labels", limits::branch_table_labels);
  const std::byte* first = reader.position();
  for (uint32_t i = 0; i < size; ++i) reader.u32();
  const Bytes labels(first, reader.position());
  return {labels, size, LabelIndex{reader.u32()}};
}

namespace {

// https://webassembly.github.io/spec/core/binary/instructions.html#binary-catch
CatchClause read_catch_clause(Reader& reader) {
  enum Kind : uint8_t { tagged = 0, tagged_with_reference = 1, all = 2, all_with_reference = 3 };
  const size_t offset = reader.offset();
  const uint8_t kind = reader.byte();
  if (kind > all_with_reference) {
    throw DecodeError(offset, fmt::format("malformed catch clause: expected 0 to 3, found {:#04x}", kind));
  }
  CatchClause clause;
  if (kind < all) clause.tag = TagIndex{reader.u32()};
  clause.with_reference = kind == tagged_with_reference || kind == all_with_reference;
  clause.label = LabelIndex{reader.u32()};
  return clause;
}

}  // namespace

CatchClauses read_catch_clauses(Reader& reader) {
  const uint32_t size = reader.count("catch clauses", limits::catch_clauses);
  const std::byte* first = reader.position();
  for (uint32_t i = 0; i < size; ++i) read_catch_clause(reader);
  return {Bytes(first, reader.position()), size};
}

CatchClauses::Iterator::Iterator(Reader reader, uint32_t left) : rest_(reader), left_(left) { decode(); }

CatchClauses::Iterator& CatchClauses::Iterator::operator++() {
  --left_;
  decode();
  return *this;
}

void CatchClauses::Iterator::decode() {
  if (left_ != 0) clause_ = read_catch_clause(rest_);
}

SelectTypes read_select_types(Reader& reader) {
  const uint32_t size = reader.count("types of a select", limits::results);
  const std::byte* first = reader.position();
  for (uint32_t i = 0; i < size; ++i) reader.value_type();
  return {Bytes(first, reader.position()), size};
}

// The first version had a zero byte here.
MemoryIndex read_memory_index(Reader& reader) {
  const size_t offset = reader.offset();
  if (reader.at_end() || *reader.position() != std::byte{0}) {
    const MemoryIndex index{reader.u32()};
    reader.use(Feature::multi_memory, offset, "zero byte expected: a memory other than 0 needs");
    return index;
  }
  reader.byte();
  return MemoryIndex{0};
}

// Reserved for other orders than sequential consistency.
void read_zero_byte(Reader& reader) {
  const size_t offset = reader.offset();
  if (const uint8_t byte = reader.byte(); byte != 0) {
    throw DecodeError(offset, fmt::format("zero byte expected, found {:#04x}", byte));
  }
}

ShuffleLanes read_shuffle_lanes(Reader& reader) {
  ShuffleLanes lanes;
  for (uint8_t& each : lanes) each = reader.byte();
  return lanes;
}

// With memory indices came a bit for one, and alignments up to it.
MemArg read_long_memory_argument(uint32_t flags, size_t offset, Reader& reader) {
  constexpr uint32_t has_memory_index = 0x40;
  if (flags >= 2 * has_memory_index || (flags < has_memory_index && !reader.allows(Feature::multi_memory))) {
    throw DecodeError(offset, fmt::format("malformed memop flags: alignment 2^{}", flags));
  }
  if (flags < has_memory_index) return {.align_log2 = flags, .offset = reader.u32_or_u64(), .memory = {}};
  reader.use(Feature::multi_memory, offset, "malformed memop flags: a memory other than 0 needs");
  const MemoryIndex memory{reader.u32()};
  return {.align_log2 = flags - has_memory_index, .offset = reader.u32_or_u64(), .memory = memory};
}

}  // namespace shallop
