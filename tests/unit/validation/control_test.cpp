// SPDX-License-Identifier: Apache-2.0
// Blocks, branches and unreachable code:
// https://webassembly.github.io/spec/core/valid/instructions.html#control-instructions
#include <gtest/gtest.h>

#include "invalid.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

using enum ValueType;
using enum Opcode;

constexpr TypeIndex mixed{1};  // (i32, i64) -> (f32)
constexpr TypeIndex pair{2};   // () -> (i32, i64)

TEST(Bodies, LeaveTheirResults) {
  EXPECT_EQ(invalid({.results = {i32, f32}}, Body().i32(0).f32(0)), "accepted");
  EXPECT_EQ(invalid({.results = {i32}}, Body()), "+0: type mismatch in end: expected i32, found nothing");
  EXPECT_EQ(invalid({.results = {i32}}, Body().i64(0)), "+2: type mismatch in end: expected i32, found i64");
  EXPECT_EQ(invalid({.results = {i32}}, Body().i64(0).i32(0)),
            "+4: type mismatch in end: the block leaves 1 more than its results (i32)");
  EXPECT_EQ(invalid(Body().i32(0).i32(0)), "+4: type mismatch in end: the block leaves 2 more than its results ()");
}

TEST(Bodies, EndWithTheirLastByte) {
  EXPECT_EQ(invalid(Body().op(end).op(nop)),
            "+1: malformed: END opcode expected at the function's last byte, found one before it");
  EXPECT_EQ(invalid(Body().block(block)), "+3: malformed: unexpected end of section or function");
  EXPECT_EQ(invalid(Body().raw({0xFD, 0x80, 0x02})),
            "+0: malformed: illegal opcode 0xfd 0x100: an instruction of the relaxed SIMD proposal, which is not "
            "supported yet");
}

TEST(Blocks, LeaveTheirResults) {
  EXPECT_EQ(invalid({.results = {f64}}, Body().block(block, f64).f64(0).op(end)), "accepted");
  EXPECT_EQ(invalid({.results = {i32, i64}}, Body().block(block, pair).i32(0).i64(0).op(end)), "accepted");
  EXPECT_EQ(invalid(Body().block(block, f64).op(end).op(drop)),
            "+2: type mismatch in end: expected f64, found nothing");
  EXPECT_EQ(invalid(Body().block(block).f64(0).op(end)),
            "+11: type mismatch in end: the block leaves 1 more than its results ()");
}

TEST(Blocks, DoNotReachBelowTheirParameters) {
  EXPECT_EQ(invalid({.results = {f32}}, Body().i32(0).i64(0).block(block, mixed).op(drop).op(drop).f32(0).op(end)),
            "accepted");
  EXPECT_EQ(invalid(Body().i32(0).block(block).op(drop).op(end).op(drop)),
            "+4: type mismatch in drop: expected an operand, found nothing");
  EXPECT_EQ(invalid(Body().i32(0).block(block, mixed).op(end).op(drop)),
            "+2: type mismatch in block: expected i64, found i32");
}

TEST(Blocks, LeaveWhatIsBelowThem) {
  EXPECT_EQ(invalid(Body().i32(0).block(block).op(nop).op(end).op(drop)), "accepted");
  EXPECT_EQ(invalid({.results = {i64}}, Body().i64(0).block(loop, f32).f32(0).op(end).op(drop)), "accepted");
}

TEST(Blocks, HaveAKnownType) {
  EXPECT_EQ(invalid(Body().block(block, TypeIndex{4}).op(end)), "+0: unknown type 4: the last is 3");
  EXPECT_EQ(invalid(Body().block(loop, TypeIndex{0xFFFFFFFF}).op(end)), "+0: unknown type 4294967295: the last is 3");
}

TEST(If, TakesACondition) {
  EXPECT_EQ(invalid({.results = {i32}}, Body().i32(1).block(if_, i32).i32(2).op(else_).i32(3).op(end)), "accepted");
  EXPECT_EQ(invalid(Body().i64(1).block(if_).op(end)), "+2: type mismatch in if: expected i32, found i64");
}

TEST(If, BothArmsLeaveTheResults) {
  EXPECT_EQ(invalid({.results = {i32}}, Body().i32(1).block(if_, i32).op(else_).i32(3).op(end)),
            "+4: type mismatch in else: expected i32, found nothing");
  EXPECT_EQ(invalid({.results = {i32}}, Body().i32(1).block(if_, i32).i32(2).op(else_).op(end)),
            "+7: type mismatch in end: expected i32, found nothing");
}

TEST(If, WithoutElseLeavesWhatItTakes) {
  EXPECT_EQ(invalid(Body().i32(1).block(if_).op(end)), "accepted");
  EXPECT_EQ(invalid({.results = {i32}}, Body().i32(1).block(if_, i32).i32(2).op(end)),
            "+6: type mismatch in end: an if without an else has to leave what it takes");
}

TEST(If, ElseBelongsToAnIf) {
  EXPECT_EQ(invalid(Body().op(else_)), "+0: malformed: else without an if before it");
  EXPECT_EQ(invalid(Body().block(block).op(else_).op(end)), "+2: malformed: else without an if before it");
  EXPECT_EQ(invalid(Body().i32(0).block(if_).op(else_).op(else_).op(end)),
            "+5: malformed: else without an if before it");
}

TEST(Branches, CarryTheLabelsTypes) {
  EXPECT_EQ(invalid({.results = {i32}}, Body().block(block, i32).i32(1).op(br, 0).op(end)), "accepted");
  EXPECT_EQ(invalid({.results = {i32}}, Body().block(block, i32).i64(1).op(br, 0).op(end)),
            "+4: type mismatch in br: expected i32, found i64");
  // The label of a loop is at its beginning.
  EXPECT_EQ(invalid(Body().block(loop, i32).op(br, 0).op(end).op(drop)), "accepted");
  EXPECT_EQ(invalid({.results = {i64}}, Body().i64(0).op(br, 0)), "accepted");
  EXPECT_EQ(invalid(Body().op(br, 1)), "+0: unknown label 1: there is only 0");
}

TEST(Branches, ConditionalOnesGoOnWithTheTypes) {
  EXPECT_EQ(invalid({.results = {i32}}, Body().block(block, i32).i32(1).i32(2).op(br_if, 0).op(end)), "accepted");
  EXPECT_EQ(invalid(Body().i64(1).op(br_if, 0)), "+2: type mismatch in br_if: expected i32, found i64");
  EXPECT_EQ(invalid(Body().block(block, i32).i32(1).op(br_if, 0).i32(3).op(end).op(drop)),
            "+4: type mismatch in br_if: expected i32, found nothing");
}

TEST(Branches, Tables) {
  const Body two_blocks = Body().block(block).block(block);
  EXPECT_EQ(invalid(Body(two_blocks).i32(0).br_table({0, 1, 0}, 2).op(end).op(end)), "accepted");
  EXPECT_EQ(invalid(Body(two_blocks).i32(0).br_table({0, 3}, 1).op(end).op(end)), "+6: unknown label 3: the last is 2");
  EXPECT_EQ(invalid(Body(two_blocks).i32(0).br_table({}, 3).op(end).op(end)), "+6: unknown label 3: the last is 2");
  EXPECT_EQ(invalid(Body().block(block, i32).block(block).i32(0).br_table({0}, 1).op(end).i32(0).op(end).op(drop)),
            "+6: type mismatch in br_table: expected i32, found nothing");
  EXPECT_EQ(
      invalid(Body().block(block, i32).block(block).i32(0).i32(0).br_table({0}, 1).op(end).i32(0).op(end).op(drop)),
      "+8: type mismatch in br_table: label 0 takes 0 values, the default label 1 takes 1");
  EXPECT_EQ(invalid(Body()
                        .block(block, i32)
                        .block(block, f32)
                        .i32(0)
                        .i32(0)
                        .br_table({0}, 1)
                        .op(end)
                        .op(drop)
                        .i32(0)
                        .op(end)
                        .op(drop)),
            "+8: type mismatch in br_table: expected f32, found i32");
}

TEST(Branches, LeaveBehindWhatIsBelowTheirTypes) {
  EXPECT_EQ(invalid(Body().i32(1).i64(2).op(return_)), "accepted");
  EXPECT_EQ(invalid(Body().i32(1).i64(2).op(br, 0)), "accepted");
  EXPECT_EQ(invalid(Body().i64(1).i32(2).br_table({}, 0)), "accepted");
  EXPECT_EQ(invalid(Body().i64(1).i32(2).op(br_if, 0)),
            "+6: type mismatch in end: the block leaves 1 more than its results ()");
}

TEST(Branches, Return) {
  EXPECT_EQ(invalid({.results = {i32}}, Body().block(block).i32(0).op(return_).op(end).op(unreachable)), "accepted");
  EXPECT_EQ(invalid({.results = {i32}}, Body().op(return_)),
            "+0: type mismatch in return: expected i32, found nothing");
}

// What unreachable code takes from an empty stack has any type; what it pushes has the usual one.
TEST(Unreachable, TakesAnythingFromNowhere) {
  EXPECT_EQ(invalid({.results = {f64}}, Body().op(unreachable)), "accepted");
  EXPECT_EQ(invalid({.results = {i32}}, Body().op(unreachable).op(i32_add)), "accepted");
  EXPECT_EQ(invalid({.results = {i64}}, Body().op(unreachable).i64(1).op(i64_add)), "accepted");
  EXPECT_EQ(invalid(Body().op(unreachable).i64(1).op(i32_add).op(drop)),
            "+3: type mismatch in i32.add: expected i32, found i64");
  EXPECT_EQ(invalid({.results = {i32}}, Body().op(unreachable).i64(1)),
            "+3: type mismatch in end: expected i32, found i64");
  EXPECT_EQ(invalid({.results = {i32}}, Body().op(unreachable).i32(1).i32(1)),
            "+5: type mismatch in end: the block leaves 1 more than its results (i32)");
}

TEST(Unreachable, ConditionalBranchesLeaveTheLabelsTypes) {
  EXPECT_EQ(invalid({.results = {i32}}, Body().op(unreachable).op(br_if, 0)), "accepted");
  EXPECT_EQ(invalid({.results = {i32}}, Body().op(unreachable).op(br_if, 0).op(i64_eqz)),
            "+3: type mismatch in i64.eqz: expected i64, found i32");
}

TEST(Unreachable, SelectOfUnknownOperands) {
  EXPECT_EQ(invalid({.results = {f32}}, Body().op(unreachable).op(select)), "accepted");
  EXPECT_EQ(invalid({.results = {f32}}, Body().op(unreachable).f32(0).i32(0).op(select)), "accepted");
  EXPECT_EQ(invalid({.results = {i64}}, Body().op(unreachable).f32(0).i32(0).op(select)),
            "+9: type mismatch in end: expected i64, found f32");
  EXPECT_EQ(invalid({.results = {i32}}, Body().op(unreachable).op(select).op(ref_is_null)), "accepted");
  EXPECT_EQ(invalid({.results = {i32}}, Body().op(unreachable).op(select).op(i64_eqz)), "accepted");
}

TEST(Unreachable, BranchTablesOfDifferentTypes) {
  const auto body = [](ValueType outer) {
    return Body()
        .block(block, outer)
        .block(block, f32)
        .op(unreachable)
        .i32(0)
        .br_table({0}, 1)
        .op(end)
        .op(drop)
        .op(unreachable)
        .op(end)
        .op(drop);
  };
  EXPECT_EQ(invalid(body(f32)), "accepted");
  EXPECT_EQ(invalid(body(i64)), "accepted");  // the operand's type is unknown
}

TEST(Unreachable, EndsWithItsBlock) {
  EXPECT_EQ(invalid(Body().block(block).op(unreachable).op(end).op(drop)),
            "+4: type mismatch in drop: expected an operand, found nothing");
  EXPECT_EQ(invalid({.results = {i32}}, Body().i32(1).block(if_, i32).op(unreachable).op(else_).op(end)),
            "+6: type mismatch in end: expected i32, found nothing");
}

TEST(Unreachable, OperandsAreLimited) {
  ModuleBuilder module;
  const TypeIndex wide = module.type({}, std::vector<ValueType>(limits::results, i32));
  Body body;
  for (uint32_t i = 0; i < limits::operands / limits::results; ++i) body.op(call, 0);
  const auto with = [&](const Body& calls) {
    ModuleBuilder copy = module;
    copy.function(wide, Body().op(unreachable));
    copy.function(copy.type({}), Body().op(unreachable).append(calls).op(unreachable));
    return invalid(copy);
  };
  EXPECT_EQ(with(body), "accepted");
  EXPECT_EQ(with(body.op(call, 0)), "too many operands in call, the limit is 1000000");
}

TEST(TailCalls, ReturnWhatTheFunctionReturns) {
  // Function 1 is (i32, i64) -> (f32).
  EXPECT_EQ(invalid({.results = {f32}}, Body().i32(0).i64(0).op(return_call, 1).op(i32_add).op(drop).f32(0)),
            "accepted");
  EXPECT_EQ(invalid({.results = {i32}}, Body().i32(0).i64(0).op(return_call, 1)),
            "+4: type mismatch in return_call: the function that is called has type (i32, i64) -> (f32), this one "
            "returns (i32)");
  EXPECT_EQ(invalid({.results = {f32}}, Body().i64(0).op(return_call, 1)),
            "+2: type mismatch in return_call: expected i32, found nothing");
  EXPECT_EQ(invalid(Body().op(return_call, 9)), "+0: unknown function 9: the last is 2");
  EXPECT_EQ(invalid({.results = {f32}}, Body().i32(0).i64(0).i32(0).op(return_call_indirect, 1, 0)), "accepted");
  EXPECT_EQ(invalid(Body().i32(0).op(return_call_indirect, 0, 1)),
            "+2: type mismatch in return_call_indirect: expected a table of funcref, table 1 is of externref");
  EXPECT_EQ(invalid(Body().i32(0).op(return_call_indirect, 9, 0)), "+2: unknown type 9: the last is 3");
}

// Each value may be code for an engine.
TEST(Branches, CarryOnlySoManyValuesInAModule) {
  constexpr size_t values = 100;
  const auto carrying = [](size_t branches) {
    ModuleBuilder module;
    const TypeIndex wide = module.type({}, std::vector<ValueType>(values, i32));
    Body body = Body().block(block, wide);
    for (size_t i = 0; i < values; ++i) body.i32(0);
    for (size_t i = 0; i < branches; ++i) body.i32(0).op(br_if, 0);
    body.op(end);
    for (size_t i = 0; i < values; ++i) body.op(drop);
    module.function(module.type({}), body);
    return invalid(module);
  };
  // The block is counted as well.
  EXPECT_EQ(carrying(limits::branch_values_min / values - 1), "accepted");
  EXPECT_EQ(carrying(limits::branch_values_min / values),
            "the branches, blocks and calls up to this br_if carry 100100 values, more than the 100000 for a module of "
            "this size");
}

}  // namespace
}  // namespace shallop
