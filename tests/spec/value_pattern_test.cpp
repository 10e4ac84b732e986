// SPDX-License-Identifier: Apache-2.0
// A matcher that lets everything pass would make the whole suite green.
#include "spec/value_pattern.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace shallop::spec {
namespace {

using nlohmann::json;

json pattern(const char* type, const char* value) { return {{"type", type}, {"value", value}}; }
Value f32_bits(uint32_t bits) { return {ValueType::f32, {bits, 0}}; }
Value f64_bits(uint64_t bits) { return {ValueType::f64, {bits, 0}}; }

TEST(ValuePattern, NumbersMatchByTypeAndBits) {
  EXPECT_TRUE(matches(pattern("i32", "4294967295"), Value::i32(0xFFFF'FFFF)));
  EXPECT_FALSE(matches(pattern("i32", "1"), Value::i32(2)));
  EXPECT_FALSE(matches(pattern("i32", "1"), Value::i64(1)));
  EXPECT_TRUE(matches(pattern("f32", "2147483648"), Value::f32(-0.0f)));
  EXPECT_FALSE(matches(pattern("f32", "0"), Value::f32(-0.0f)));
}

TEST(ValuePattern, NaNsMatchByTheirKind) {
  EXPECT_TRUE(matches(pattern("f32", "nan:canonical"), f32_bits(0xFFC0'0000)));
  EXPECT_FALSE(matches(pattern("f32", "nan:canonical"), f32_bits(0x7FC0'0001)));
  EXPECT_TRUE(matches(pattern("f32", "nan:arithmetic"), f32_bits(0x7FC0'0001)));
  EXPECT_FALSE(matches(pattern("f32", "nan:arithmetic"), f32_bits(0x7FA0'0000)));
  EXPECT_FALSE(matches(pattern("f32", "nan:arithmetic"), Value::f32(1)));
  EXPECT_TRUE(matches(pattern("f64", "nan:canonical"), f64_bits(0x7FF8'0000'0000'0000)));
  EXPECT_FALSE(matches(pattern("f64", "nan:canonical"), f64_bits(0x7FF8'0000'0000'0001)));
  EXPECT_TRUE(matches(pattern("f64", "nan:arithmetic"), f64_bits(0xFFF8'0000'0000'0001)));
  EXPECT_FALSE(matches(pattern("f64", "nan:arithmetic"), f64_bits(0x7FF0'0000'0000'0000)));
}

TEST(ValuePattern, ReferencesMatchByNumberOrAsAnyNonNull) {
  const Value three = parse_value(pattern("externref", "3"));
  EXPECT_EQ(three.bits[0], 4u);
  EXPECT_TRUE(matches(pattern("externref", "3"), three));
  EXPECT_FALSE(matches(pattern("externref", "null"), three));
  EXPECT_TRUE(matches(pattern("externref", "null"), Value{.type = ValueType::externref}));
  EXPECT_TRUE(matches({{"type", "refnull"}}, Value{.type = ValueType::funcref}));
  EXPECT_FALSE(matches({{"type", "refnull"}}, Value{ValueType::funcref, {1, 0}}));
  EXPECT_FALSE(matches({{"type", "refnull"}}, Value::i32(0)));
  EXPECT_TRUE(matches({{"type", "funcref"}}, Value{ValueType::funcref, {1, 0}}));
  EXPECT_FALSE(matches({{"type", "funcref"}}, Value{.type = ValueType::funcref}));
}

TEST(ValuePattern, VectorsMatchLaneByLane) {
  const json lanes = {{"type", "v128"}, {"lane_type", "i16"}, {"value", {"1", "2", "3", "4", "5", "6", "7", "65535"}}};
  const Value vector = parse_value(lanes);
  EXPECT_EQ(vector.bits[0], 0x0004'0003'0002'0001u);
  EXPECT_EQ(vector.bits[1], 0xFFFF'0007'0006'0005u);
  EXPECT_TRUE(matches(lanes, vector));
  EXPECT_FALSE(matches(lanes, {ValueType::v128, {vector.bits[0], vector.bits[1] ^ (uint64_t{1} << 63)}}));
  const json nans = {{"type", "v128"}, {"lane_type", "f32"}, {"value", {"0", "nan:canonical", "0", "nan:arithmetic"}}};
  EXPECT_TRUE(matches(nans, {ValueType::v128, {0x7FC0'0000'0000'0000, 0x7FC0'0001'0000'0000}}));
  EXPECT_FALSE(matches(nans, {ValueType::v128, {0x7FC0'0001'0000'0000, 0x7FC0'0001'0000'0000}}));
}

TEST(ValuePattern, EitherMatchesOneOfSeveral) {
  const json either = {{"type", "either"}, {"values", {pattern("i32", "1"), pattern("i32", "3")}}};
  EXPECT_TRUE(matches(either, Value::i32(3)));
  EXPECT_FALSE(matches(either, Value::i32(2)));
}

}  // namespace
}  // namespace shallop::spec
