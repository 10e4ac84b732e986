// SPDX-License-Identifier: Apache-2.0
// The rules of atomic memory instructions: types by row, and an alignment that is the access's size exactly.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <span>

#include "invalid.hpp"

namespace shallop {
namespace {

using enum ValueType;
using enum Opcode;

Body values(std::span<const ValueType> types) {
  Body body;
  for (const ValueType each : types) {
    if (each == i64)
      body.i64(0);
    else if (each == f32)
      body.f32(0);
    else
      body.i32(0);
  }
  return body;
}

// `opcode` with natural alignment takes `operands` and leaves `results`; each operand's type counts.
void expect_rule(Opcode opcode, uint32_t size_bytes, std::vector<ValueType> operands, std::vector<ValueType> results) {
  const uint32_t natural = static_cast<uint32_t>(std::countr_zero(size_bytes));
  const std::string_view name = text(opcode);
  EXPECT_EQ(invalid({.results = results}, values(operands).op(opcode, natural, 0)), "accepted") << name;
  for (uint32_t align = 0; align < 5; ++align) {
    if (align == natural) continue;
    EXPECT_TRUE(invalid({.results = results}, values(operands).op(opcode, align, 0))
                    .ends_with(fmt::format("atomic alignment must be natural: expected {} bytes, found 2^{}",
                                           size_bytes, align)))
        << name;
  }
  EXPECT_TRUE(invalid({.results = results}, values(std::span(operands).subspan(1)).op(opcode, natural, 0))
                  .contains("type mismatch"))
      << name;
  for (ValueType& each : operands) {
    const ValueType wanted = std::exchange(each, f32);
    EXPECT_TRUE(invalid({.results = results}, values(operands).op(opcode, natural, 0))
                    .contains(fmt::format("type mismatch in {}: expected {}, found f32", name, text(wanted))))
        << name;
    each = wanted;
  }

  ModuleBuilder no_memory;
  no_memory.function(no_memory.type({}, results), values(operands).op(opcode, natural, 0));
  EXPECT_EQ(invalid(no_memory), "unknown memory 0: there is none") << name;
}

TEST(AtomicInstructions, TakeAndLeaveTheTypesOfTheirRow) {
#define SHALLOP_ATOMIC_LOAD(code, id, text, result, size_bytes) \
  expect_rule(Opcode::id, size_bytes, {i32}, {ValueType::result});
#define SHALLOP_ATOMIC_STORE(code, id, text, operand, size_bytes) \
  expect_rule(Opcode::id, size_bytes, {i32, ValueType::operand}, {});
#define SHALLOP_ATOMIC_RMW(code, id, text, operand, size_bytes, operation) \
  expect_rule(Opcode::id, size_bytes, {i32, ValueType::operand}, {ValueType::operand});
#define SHALLOP_ATOMIC_CMPXCHG(code, id, text, operand, size_bytes) \
  expect_rule(Opcode::id, size_bytes, {i32, ValueType::operand, ValueType::operand}, {ValueType::operand});
#include "wasm/opcodes.def"
  expect_rule(memory_atomic_notify, 4, {i32, i32}, {i32});
  expect_rule(memory_atomic_wait32, 4, {i32, i32, i64}, {i32});
  expect_rule(memory_atomic_wait64, 8, {i32, i64, i64}, {i32});
}

TEST(AtomicInstructions, AFenceNeedsNoMemory) {
  ModuleBuilder module;
  module.function(module.type({}), Body().op(atomic_fence, 0));
  EXPECT_EQ(invalid(module), "accepted");
}

}  // namespace
}  // namespace shallop
