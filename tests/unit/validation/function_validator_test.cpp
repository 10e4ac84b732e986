// SPDX-License-Identifier: Apache-2.0
// The rules of plain instructions; blocks and branches: control_test.cpp.
#include "validation/function_validator.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>

#include "invalid.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

using enum ValueType;
using enum Opcode;

// Pushes a value of `type`.
Body value(ValueType type) {
  switch (type) {
    case ValueType::i32: return Body().i32(0);
    case ValueType::i64: return Body().i64(0);
    case ValueType::f32: return Body().f32(0);
    case ValueType::f64: return Body().f64(0);
    case ValueType::v128: return Body().v128(0, 0);
    default: return Body().ref_null(type);
  }
}
Body values(std::initializer_list<ValueType> types) {
  Body body;
  for (const ValueType each : types) body.append(value(each));
  return body;
}

ValueType another(ValueType type) { return type == ValueType::i32 ? ValueType::f32 : ValueType::i32; }

// The row's instruction takes its operands and leaves its result, and nothing else.
void expect_rule(Opcode opcode, size_t operands, ValueType operand, ValueType result) {
  Body accepted;
  for (size_t i = 0; i < operands; ++i) accepted.append(value(operand));
  accepted.op(opcode);
  EXPECT_EQ(invalid({.results = {result}}, accepted), "accepted") << text(opcode);
  EXPECT_NE(invalid({.results = {another(result)}}, accepted), "accepted") << text(opcode);

  const std::string mismatch = fmt::format("type mismatch in {}: expected {}, found ", text(opcode), text(operand));
  EXPECT_EQ(invalid(Body().op(opcode)), "+0: " + mismatch + "nothing");
  Body refused;
  for (size_t i = 1; i < operands; ++i) refused.append(value(operand));
  const size_t offset = refused.append(value(another(operand))).bytes().size();
  EXPECT_EQ(invalid(refused.op(opcode)), fmt::format("+{}: {}{}", offset, mismatch, text(another(operand))));
}

TEST(NumericInstructions, TakeAndLeaveTheTypesOfTheirRow) {
#define SHALLOP_UNARY(code, id, text, operand, result) \
  expect_rule(Opcode::id, 1, ValueType::operand, ValueType::result);
#define SHALLOP_UNARY_TRAPPING(code, id, text, operand, result) \
  expect_rule(Opcode::id, 1, ValueType::operand, ValueType::result);
#define SHALLOP_BINARY(code, id, text, operand, result) \
  expect_rule(Opcode::id, 2, ValueType::operand, ValueType::result);
#define SHALLOP_BINARY_TRAPPING(code, id, text, operand, result) \
  expect_rule(Opcode::id, 2, ValueType::operand, ValueType::result);
#define SHALLOP_COMPARE(code, id, text, operand, result) \
  expect_rule(Opcode::id, 2, ValueType::operand, ValueType::result);
#include "wasm/opcodes.def"
}

TEST(NumericInstructions, TheMessageNamesInstructionAndTypes) {
  EXPECT_EQ(invalid(Body().i32(1).i64(2).op(i32_add).op(drop)),
            "+4: type mismatch in i32.add: expected i32, found i64");
  EXPECT_EQ(invalid(Body().i32(1).op(i32_add).op(drop)), "+2: type mismatch in i32.add: expected i32, found nothing");
}

TEST(MemoryInstructions, LoadsAndStoresFollowTheirRow) {
#define SHALLOP_LOAD(code, id, text, result, size_bytes) \
  EXPECT_EQ(invalid({.results = {ValueType::result}}, Body().i32(0).op(Opcode::id, 0, 0)), "accepted"); \
  EXPECT_EQ(invalid(Body().i64(0).op(Opcode::id, 0, 0).op(drop)), \
            "+2: type mismatch in " text ": expected i32, found i64");
#define SHALLOP_STORE(code, id, text, operand, size_bytes) \
  EXPECT_EQ(invalid(Body().i32(0).append(value(ValueType::operand)).op(Opcode::id, 0, 0)), "accepted"); \
  EXPECT_TRUE(invalid(Body().i32(0).append(value(another(ValueType::operand))).op(Opcode::id, 0, 0)) \
                  .contains("type mismatch in " text ": expected "));
#include "wasm/opcodes.def"
}

TEST(MemoryInstructions, AlignmentIsAtMostTheAccesssSize) {
#define SHALLOP_LOAD(code, id, text, result, size_bytes) \
  EXPECT_EQ(invalid(Body().i32(0).op(Opcode::id, std::bit_width(size_bytes + 0u) - 1, 0).op(drop)), "accepted"); \
  EXPECT_TRUE(invalid(Body().i32(0).op(Opcode::id, std::bit_width(size_bytes + 0u), 0).op(drop)) \
                  .starts_with("+2: alignment must not be larger than natural: expected at most "));
#include "wasm/opcodes.def"
  EXPECT_EQ(invalid(Body().i32(0).i32(0).op(i32_store16, 2, 0)),
            "+4: alignment must not be larger than natural: expected at most 2 bytes, found 2^2");
  EXPECT_EQ(invalid(Body().i32(0).op(i64_load, 31, 0).op(drop)),
            "+2: alignment must not be larger than natural: expected at most 8 bytes, found 2^31");
}

TEST(MemoryInstructions, NeedAMemory) {
  for (const Body& body : {Body().op(memory_size, 0).op(drop), Body().i32(0).op(i32_load, 0, 0).op(drop),
                           values({i32, i32}).op(i32_store, 0, 0), values({i32, i32, i32}).op(memory_copy, 0, 0),
                           values({i32, i32, i32}).op(memory_fill, 0), Body().i32(0).op(memory_grow, 0).op(drop)}) {
    ModuleBuilder module;
    module.function(module.type({}), body);
    EXPECT_EQ(invalid(module), "unknown memory 0: there is none");
  }
}

TEST(MemoryInstructions, BulkOperations) {
  EXPECT_EQ(invalid({.results = {i32}}, Body().op(memory_size, 0).op(memory_grow, 0)), "accepted");
  EXPECT_EQ(invalid(values({i32, i32, i32}).op(memory_init, 0, 0).op(data_drop, 0)), "accepted");
  EXPECT_EQ(invalid(values({i32, i32, i32}).op(memory_copy, 0, 0)), "accepted");
  EXPECT_EQ(invalid(values({i32, i32, i32}).op(memory_fill, 0)), "accepted");
  EXPECT_EQ(invalid(values({i32, i32, i64}).op(memory_fill, 0)),
            "+6: type mismatch in memory.fill: expected i32, found i64");
  EXPECT_EQ(invalid(values({i32, i32, i32}).op(memory_init, 1, 0)), "+6: unknown data segment 1: there is only 0");
  EXPECT_EQ(invalid(Body().op(data_drop, 7)), "+0: unknown data segment 7: there is only 0");
}

// Its absence is an error of the binary format.
TEST(MemoryInstructions, NamingADataSegmentTakesADataCount) {
  ModuleBuilder module;
  module.memory({.minimum = 1, .maximum = {}});
  module.function(module.type({}), values({i32, i32, i32}).op(memory_init, 0, 0));
  EXPECT_EQ(invalid(module), "malformed: data count section required: an instruction names a data segment");
}

TEST(VariableInstructions, Locals) {
  const BodyOf function{.parameters = {i32, f64}, .results = {}, .locals = {{2, i64}, {1, funcref}}};
  EXPECT_EQ(invalid(function, Body().op(local_get, 1).op(local_set, 1)), "accepted");
  EXPECT_EQ(invalid(function, Body().op(local_get, 4).op(ref_is_null).op(local_set, 0)), "accepted");
  EXPECT_EQ(invalid(function, Body().i64(0).op(local_tee, 3).op(local_set, 2)), "accepted");
  EXPECT_EQ(invalid(function, Body().i64(0).op(local_set, 0)),
            "+2: type mismatch in local.set: expected i32, found i64");
  EXPECT_EQ(invalid(function, Body().op(local_tee, 0).op(drop)),
            "+0: type mismatch in local.tee: expected i32, found nothing");
  EXPECT_EQ(invalid(function, Body().op(local_get, 5).op(drop)), "+0: unknown local 5: the last is 4");
  EXPECT_EQ(invalid(Body().op(local_get, 0).op(drop)), "+0: unknown local 0: there is none");
}

TEST(VariableInstructions, LocalsAreLimitedWithTheParameters) {
  const BodyOf most{.parameters = {i32}, .results = {}, .locals = {{limits::locals - 1, i32}}};
  EXPECT_EQ(invalid(most, Body()), "accepted");
  const BodyOf too_many{.parameters = {i32}, .results = {}, .locals = {{limits::locals, i32}}};
  EXPECT_EQ(invalid(too_many, Body()), "+0: too many locals: 50001 with the parameters, the limit is 50000");
}

TEST(VariableInstructions, Globals) {
  EXPECT_EQ(invalid({.results = {i32}}, Body().op(global_get, 0)), "accepted");
  EXPECT_EQ(invalid(Body().i64(3).op(global_set, 1)), "accepted");
  EXPECT_EQ(invalid(Body().i32(3).op(global_set, 1)), "+2: type mismatch in global.set: expected i64, found i32");
  EXPECT_EQ(invalid(Body().i32(3).op(global_set, 0)), "+2: global is immutable: global.set 0");
  EXPECT_EQ(invalid(Body().op(global_get, 2).op(drop)), "+0: unknown global 2: the last is 1");
}

TEST(TableInstructions, Elements) {
  EXPECT_EQ(invalid({.results = {externref}}, Body().i32(0).op(table_get, 1)), "accepted");
  EXPECT_EQ(invalid(values({i32, funcref}).op(table_set, 0)), "accepted");
  EXPECT_EQ(invalid(values({i32, funcref}).op(table_set, 1)),
            "+4: type mismatch in table.set: expected externref, found funcref");
  EXPECT_EQ(invalid(Body().i32(0).op(table_get, 2).op(drop)), "+2: unknown table 2: the last is 1");
}

TEST(TableInstructions, BulkOperations) {
  EXPECT_EQ(invalid({.results = {i32, i32}}, Body().op(table_size, 1).ref_null(funcref).i32(1).op(table_grow, 0)),
            "accepted");
  EXPECT_EQ(invalid(values({i32, externref, i32}).op(table_fill, 1)), "accepted");
  EXPECT_EQ(invalid(values({i32, i32, i32}).op(table_init, 0, 0).op(elem_drop, 0)), "accepted");
  EXPECT_EQ(invalid(values({i32, i32, i32}).op(table_copy, 1, 1)), "accepted");
  EXPECT_EQ(invalid(values({i32, i32, i32}).op(table_copy, 1, 0)),
            "+6: type mismatch in table.copy: table 1 is of externref, table 0 of funcref");
  EXPECT_EQ(invalid(values({i32, i32, i32}).op(table_init, 0, 1)),
            "+6: type mismatch in table.init: table 1 is of externref, element segment 0 of funcref");
  EXPECT_EQ(invalid(Body().op(elem_drop, 1)), "+0: unknown elem segment 1: there is only 0");
  EXPECT_EQ(invalid(values({i32, i32, i32}).op(table_init, 4, 0)), "+6: unknown elem segment 4: there is only 0");
  EXPECT_EQ(invalid(values({i32, i32}).op(table_grow, 0).op(drop)),
            "+4: type mismatch in table.grow: expected funcref, found i32");
}

TEST(ReferenceInstructions, NullsAndFunctions) {
  EXPECT_EQ(invalid({.results = {i32}}, Body().ref_null(externref).op(ref_is_null)), "accepted");
  EXPECT_EQ(invalid({.results = {i32}}, Body().i32(0).op(ref_is_null)),
            "+2: type mismatch in ref.is_null: expected a reference, found i32");
  EXPECT_EQ(invalid({.results = {funcref}}, Body().op(ref_func, 0)), "accepted");
  EXPECT_EQ(
      invalid({.results = {funcref}}, Body().op(ref_func, 1)),
      "+0: undeclared function reference: function 1 has to be named in an element segment, a global or an export");
  EXPECT_EQ(invalid({.results = {funcref}}, Body().op(ref_func, 3)), "+0: unknown function 3: the last is 2");
}

TEST(ParametricInstructions, Drop) {
  EXPECT_EQ(invalid(values({f64, externref}).op(drop).op(drop)), "accepted");
  EXPECT_EQ(invalid(Body().op(drop)), "+0: type mismatch in drop: expected an operand, found nothing");
}

TEST(ParametricInstructions, Select) {
  EXPECT_EQ(invalid({.results = {f64}}, values({f64, f64, i32}).op(select)), "accepted");
  EXPECT_EQ(invalid({.results = {f64}}, values({f64, i64, i32}).op(select)),
            "+13: type mismatch in select: expected f64 as the first operand, found i64");
  EXPECT_EQ(invalid({.results = {funcref}}, values({funcref, funcref, i32}).op(select)),
            "+6: type mismatch in select: expected numbers, found funcref: references need a select with a type");
  EXPECT_EQ(invalid({.results = {f64}}, values({f64, f64, i64}).op(select)),
            "+20: type mismatch in select: expected i32, found i64");
}

TEST(ParametricInstructions, SelectWithAType) {
  EXPECT_EQ(invalid({.results = {funcref}}, values({funcref, funcref, i32}).select({funcref})), "accepted");
  EXPECT_EQ(invalid({.results = {i64}}, values({i64, i32, i32}).select({i64})),
            "+6: type mismatch in select: expected i64, found i32");
  EXPECT_EQ(invalid(values({i64, i64, i32}).select({}).op(drop)),
            "+6: invalid result arity: expected one type for select, found 0");
  EXPECT_EQ(invalid(values({i64, i64, i32}).select({i64, i64}).op(drop)),
            "+6: invalid result arity: expected one type for select, found 2");
}

TEST(Calls, TakeParametersAndLeaveResults) {
  EXPECT_EQ(invalid({.results = {f32}}, values({i32, i64}).op(call, 1)), "accepted");
  EXPECT_EQ(invalid({.results = {f32}}, values({i64, i32}).op(call, 1)),
            "+4: type mismatch in call: expected i64, found i32");
  EXPECT_EQ(invalid({.results = {f32}}, values({i64}).op(call, 1)),
            "+2: type mismatch in call: expected i32, found nothing");
  EXPECT_EQ(invalid(Body().op(call, 3)), "+0: unknown function 3: the last is 2");
}

TEST(Calls, ThroughATable) {
  EXPECT_EQ(invalid({.results = {f32}}, values({i32, i64, i32}).op(call_indirect, 1, 0)), "accepted");
  EXPECT_EQ(invalid({.results = {f32}}, values({i32, i64, i64}).op(call_indirect, 1, 0)),
            "+6: type mismatch in call_indirect: expected i32, found i64");
  EXPECT_EQ(invalid(Body().i32(0).op(call_indirect, 0, 1)),
            "+2: type mismatch in call_indirect: expected a table of funcref, table 1 is of externref");
  EXPECT_EQ(invalid(Body().i32(0).op(call_indirect, 9, 0)), "+2: unknown type 9: the last is 3");
  EXPECT_EQ(invalid(Body().i32(0).op(call_indirect, 0, 2)), "+2: unknown table 2: the last is 1");
}

}  // namespace
}  // namespace shallop
