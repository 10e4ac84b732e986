// SPDX-License-Identifier: Apache-2.0
// https://webassembly.github.io/spec/core/binary/modules.html#element-section and #data-section
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "binary/constant_expression.hpp"
#include "binary/sections.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

// The number that a segment begins with is a set of bits.
enum ElementFlags : uint32_t {
  element_not_active = 1,
  element_has_table_or_is_declarative = 2,  // the former for an active segment, the latter for any other
  element_has_expressions = 4,
  element_flags_end = 8,
};
enum DataFlags : uint32_t {
  data_passive = 1,
  data_has_memory = 2,
  data_flags_end = 3,
};

SegmentMode element_mode(uint32_t flags) {
  if (!(flags & element_not_active)) return SegmentMode::active;
  return flags & element_has_table_or_is_declarative ? SegmentMode::declarative : SegmentMode::passive;
}

// https://webassembly.github.io/spec/core/binary/modules.html#binary-elemkind
ValueType read_element_kind(Reader& reader) {
  const size_t offset = reader.offset();
  const uint8_t kind = reader.byte();
  if (kind != 0) throw DecodeError(offset, fmt::format("malformed element kind: expected 0, found {:#04x}", kind));
  return ValueType::funcref;
}

std::vector<FuncIndex> read_function_indices(Reader& reader) {
  std::vector<FuncIndex> indices(reader.count("entries of an element segment", limits::element_segment_entries));
  for (FuncIndex& each : indices) each.value = reader.u32();
  return indices;
}

std::vector<Expression> read_expressions(Reader& reader) {
  std::vector<Expression> expressions;
  const uint32_t count = reader.count("entries of an element segment", limits::element_segment_entries);
  constexpr size_t expression_bytes_min = 3;  // an instruction with an immediate, and the end
  expressions.reserve(std::min<size_t>(count, reader.remaining() / expression_bytes_min));
  for (uint32_t i = 0; i < count; ++i) expressions.push_back(read_constant_expression(reader));
  return expressions;
}

ElementSegment read_element_segment(Reader& reader) {
  ElementSegment segment;
  segment.position = reader.offset();
  const uint32_t flags = reader.u32();
  if (flags >= element_flags_end) {
    throw DecodeError(segment.position,
                      fmt::format("malformed elements segment kind: expected 0 to 7, found {}", flags));
  }
  segment.mode = element_mode(flags);
  if (flags != 0) {
    // Two proposals share the bits between them.
    const bool is_bulk = flags <= 2 || flags == (element_not_active | element_has_expressions);
    reader.use(is_bulk ? Feature::bulk_memory : Feature::reference_types, segment.position,
               "malformed elements segment kind: any but 0 needs");
  }
  if (segment.mode == SegmentMode::active) {
    if (flags & element_has_table_or_is_declarative) segment.table = TableIndex{reader.u32()};
    segment.offset = read_constant_expression(reader);
  }
  const bool has_type = flags & (element_not_active | element_has_table_or_is_declarative);
  if (flags & element_has_expressions) {
    if (has_type) segment.type = reader.reference_type();
    segment.entries = read_expressions(reader);
  } else {
    if (has_type) segment.type = read_element_kind(reader);
    segment.entries = read_function_indices(reader);
  }
  return segment;
}

DataSegment read_data_segment(Reader& reader) {
  DataSegment segment;
  segment.position = reader.offset();
  const uint32_t flags = reader.u32();
  if (flags >= data_flags_end) {
    throw DecodeError(segment.position, fmt::format("malformed data segment kind: expected 0 to 2, found {}", flags));
  }
  if (flags != 0) {
    reader.use(Feature::bulk_memory, segment.position, "malformed data segment kind: any but 0 needs");
  }
  segment.mode = flags & data_passive ? SegmentMode::passive : SegmentMode::active;
  if (segment.mode == SegmentMode::active) {
    if (flags & data_has_memory) segment.memory = MemoryIndex{reader.u32()};
    segment.offset = read_constant_expression(reader);
  }
  segment.bytes = reader.take(reader.u32());
  return segment;
}

}  // namespace

// https://webassembly.github.io/spec/core/binary/modules.html#element-section
void read_element_section(Reader& reader, Module& module) {
  const uint32_t count = reader.count("element segments", limits::element_segments);
  constexpr size_t segment_bytes_min = 3;  // flags, a kind or an offset, a number of entries
  module.elements.reserve(std::min<size_t>(count, reader.remaining() / segment_bytes_min));
  for (uint32_t i = 0; i < count; ++i) module.elements.push_back(read_element_segment(reader));
}

// https://webassembly.github.io/spec/core/binary/modules.html#data-count-section
void read_data_count_section(Reader& reader, Module& module) {
  reader.use(Feature::bulk_memory, reader.offset(), "malformed section id 12: a data count section needs");
  module.data_count = reader.u32();
}

// https://webassembly.github.io/spec/core/binary/modules.html#data-section
void read_data_section(Reader& reader, Module& module) {
  const size_t count_offset = reader.offset();
  const uint32_t count = reader.count("data segments", limits::data_segments);
  if (module.data_count && *module.data_count != count) fail_data_count(*module.data_count, count, count_offset);
  for (uint32_t i = 0; i < count; ++i) module.data.push_back(read_data_segment(reader));
}

void fail_data_count(size_t announced, size_t segments, size_t offset) {
  throw DecodeError(offset,
                    fmt::format("data count and data section have inconsistent lengths: {} segments are announced, {} "
                                "are there",
                                announced, segments));
}

}  // namespace shallop
