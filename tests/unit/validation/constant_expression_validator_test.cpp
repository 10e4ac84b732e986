// SPDX-License-Identifier: Apache-2.0
#include "validation/constant_expression_validator.hpp"

#include <gtest/gtest.h>

#include "binary/decode.hpp"
#include "invalid.hpp"
#include "support/refusal.hpp"
#include "validation/validated_module.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

using enum ValueType;
using enum Opcode;

// Imported globals 0 (an i32) and 1 (a mutable i64), defined global 2; a function; then a global of `type`.
ModuleBuilder module_with(ValueType type, const Body& body) {
  ModuleBuilder module;
  module.import_global("m", "constant", {.type = i32, .is_mutable = false});
  module.import_global("m", "variable", {.type = i64, .is_mutable = true});
  module.global({.type = f32, .is_mutable = false}, Body().f32(1));
  module.function(module.type({}), Body());
  module.global({.type = type, .is_mutable = false}, body);
  return module;
}
std::string initializer(ValueType type, const Body& body) { return invalid(module_with(type, body)); }

std::string in_webassembly_2(ValueType type, const Body& body) {
  return refusal<ValidationError>([&] { validate(decode(module_with(type, body).build(), Features::wasm2())); });
}

TEST(ConstantExpressions, AllTheyMayBe) {
  EXPECT_EQ(initializer(i32, Body().i32(1)), "accepted");
  EXPECT_EQ(initializer(i64, Body().i64(1)), "accepted");
  EXPECT_EQ(initializer(f32, Body().f32(1)), "accepted");
  EXPECT_EQ(initializer(f64, Body().f64(1)), "accepted");
  EXPECT_EQ(initializer(externref, Body().ref_null(externref)), "accepted");
  EXPECT_EQ(initializer(funcref, Body().op(ref_func, 0)), "accepted");
  EXPECT_EQ(initializer(i32, Body().op(global_get, 0)), "accepted");
}

TEST(ConstantExpressions, LeaveOneValueOfTheirType) {
  EXPECT_EQ(initializer(i32, Body().i64(1)), "type mismatch in end: expected i32, found i64");
  EXPECT_EQ(initializer(i32, Body()), "type mismatch in end: expected i32, found nothing");
  EXPECT_EQ(initializer(i32, Body().i32(1).i32(2)),
            "type mismatch in end: the block leaves 1 more than its results (i32)");
  EXPECT_EQ(initializer(externref, Body().op(ref_func, 0)), "type mismatch in end: expected externref, found funcref");
}

TEST(ConstantExpressions, OfOtherInstructions) {
  EXPECT_EQ(initializer(i32, Body().i32(1).i32(2).op(i32_and)),
            "constant expression required: i32.and is not constant");
  EXPECT_EQ(initializer(i32, Body().op(nop).i32(1)), "constant expression required: nop is not constant");
  EXPECT_EQ(initializer(i32, Body().block(block, i32).i32(1).op(end)),
            "constant expression required: block is not constant");
  EXPECT_EQ(initializer(i32, Body().op(call, 0)), "constant expression required: call is not constant");
}

TEST(ConstantExpressions, Calculate) {
  const Body sum = Body().op(global_get, 0).i32(2).op(i32_mul).i32(3).i32(4).op(i32_sub).op(i32_add);
  EXPECT_EQ(initializer(i32, sum), "accepted");
  EXPECT_EQ(initializer(i64, Body().i64(2).i64(3).op(i64_mul).i64(4).op(i64_sub).i64(5).op(i64_add)), "accepted");
  EXPECT_EQ(initializer(i32, Body().i32(1).op(i32_add)), "type mismatch in i32.add: expected i32, found nothing");
  EXPECT_EQ(initializer(i32, Body().i32(1).i64(1).op(i32_add)), "type mismatch in i32.add: expected i32, found i64");
  EXPECT_EQ(in_webassembly_2(i32, sum),
            "66: constant expression required: i32.mul needs the extended-const proposal, which is switched off");
}

TEST(ConstantExpressions, ReadConstantsThatComeBefore) {
  EXPECT_EQ(initializer(i64, Body().op(global_get, 1)), "constant expression required: global 1 is mutable");
  EXPECT_EQ(initializer(f32, Body().op(global_get, 2)), "accepted");
  EXPECT_EQ(
      in_webassembly_2(f32, Body().op(global_get, 2)),
      "62: unknown global 2: to name one that is not imported needs the extended-const proposal, which is switched "
      "off");
  EXPECT_EQ(initializer(f32, Body().op(global_get, 3)), "unknown global 3: the last is 2");
  EXPECT_EQ(initializer(f32, Body().op(global_get, 9)), "unknown global 9: the last is 2");
}

TEST(ConstantExpressions, KeepALimitedNumberOfOperands) {
  Body many;
  for (uint32_t i = 0; i < limits::operands + 1; ++i) many.i32(0);
  EXPECT_EQ(initializer(i32, many), "too many operands in i32.const, the limit is 1000000");
}

TEST(ConstantExpressions, NameKnownFunctions) {
  EXPECT_EQ(initializer(funcref, Body().op(ref_func, 1)), "unknown function 1: there is only 0");
}

}  // namespace
}  // namespace shallop
