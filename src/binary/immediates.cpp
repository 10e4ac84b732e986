// SPDX-License-Identifier: Apache-2.0
#include "binary/immediates.hpp"

#include <array>

#include <fmt/format.h>

#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {

std::span<const ValueType> BlockType::one_type(ValueType type) {
  using enum ValueType;
  static constexpr std::array types{i32, i64, f32, f64, v128, funcref, externref};
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

SelectTypes read_select_types(Reader& reader) {
  const uint32_t size = reader.count("types of a select", limits::results);
  const std::byte* first = reader.position();
  for (uint32_t i = 0; i < size; ++i) reader.value_type();
  return {Bytes(first, reader.position()), size};
}

MemoryIndex read_memory_index(Reader& reader) {
  const size_t offset = reader.offset();
  const uint8_t index = reader.byte();
  if (index != 0) {
    constexpr auto proposal = UnsupportedProposal::multi_memory;
    throw UnsupportedError(
        offset,
        fmt::format("zero byte expected, found {:#04x}: a memory other than 0 needs {}", index, missing(proposal)),
        proposal);
  }
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

void fail_memory_argument(uint32_t flags, size_t offset) {
  constexpr uint32_t has_memory_index = 0x40;  // of the multi-memory proposal
  if (flags >= has_memory_index && flags < 2 * has_memory_index) {
    constexpr auto proposal = UnsupportedProposal::multi_memory;
    throw UnsupportedError(
        offset, fmt::format("malformed memop flags: a memory other than 0 needs {}", missing(proposal)), proposal);
  }
  throw DecodeError(offset, fmt::format("malformed memop flags: alignment 2^{}", flags));
}

}  // namespace shallop
