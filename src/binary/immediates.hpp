// SPDX-License-Identifier: Apache-2.0
// What follows an opcode in the binary format, as the visitors of binary/instructions.hpp receive it. All of these are
// small values that point into the module's bytes. https://webassembly.github.io/spec/core/binary/instructions.html
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <tuple>

#include "base/leb128.hpp"
#include "binary/reader.hpp"
#include "wasm/module.hpp"
#include "wasm/opcode.hpp"
#include "wasm/types.hpp"

namespace shallop {

// https://webassembly.github.io/spec/core/syntax/instructions.html#syntax-memarg
struct MemArg {
  uint32_t align_log2 = 0;  // below 64; validation bounds it by the access's size
  uint64_t offset = 0;
  MemoryIndex memory;
};

// https://webassembly.github.io/spec/core/syntax/instructions.html#syntax-blocktype : nothing, one result, or a
// function type of the module.
class BlockType {
 public:
  constexpr BlockType() = default;
  constexpr explicit BlockType(ValueType result) : result_(result) {}
  constexpr explicit BlockType(TypeIndex index) : index_(index) {}

  // Validation has to bound it before the spans below may be asked for.
  constexpr std::optional<TypeIndex> type_index() const { return index_; }
  std::span<const ValueType> parameters(const Module& module) const {
    return index_ ? std::span(module.types[index_->value].parameters) : std::span<const ValueType>();
  }
  std::span<const ValueType> results(const Module& module) const {
    if (index_) return module.types[index_->value].results;
    return result_ ? one_type(*result_) : std::span<const ValueType>();
  }

 private:
  // A span of static storage, so that it outlives the block type.
  static std::span<const ValueType> one_type(ValueType type);

  std::optional<ValueType> result_;
  std::optional<TypeIndex> index_;
};

// A vector that stays encoded: its elements are decoded while iterating, nothing is allocated. The walker has checked
// every element before a visitor sees it.
template <class Element>
class EncodedVector {
 public:
  class Iterator {
   public:
    using value_type = Element;
    using difference_type = ptrdiff_t;

    Iterator() = default;
    Iterator(const std::byte* position, const std::byte* last, uint32_t left)
        : position_(position), last_(last), left_(left) {}
    Element operator*() const { return static_cast<Element>(decoded().value); }
    Iterator& operator++() {
      position_ = decoded().next;
      --left_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return left_ == other.left_; }

   private:
    leb128::Decoded<uint32_t> decoded() const { return leb128::decode<uint32_t>(position_, last_); }

    const std::byte* position_ = nullptr;
    const std::byte* last_ = nullptr;
    uint32_t left_ = 0;
  };

  EncodedVector() = default;
  EncodedVector(Bytes bytes, uint32_t size) : bytes_(bytes), size_(size) {}

  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Iterator begin() const { return {bytes_.data(), bytes_.data() + bytes_.size(), size_}; }
  Iterator end() const { return {}; }
  Element front() const { return *begin(); }

 private:
  Bytes bytes_;
  uint32_t size_ = 0;
};

// The targets of a br_table: label i for operand i, the default label for every operand from size() on.
class LabelTable : public EncodedVector<LabelIndex> {
 public:
  LabelTable() = default;
  LabelTable(Bytes bytes, uint32_t size, LabelIndex default_label)
      : EncodedVector(bytes, size), default_label_(default_label) {}
  LabelIndex default_label() const { return default_label_; }

 private:
  LabelIndex default_label_;
};

// The types of a typed select: validation asks for exactly one, front().
using SelectTypes = EncodedVector<ValueType>;

// https://webassembly.github.io/spec/core/syntax/instructions.html#syntax-catch
struct CatchClause {
  std::optional<TagIndex> tag;  // nothing: catches all
  bool with_reference = false;  // the label takes the exception itself too, behind what it carries
  LabelIndex label;             // as seen from outside the try_table
};

// The catch clauses of a try_table, encoded like an EncodedVector.
class CatchClauses {
 public:
  class Iterator {
   public:
    using value_type = CatchClause;
    using difference_type = ptrdiff_t;

    Iterator() = default;
    Iterator(Reader reader, uint32_t left);
    CatchClause operator*() const { return clause_; }
    Iterator& operator++();
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return left_ == other.left_; }

   private:
    void decode();

    Reader rest_{{}, 0};
    CatchClause clause_;
    uint32_t left_ = 0;
  };

  CatchClauses() = default;
  CatchClauses(Bytes bytes, uint32_t size) : bytes_(bytes), size_(size) {}

  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Iterator begin() const { return {Reader(bytes_, 0), size_}; }
  Iterator end() const { return {}; }

 private:
  Bytes bytes_;
  uint32_t size_ = 0;
};

// The bits of a v128.const, the first lane in the lowest, and the lanes that an i8x16.shuffle takes: validation bounds
// them.
using VectorBits = std::array<uint64_t, 2>;
using ShuffleLanes = std::array<uint8_t, 16>;

BlockType read_block_type(Reader& reader);
LabelTable read_label_table(Reader& reader);
CatchClauses read_catch_clauses(Reader& reader);
SelectTypes read_select_types(Reader& reader);
MemoryIndex read_memory_index(Reader& reader);
ShuffleLanes read_shuffle_lanes(Reader& reader);
void read_zero_byte(Reader& reader);
// Behind flags from short_flags_end on; `offset` is theirs.
MemArg read_long_memory_argument(uint32_t flags, size_t offset, Reader& reader);
inline constexpr uint32_t short_flags_end = 32;

// https://webassembly.github.io/spec/core/binary/instructions.html#memory-instructions
inline MemArg read_memory_argument(Reader& reader) {
  const size_t offset = reader.offset();
  const uint32_t flags = reader.u32();
  if (flags >= short_flags_end) [[unlikely]]
    return read_long_memory_argument(flags, offset, reader);
  return {.align_log2 = flags, .offset = reader.u32_or_u64(), .memory = {}};
}

// https://webassembly.github.io/spec/core/binary/instructions.html#vector-instructions
inline LaneIndex read_lane_index(Reader& reader) { return {reader.byte()}; }

// The immediates of one kind as a tuple, in the order in which the visitor's function takes them.
template <Immediate kind>
auto read_immediates(Reader& reader) {
  using enum Immediate;
  if constexpr (kind == none) return std::tuple();
  if constexpr (kind == block_type) return std::tuple(read_block_type(reader));
  if constexpr (kind == block_type_and_catches) return std::tuple{read_block_type(reader), read_catch_clauses(reader)};
  if constexpr (kind == tag) return std::tuple(TagIndex{reader.u32()});
  if constexpr (kind == label) return std::tuple(LabelIndex{reader.u32()});
  if constexpr (kind == label_table) return std::tuple(read_label_table(reader));
  if constexpr (kind == function) return std::tuple(FuncIndex{reader.u32()});
  if constexpr (kind == reference_type) return std::tuple(reader.reference_type());
  if constexpr (kind == value_types) return std::tuple(read_select_types(reader));
  if constexpr (kind == local) return std::tuple(LocalIndex{reader.u32()});
  if constexpr (kind == global) return std::tuple(GlobalIndex{reader.u32()});
  if constexpr (kind == table) return std::tuple(TableIndex{reader.u32()});
  if constexpr (kind == element) return std::tuple(ElementIndex{reader.u32()});
  if constexpr (kind == data) return std::tuple(DataIndex{reader.u32()});
  if constexpr (kind == memory) return std::tuple(read_memory_index(reader));
  if constexpr (kind == memory_argument) return std::tuple(read_memory_argument(reader));
  if constexpr (kind == zero_byte) {
    read_zero_byte(reader);
    return std::tuple();
  }
  if constexpr (kind == lanes) return std::tuple(read_shuffle_lanes(reader));
  // Braces, unlike parentheses, evaluate from left to right.
  if constexpr (kind == vector) return std::tuple(VectorBits{reader.f64_bits(), reader.f64_bits()});
  if constexpr (kind == type_and_table) return std::tuple{TypeIndex{reader.u32()}, TableIndex{reader.u32()}};
  if constexpr (kind == element_and_table) return std::tuple{ElementIndex{reader.u32()}, TableIndex{reader.u32()}};
  if constexpr (kind == table_and_table) return std::tuple{TableIndex{reader.u32()}, TableIndex{reader.u32()}};
  if constexpr (kind == data_and_memory) return std::tuple{DataIndex{reader.u32()}, read_memory_index(reader)};
  if constexpr (kind == memory_and_memory) return std::tuple{read_memory_index(reader), read_memory_index(reader)};
}

}  // namespace shallop
