// SPDX-License-Identifier: Apache-2.0
// Types and indices, as in the specification's chapter "Structure / Types" and "Structure / Modules / Indices".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shallop {

// https://webassembly.github.io/spec/core/syntax/types.html#value-types ; the values are the binary format's.
enum class ValueType : uint8_t {
  i32 = 0x7F,
  i64 = 0x7E,
  f32 = 0x7D,
  f64 = 0x7C,
  v128 = 0x7B,
  funcref = 0x70,
  externref = 0x6F,
  exnref = 0x69,
};

constexpr bool is_reference(ValueType type) {
  return type == ValueType::funcref || type == ValueType::externref || type == ValueType::exnref;
}
constexpr bool is_float(ValueType type) { return type == ValueType::f32 || type == ValueType::f64; }
std::string_view text(ValueType type);

// https://webassembly.github.io/spec/core/syntax/types.html#function-types
struct FuncType {
  std::vector<ValueType> parameters;
  std::vector<ValueType> results;
  bool operator==(const FuncType&) const = default;
};
// As in messages: "(i32, i64) -> (f32)".
std::string text(const FuncType& type);

// https://webassembly.github.io/spec/core/syntax/types.html#limits ; in pages for memories, in elements for tables.
struct Limits {
  uint64_t minimum = 0;
  std::optional<uint64_t> maximum;
  bool operator==(const Limits&) const = default;
};

struct MemoryType {
  Limits limits;
  bool shared = false;
  bool operator==(const MemoryType&) const = default;
};

struct TableType {
  ValueType element = ValueType::funcref;
  Limits limits;
  bool operator==(const TableType&) const = default;
};

struct GlobalType {
  ValueType type = ValueType::i32;
  bool is_mutable = false;
  bool operator==(const GlobalType&) const = default;
};

enum class ExternKind : uint8_t { function = 0, table = 1, memory = 2, global = 3, tag = 4 };
std::string_view text(ExternKind kind);

// Index spaces are distinct types, so that one cannot be taken for another.
// https://webassembly.github.io/spec/core/syntax/modules.html#indices
template <class Tag>
struct Index {
  uint32_t value = 0;
  constexpr bool operator==(const Index&) const = default;
  constexpr auto operator<=>(const Index&) const = default;
};
using TypeIndex = Index<struct TypeIndexTag>;
using FuncIndex = Index<struct FuncIndexTag>;
using TableIndex = Index<struct TableIndexTag>;
using MemoryIndex = Index<struct MemoryIndexTag>;
using GlobalIndex = Index<struct GlobalIndexTag>;
using TagIndex = Index<struct TagIndexTag>;
using ElementIndex = Index<struct ElementIndexTag>;
using DataIndex = Index<struct DataIndexTag>;
using LocalIndex = Index<struct LocalIndexTag>;
using LabelIndex = Index<struct LabelIndexTag>;
using LaneIndex = Index<struct LaneIndexTag>;

// https://webassembly.github.io/spec/core/syntax/types.html#tag-types : what an exception carries is the parameters of
// a function type without results.
struct TagType {
  TypeIndex type;
  bool operator==(const TagType&) const = default;
};

}  // namespace shallop
