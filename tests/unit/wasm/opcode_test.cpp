// SPDX-License-Identifier: Apache-2.0
#include "wasm/opcode.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace shallop {
namespace {

struct Row {
  Opcode opcode;
  uint32_t code;
  const char* id;
  const char* name;
};
constexpr Row rows[] = {
#define SHALLOP_ROW(code, id, text) {Opcode::id, code, #id, text},
#include "wasm/opcodes.def"
};

TEST(Opcodes, EveryRowHasACodeOfItsOwn) {
  std::set<uint32_t> codes;
  for (const Row& row : rows) EXPECT_TRUE(codes.insert(row.code).second) << row.id;
}

TEST(Opcodes, IdentifierIsTheNameWithUnderscores) {
  for (const Row& row : rows) {
    std::string expected = row.name;
    std::ranges::replace(expected, '.', '_');
    if (row.opcode == Opcode::select_typed) expected = "select_typed";  // the text format has one name for both
    std::string id = row.id;
    if (id.ends_with('_')) id.pop_back();  // where C++ has the word already
    EXPECT_EQ(id, expected);
    EXPECT_EQ(text(row.opcode), row.name);
  }
}

// The specification's index of instructions, version 2.0, what we have of 3.0, and that of the threads proposal:
// https://webassembly.github.io/spec/core/appendix/index-instructions.html
// https://webassembly.github.io/threads/core/appendix/index-instructions.html
TEST(Opcodes, CoversTheSpecificationsIndex) {
  std::set<uint32_t> expected;
  const auto add = [&expected](uint32_t first, uint32_t last) {
    for (uint32_t code = first; code <= last; ++code) expected.insert(code);
  };
  add(0x00, 0x05);        // control
  add(0x08, 0x08);        // throw
  add(0x0A, 0x0A);        // throw_ref
  add(0x0B, 0x11);        // control, from end on
  add(0x12, 0x13);        // tail calls
  add(0x1F, 0x1F);        // try_table
  add(0x1A, 0x1C);        // parametric
  add(0x20, 0x24);        // variable
  add(0x25, 0x26);        // table
  add(0x28, 0x40);        // memory
  add(0x41, 0xC4);        // numeric
  add(0xD0, 0xD2);        // reference
  add(0xFC000, 0xFC007);  // saturating truncation
  add(0xFC008, 0xFC011);  // bulk memory and table
  add(0xFD000, 0xFD0FF);  // vector, but for the codes that no instruction of 2.0 has
  constexpr uint32_t unused_codes[] = {0x9A, 0xA2, 0xA5, 0xA6, 0xAF, 0xB0, 0xB2, 0xB3, 0xB4, 0xBB,
                                       0xC2, 0xC5, 0xC6, 0xCF, 0xD0, 0xD2, 0xD3, 0xD4, 0xE2, 0xEE};
  for (const uint32_t unused : unused_codes) {
    expected.erase(0xFD000 + unused);
  }
  add(0xFE000, 0xFE003);  // notify, wait, fence
  add(0xFE010, 0xFE04E);  // atomic loads, stores, read-modify-write

  std::set<uint32_t> listed;
  for (const Row& row : rows) listed.insert(row.code);
  EXPECT_EQ(listed, expected);
  EXPECT_EQ(text(Opcode{0x06}), "unknown instruction");
}

TEST(Opcodes, NumericTypesComeFromTheRow) {
  EXPECT_EQ(numeric_type(Opcode::i64_eqz).operand, ValueType::i64);
  EXPECT_EQ(numeric_type(Opcode::i64_eqz).result, ValueType::i32);
  EXPECT_EQ(numeric_type(Opcode::f64_copysign).operand, ValueType::f64);
  EXPECT_EQ(numeric_type(Opcode::i32_trunc_f64_u).operand, ValueType::f64);
  EXPECT_EQ(numeric_type(Opcode::i32_trunc_f64_u).result, ValueType::i32);
  EXPECT_EQ(numeric_type(Opcode::f32_lt).result, ValueType::i32);
}

ValueType type_named(std::string_view name) {
  using enum ValueType;
  for (const ValueType each : {i32, i64, f32, f64}) {
    if (name == text(each)) return each;
  }
  return externref;
}

// An instruction is named after the type of its result and, where a conversion has one, of its operand.
void expect_types_as_named(Opcode opcode, bool is_test) {
  const std::string_view name = text(opcode);
  const ValueType first = type_named(name.substr(0, 3));
  const size_t last = name.find("_i") != name.npos ? name.find("_i") : name.find("_f");
  const ValueType operand = last == name.npos ? first : type_named(name.substr(last + 1, 3));
  EXPECT_EQ(numeric_type(opcode).operand, operand) << name;
  EXPECT_EQ(numeric_type(opcode).result, is_test ? ValueType::i32 : first) << name;
}

TEST(Opcodes, NumericTypesAgreeWithTheName) {
#define SHALLOP_UNARY(code, id, name, operand, result) \
  expect_types_as_named(Opcode::id, std::string_view(name).ends_with("eqz"));
#define SHALLOP_UNARY_TRAPPING(code, id, name, operand, result) expect_types_as_named(Opcode::id, false);
#define SHALLOP_BINARY(code, id, name, operand, result) expect_types_as_named(Opcode::id, false);
#define SHALLOP_BINARY_TRAPPING(code, id, name, operand, result) expect_types_as_named(Opcode::id, false);
#define SHALLOP_COMPARE(code, id, name, operand, result) expect_types_as_named(Opcode::id, true);
#include "wasm/opcodes.def"
}

// The shape that a vector instruction is named after, "i8x16", has its lanes' type and their number. Lanes that are
// narrower than any value type travel as i32.
ValueType lane_named(std::string_view name) {
  const ValueType type = type_named(name.substr(0, name.find('x')));
  return type == ValueType::externref ? ValueType::i32 : type;
}

void expect_vector_unary_as_named(Opcode opcode) {
  const std::string_view name = text(opcode);
  const bool is_test = name.ends_with("_true") || name.ends_with("bitmask");
  EXPECT_EQ(numeric_type(opcode).operand, name.ends_with("splat") ? lane_named(name) : ValueType::v128) << name;
  EXPECT_EQ(numeric_type(opcode).result, is_test ? ValueType::i32 : ValueType::v128) << name;
}

void expect_lanes_as_named(Opcode opcode) {
  const std::string_view name = text(opcode);
  EXPECT_EQ(lane_type(opcode).value, lane_named(name)) << name;
  EXPECT_EQ(lane_type(opcode).lanes, std::stoul(std::string(name.substr(name.find('x') + 1)))) << name;
}

TEST(Opcodes, VectorTypesAgreeWithTheName) {
#define SHALLOP_VECTOR_UNARY(code, id, name, operand, result) expect_vector_unary_as_named(Opcode::id);
#define EXPECT_VECTORS(id) \
  EXPECT_EQ(numeric_type(Opcode::id).operand, ValueType::v128); \
  EXPECT_EQ(numeric_type(Opcode::id).result, ValueType::v128);
#define SHALLOP_VECTOR_BINARY(code, id, name, operand, result) EXPECT_VECTORS(id)
#define SHALLOP_VECTOR_TERNARY(code, id, name, operand, result) EXPECT_VECTORS(id)
#define SHALLOP_VECTOR_SHIFT(code, id, name, operand, result) EXPECT_VECTORS(id)
#define SHALLOP_EXTRACT_LANE(code, id, name, lanes, result) expect_lanes_as_named(Opcode::id);
#define SHALLOP_REPLACE_LANE(code, id, name, lanes, operand) expect_lanes_as_named(Opcode::id);
#include "wasm/opcodes.def"
#undef EXPECT_VECTORS
}

void expect_access_as_named(Opcode opcode) {
  const std::string_view name = text(opcode);
  const size_t dot = name.find('.');
  EXPECT_EQ(text(access_type(opcode).value), name.substr(0, dot));
  const size_t digits = name.find_first_of("0123456789", dot);
  const std::string bits(digits == name.npos ? name.substr(1) : name.substr(digits));
  // "8x8": a number of lanes stands right behind their width.
  const size_t behind = bits.find_first_not_of("0123456789");
  const bool has_lanes = behind != bits.npos && bits[behind] == 'x';
  const size_t lanes = has_lanes ? std::stoul(bits.substr(behind + 1)) : 1;
  EXPECT_EQ(access_type(opcode).size_bytes * 8, std::stoul(bits) * lanes) << name;
}

// "rmw8" is the width; an instruction without one has that of its type.
void expect_atomic_access_as_named(Opcode opcode, const char* operation) {
  expect_access_as_named(opcode);
  std::string name(text(opcode).substr(3));
  std::erase_if(name, [](unsigned char each) { return std::isdigit(each) != 0; });
  EXPECT_TRUE(name == std::string(".atomic.") + operation || name == std::string(".atomic.") + operation + "_u")
      << text(opcode) << " is told to be " << operation;
}

TEST(Opcodes, AccessTypesAgreeWithTheName) {
#define SHALLOP_LOAD(code, id, name, result, size_bytes) expect_access_as_named(Opcode::id);
#define SHALLOP_STORE(code, id, name, operand, size_bytes) expect_access_as_named(Opcode::id);
#define SHALLOP_VECTOR_LOAD(code, id, name, result, size_bytes) expect_access_as_named(Opcode::id);
#define SHALLOP_LOAD_LANE(code, id, name, result, size_bytes) expect_access_as_named(Opcode::id);
#define SHALLOP_STORE_LANE(code, id, name, operand, size_bytes) expect_access_as_named(Opcode::id);
#define SHALLOP_ATOMIC_LOAD(code, id, name, result, size_bytes) expect_atomic_access_as_named(Opcode::id, "load");
#define SHALLOP_ATOMIC_STORE(code, id, name, operand, size_bytes) expect_atomic_access_as_named(Opcode::id, "store");
#define SHALLOP_ATOMIC_CMPXCHG(code, id, name, operand, size_bytes) \
  expect_atomic_access_as_named(Opcode::id, "rmw.cmpxchg");
#include "wasm/opcodes.def"
}

TEST(Opcodes, OperationsOfAtomicRowsAgreeWithTheName) {
  const auto expect = [](Opcode opcode, std::string operation) {
    if (operation.ends_with('_')) operation.pop_back();  // where C++ has the word already
    expect_atomic_access_as_named(opcode, ("rmw." + operation).c_str());
  };
#define SHALLOP_ATOMIC_RMW(code, id, name, operand, size_bytes, operation) expect(Opcode::id, #operation);
#include "wasm/opcodes.def"
}

}  // namespace
}  // namespace shallop
