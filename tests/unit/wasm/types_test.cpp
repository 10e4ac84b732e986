// SPDX-License-Identifier: Apache-2.0
#include "wasm/types.hpp"

#include <gtest/gtest.h>

#include "wasm/module.hpp"
#include "wasm/trap.hpp"
#include "wasm/value.hpp"

namespace shallop {
namespace {

TEST(Types, FunctionTypesReadAsInTheSpecification) {
  EXPECT_EQ(text(FuncType{}), "() -> ()");
  EXPECT_EQ(text(FuncType{{ValueType::i32, ValueType::i64}, {ValueType::f32}}), "(i32, i64) -> (f32)");
  EXPECT_EQ(text(FuncType{{ValueType::externref}, {ValueType::funcref, ValueType::f64}}),
            "(externref) -> (funcref, f64)");
}

TEST(Types, AnUnknownTypeHasATextToo) { EXPECT_EQ(text(ValueType{0x01}), "unknown type"); }

TEST(Types, ImportKindFollowsItsDescription) {
  Import import;
  import.description = TypeIndex{3};
  EXPECT_EQ(import.kind(), ExternKind::function);
  import.description = TableType{};
  EXPECT_EQ(import.kind(), ExternKind::table);
  import.description = MemoryType{};
  EXPECT_EQ(import.kind(), ExternKind::memory);
  import.description = GlobalType{};
  EXPECT_EQ(import.kind(), ExternKind::global);
  EXPECT_EQ(text(ExternKind::global), "global");
}

// The specification's suite compares these texts.
TEST(Traps, TextsAreTheSuites) {
  EXPECT_EQ(text(TrapCode::integer_divide_by_zero), "integer divide by zero");
  EXPECT_EQ(text(TrapCode::out_of_bounds_memory_access), "out of bounds memory access");
  EXPECT_EQ(text(TrapCode::call_stack_exhausted), "call stack exhausted");
}

TEST(Values, KeepTheBitsOfNaN) {
  EXPECT_EQ(Value::f32(std::bit_cast<float>(0x7FA00001u)).bits[0], 0x7FA00001u);
  EXPECT_EQ(Value::f64(std::bit_cast<double>(0xFFF4000000000001u)).bits[0], 0xFFF4000000000001u);
}

}  // namespace
}  // namespace shallop
