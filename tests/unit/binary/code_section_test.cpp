// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "malformed.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

// A module with one function of type () -> () and these groups of locals.
ModuleBuilder with_locals(const std::vector<LocalGroup>& locals) {
  ModuleBuilder module;
  module.function(module.type({}), Body(), locals);
  return module;
}

TEST(CodeSection, KeepsLocalsAsTheyAreEncoded) {
  const Module module = decode(with_locals({{3, ValueType::i32}, {0, ValueType::f64}, {1, ValueType::i32}}).build());
  ASSERT_EQ(module.functions[0].locals.size(), 3u);
  EXPECT_EQ(module.functions[0].locals[1].count, 0u);
  EXPECT_EQ(module.functions[0].body.bytes.size(), 1u);
}

TEST(CodeSection, LimitsTheSumOfLocals) {
  EXPECT_EQ(malformed(with_locals({{limits::locals, ValueType::i32}})), "accepted");
  EXPECT_TRUE(malformed(with_locals({{limits::locals, ValueType::i32}, {1, ValueType::i64}}))
                  .ends_with("too many locals: 50001, the limit is 50000"));
  // More than 32 bits hold.
  EXPECT_TRUE(malformed(with_locals({{1, ValueType::i32}, {0xFFFFFFFF, ValueType::i32}}))
                  .ends_with("too many locals: 4294967296, the limit is 50000"));
}

TEST(CodeSection, LimitsTheSizeOfABody) {
  Body body;
  for (uint32_t i = 0; i < limits::function_body_size_bytes; ++i) body.op(Opcode::nop);
  ModuleBuilder module;
  module.function(module.type({}), body);
  EXPECT_TRUE(malformed(module).ends_with("function body of 7654323 bytes is too large, the limit is 7654321"));
}

TEST(CodeSection, BodiesStayWithinTheirSize) {
  EXPECT_EQ(malformed({1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 4, 1, 5, 0, 0x0B}),
            "21: length out of bounds: 5 bytes are announced, 2 are left");
  EXPECT_EQ(malformed({1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 2, 1, 0}),
            "22: unexpected end of section or function, inside an integer");
}

}  // namespace
}  // namespace shallop
