// SPDX-License-Identifier: Apache-2.0
// The rules of vector instructions: types by row, lanes and alignment by immediate.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <span>

#include "invalid.hpp"

namespace shallop {
namespace {

using enum ValueType;
using enum Opcode;

Body value(ValueType type) {
  switch (type) {
    case ValueType::i64: return Body().i64(0);
    case ValueType::f32: return Body().f32(0);
    case ValueType::f64: return Body().f64(0);
    case ValueType::v128: return Body().v128(0, 0);
    default: return Body().i32(0);
  }
}
Body values(std::span<const ValueType> types) {
  Body body;
  for (const ValueType each : types) body.append(value(each));
  return body;
}

// `instruction`, whatever its immediates, takes `operands` and leaves `result`; each operand's type counts.
void expect_rule(const Body& instruction, std::vector<ValueType> operands, ValueType result, const char* name) {
  const Body accepted = values(operands).append(instruction);
  EXPECT_EQ(invalid({.results = {result}}, accepted), "accepted") << name;
  EXPECT_NE(invalid({.results = {result == i32 ? i64 : i32}}, accepted), "accepted") << name;
  EXPECT_NE(invalid({.results = {result}}, values(std::span(operands).subspan(1)).append(instruction)), "accepted")
      << name;
  for (ValueType& each : operands) {
    const ValueType wanted = each;
    each = wanted == v128 ? f32 : v128;
    EXPECT_TRUE(
        invalid(values(operands).append(instruction).op(drop))
            .contains(fmt::format("type mismatch in {}: expected {}, found {}", name, text(wanted), text(each))))
        << name;
    each = wanted;
  }
}

TEST(VectorInstructions, TakeAndLeaveTheTypesOfTheirRow) {
#define SHALLOP_VECTOR_UNARY(code, id, text, operand, result) \
  expect_rule(Body().op(Opcode::id), {ValueType::operand}, ValueType::result, text);
#define SHALLOP_VECTOR_BINARY(code, id, text, operand, result) \
  expect_rule(Body().op(Opcode::id), {ValueType::operand, ValueType::operand}, ValueType::result, text);
#define SHALLOP_VECTOR_TERNARY(code, id, text, operand, result) \
  expect_rule(Body().op(Opcode::id), {ValueType::operand, ValueType::operand, ValueType::operand}, ValueType::result, \
              text);
#define SHALLOP_VECTOR_SHIFT(code, id, text, operand, result) \
  expect_rule(Body().op(Opcode::id), {ValueType::operand, ValueType::i32}, ValueType::result, text);
#define SHALLOP_EXTRACT_LANE(code, id, text, lanes, result) \
  expect_rule(Body().op(Opcode::id, 0), {ValueType::v128}, ValueType::result, text);
#define SHALLOP_REPLACE_LANE(code, id, text, lanes, operand) \
  expect_rule(Body().op(Opcode::id, 0), {ValueType::v128, ValueType::operand}, ValueType::v128, text);
#define SHALLOP_VECTOR_LOAD(code, id, text, result, size_bytes) \
  expect_rule(Body().op(Opcode::id, 0, 0), {ValueType::i32}, ValueType::result, text);
#define SHALLOP_LOAD_LANE(code, id, text, result, size_bytes) \
  expect_rule(Body().op(Opcode::id, 0, 0, 0), {ValueType::i32, ValueType::v128}, ValueType::result, text);
#include "wasm/opcodes.def"
  expect_rule(Body().op(i8x16_shuffle, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), {v128, v128}, v128,
              "i8x16.shuffle");
}

TEST(VectorInstructions, StoringALaneLeavesNothing) {
#define SHALLOP_STORE_LANE(code, id, text, operand, size_bytes) \
  EXPECT_EQ(invalid(Body().i32(0).v128(0, 0).op(Opcode::id, 0, 0, 0)), "accepted"); \
  EXPECT_EQ(invalid(Body().i32(0).f32(0).op(Opcode::id, 0, 0, 0)), \
            "+7: type mismatch in " text ": expected v128, found f32");
#include "wasm/opcodes.def"
}

TEST(VectorInstructions, ALaneIsBelowTheNumberOfLanes) {
  // The last lane, and the one behind it.
  const auto expect_bound = [](Opcode opcode, uint8_t lanes, const Body& before, const Body& behind) {
    const auto with_lane = [&](uint8_t lane) { return invalid(Body(before).op(opcode).append(behind).raw({lane})); };
    const std::string last = with_lane(static_cast<uint8_t>(lanes - 1));
    EXPECT_FALSE(last.contains("invalid lane index")) << text(opcode) << last;
    EXPECT_TRUE(with_lane(lanes).ends_with(
        fmt::format("invalid lane index {} in {}: there are {} lanes", lanes, text(opcode), lanes)));
    EXPECT_TRUE(with_lane(255).contains("invalid lane index 255"));
  };
  const Body vector = Body().v128(0, 0);
  const Body address_and_vector = Body().i32(0).v128(0, 0);
  const Body memory_argument = Body().raw({0, 0});
#define SHALLOP_EXTRACT_LANE(code, id, text, lanes, result) expect_bound(Opcode::id, lanes, vector, Body());
#define SHALLOP_REPLACE_LANE(code, id, text, lanes, operand) \
  expect_bound(Opcode::id, lanes, Body(vector).append(value(ValueType::operand)), Body());
#define SHALLOP_LOAD_LANE(code, id, text, result, size_bytes) \
  expect_bound(Opcode::id, 16 / size_bytes, address_and_vector, memory_argument);
#define SHALLOP_STORE_LANE(code, id, text, operand, size_bytes) \
  expect_bound(Opcode::id, 16 / size_bytes, address_and_vector, memory_argument);
#include "wasm/opcodes.def"
  EXPECT_EQ(
      invalid(Body().v128(0, 0).v128(0, 0).op(i8x16_shuffle, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 31, 32)),
      "+36: invalid lane index 32 in i8x16.shuffle: there are 32 lanes");
}

TEST(VectorInstructions, AlignmentIsAtMostTheAccesssSize) {
#define EXPECT_ALIGNMENT(body, id, size_bytes, ...) \
  EXPECT_EQ( \
      invalid(Body(body).op(Opcode::id, std::bit_width(size_bytes + 0u) - 1, 0 __VA_OPT__(, ) __VA_ARGS__).op(drop)), \
      "accepted"); \
  EXPECT_TRUE( \
      invalid(Body(body).op(Opcode::id, std::bit_width(size_bytes + 0u), 0 __VA_OPT__(, ) __VA_ARGS__).op(drop)) \
          .contains("alignment must not be larger than natural"));
  const Body address = Body().i32(0);
  const Body address_and_vector = Body().i32(0).v128(0, 0);
  EXPECT_ALIGNMENT(address, v128_load, 16)
#define SHALLOP_VECTOR_LOAD(code, id, text, result, size_bytes) EXPECT_ALIGNMENT(address, id, size_bytes)
#define SHALLOP_LOAD_LANE(code, id, text, result, size_bytes) EXPECT_ALIGNMENT(address_and_vector, id, size_bytes, 0)
#include "wasm/opcodes.def"
#undef EXPECT_ALIGNMENT
  EXPECT_EQ(invalid(Body().i32(0).v128(0, 0).op(v128_store, 5, 0)),
            "+20: alignment must not be larger than natural: expected at most 16 bytes, found 2^5");
  EXPECT_TRUE(invalid(Body().i32(0).v128(0, 0).op(v128_store16_lane, 2, 0, 0)).contains("at most 2 bytes, found 2^2"));
}

TEST(VectorInstructions, NeedAMemoryToLoad) {
  ModuleBuilder module;
  module.function(module.type({}), Body().i32(0).v128(0, 0).op(v128_load8_lane, 0, 0, 0).op(drop));
  EXPECT_EQ(invalid(module), "unknown memory 0: there is none");
}

TEST(VectorValues, AreNumbersForSelectAndInitialisers) {
  EXPECT_EQ(invalid({.results = {v128}}, Body().v128(1, 2).v128(3, 4).i32(0).op(select)), "accepted");
  ModuleBuilder module;
  module.global({.type = v128, .is_mutable = false}, Body().v128(1, 2));
  EXPECT_EQ(invalid(module), "accepted");
  ModuleBuilder computed;
  computed.global({.type = v128, .is_mutable = false}, Body().i32(1).op(i32x4_splat));
  EXPECT_EQ(invalid(computed), "constant expression required: i32x4.splat is not constant");
}

}  // namespace
}  // namespace shallop
