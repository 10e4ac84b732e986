// SPDX-License-Identifier: Apache-2.0
#include "embedder/value_text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace shallop {
namespace {

using Type = ValueType;

TEST(ValueText, IntegersMayBeSignedUnsignedOrHexadecimal) {
  EXPECT_EQ(parse_value("0", Type::i32), Value::i32(0));
  EXPECT_EQ(parse_value("-1", Type::i32), Value::i32(0xFFFFFFFF));
  EXPECT_EQ(parse_value("4294967295", Type::i32), Value::i32(0xFFFFFFFF));
  EXPECT_EQ(parse_value("-2147483648", Type::i32), Value::i32(0x80000000));
  EXPECT_EQ(parse_value("+7", Type::i32), Value::i32(7));
  EXPECT_EQ(parse_value("0xff", Type::i32), Value::i32(255));
  EXPECT_EQ(parse_value("-0x10", Type::i32), Value::i32(0xFFFFFFF0));
  EXPECT_EQ(parse_value("18446744073709551615", Type::i64), Value::i64(~uint64_t{0}));
  EXPECT_EQ(parse_value("-9223372036854775808", Type::i64), Value::i64(uint64_t{1} << 63));
}

TEST(ValueText, IntegersBeyondTheirTypeAreRefused) {
  EXPECT_EQ(parse_value("4294967296", Type::i32), std::nullopt);
  EXPECT_EQ(parse_value("-2147483649", Type::i32), std::nullopt);
  EXPECT_EQ(parse_value("18446744073709551616", Type::i64), std::nullopt);
  EXPECT_EQ(parse_value("-9223372036854775809", Type::i64), std::nullopt);
}

TEST(ValueText, WhatIsNoIntegerIsRefused) {
  for (const char* text : {"", "-", "+", "0x", "x7", "7x", "1.5", " 1", "1 ", "--1", "+-1", "0x-1", "-+1", "null"}) {
    EXPECT_EQ(parse_value(text, Type::i32), std::nullopt) << text;
    EXPECT_EQ(parse_value(text, Type::i64), std::nullopt) << text;
  }
}

TEST(ValueText, FloatsInTheUsualNotations) {
  EXPECT_EQ(parse_value("1.5", Type::f32), Value::f32(1.5F));
  EXPECT_EQ(parse_value("-2", Type::f64), Value::f64(-2));
  EXPECT_EQ(parse_value("1e300", Type::f64), Value::f64(1e300));
  EXPECT_EQ(parse_value("0x1.8p1", Type::f64), Value::f64(3));
  EXPECT_EQ(parse_value("-0", Type::f64), Value::f64(-0.0));
  EXPECT_EQ(parse_value("-inf", Type::f32), Value::f32(-std::numeric_limits<float>::infinity()));
  const auto nan = parse_value("nan", Type::f64);
  ASSERT_TRUE(nan);
  EXPECT_TRUE(std::isnan(std::bit_cast<double>(nan->bits[0])));
}

TEST(ValueText, WhatIsNoFloatIsRefused) {
  for (const char* text : {"", "-", ".", "1.5x", "1e400", "0x", "--1", "one"}) {
    EXPECT_EQ(parse_value(text, Type::f64), std::nullopt) << text;
  }
}

TEST(ValueText, OfReferencesOnlyNullCanBeGiven) {
  EXPECT_EQ(parse_value("null", Type::externref), (Value{Type::externref, {}}));
  EXPECT_EQ(parse_value("null", Type::funcref), (Value{Type::funcref, {}}));
  EXPECT_EQ(parse_value("1", Type::externref), std::nullopt);
}

TEST(ValueText, VectorsAreOneHexadecimalNumber) {
  const Value vector{Type::v128, {0x0123'4567'89AB'CDEF, 0xFEDC'BA98'7654'3210}};
  EXPECT_EQ(parse_value("0xfedcba98765432100123456789abcdef", Type::v128), vector);
  EXPECT_EQ(to_text(vector), "0xfedcba98765432100123456789abcdef");
  for (const char* text : {"", "1", "0x", "0xfedcba98765432100123456789abcde", "0xfedcba98765432100123456789abcdef0",
                           "fedcba98765432100123456789abcdef00", "0xfedcba987654321-0123456789abcdef",
                           "0xfedcba98765432100123456789abcdeg"}) {
    EXPECT_EQ(parse_value(text, Type::v128), std::nullopt) << text;
  }
}

TEST(ValueText, ResultsAreShownAsSignedAndExact) {
  EXPECT_EQ(to_text(Value::i32(0xFFFFFFFF)), "-1");
  EXPECT_EQ(to_text(Value::i64(uint64_t{1} << 63)), "-9223372036854775808");
  EXPECT_EQ(to_text(Value::f32(0.1F)), "0.1");
  EXPECT_EQ(to_text(Value::f64(0.1 + 0.2)), "0.30000000000000004");
  EXPECT_EQ(to_text(Value::f64(-0.0)), "-0");
  EXPECT_EQ(to_text(Value{Type::funcref, {}}), "null");
  EXPECT_EQ(to_text(Value{Type::externref, {1, 0}}), "externref");
  EXPECT_EQ(to_text(Value{Type::v128, {0x1, 0xAB}}), "0x00000000000000ab0000000000000001");
}

// The upper half of an i32's slot is undefined.
TEST(ValueText, OnlyTheLowBitsOfNarrowValuesCount) {
  EXPECT_EQ(to_text(Value{Type::i32, {0xDEADBEEF'00000005, 0}}), "5");
}

}  // namespace
}  // namespace shallop
