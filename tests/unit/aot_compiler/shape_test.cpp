// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler/shape.hpp"

#include <gtest/gtest.h>

namespace shallop::aot {
namespace {

TEST(Shape, IsTheFirstHalfOfAnInstructionsName) {
  EXPECT_EQ(shape_of("i32.add"), (Shape{.lanes = 1, .lane_bits = 32, .is_float = false}));
  EXPECT_EQ(shape_of("f64.nearest"), (Shape{.lanes = 1, .lane_bits = 64, .is_float = true}));
  EXPECT_EQ(shape_of("i16x8.add_sat_s"), (Shape{.lanes = 8, .lane_bits = 16, .is_float = false}));
  EXPECT_EQ(shape_of("f32x4.pmin"), (Shape{.lanes = 4, .lane_bits = 32, .is_float = true}));
  EXPECT_EQ(shape_of("v128.not"), (Shape{.lanes = 2, .lane_bits = 64, .is_float = false}));
  EXPECT_EQ(operation_of("i16x8.add_sat_s"), "add_sat_s");
}

TEST(Shape, OfAConversionsOperandIsInTheOperationsName) {
  EXPECT_EQ(operand_shape_of("extend_low_i8x16_s"), (Shape{.lanes = 16, .lane_bits = 8, .is_float = false}));
  EXPECT_EQ(operand_shape_of("trunc_sat_f64x2_u_zero"), (Shape{.lanes = 2, .lane_bits = 64, .is_float = true}));
  EXPECT_EQ(operand_shape_of("dot_i16x8_s"), (Shape{.lanes = 8, .lane_bits = 16, .is_float = false}));
  EXPECT_FALSE(operand_shape_of("add").is_vector());
}

}  // namespace
}  // namespace shallop::aot
