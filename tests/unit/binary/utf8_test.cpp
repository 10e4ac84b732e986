// SPDX-License-Identifier: Apache-2.0
#include "binary/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace shallop {
namespace {

std::string encoded(uint32_t scalar) {
  const auto byte = [](uint32_t bits) { return static_cast<char>(bits); };
  const auto tail = [](uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (scalar < 0x80) return {byte(scalar)};
  if (scalar < 0x800) return {byte(0xC0 | scalar >> 6), tail(scalar)};
  if (scalar < 0x10000) return {byte(0xE0 | scalar >> 12), tail(scalar >> 6), tail(scalar)};
  return {byte(0xF0 | scalar >> 18), tail(scalar >> 12), tail(scalar >> 6), tail(scalar)};
}

// All of Unicode and what lies behind it: the surrogates and the numbers above U+10FFFF have no encoding.
TEST(Utf8, EveryScalarValue) {
  for (uint32_t scalar = 0; scalar < 0x12'0000; ++scalar) {
    const bool is_scalar_value = scalar < 0xD800 || (scalar > 0xDFFF && scalar <= 0x10'FFFF);
    ASSERT_EQ(find_malformed_utf8(encoded(scalar)).has_value(), !is_scalar_value) << scalar;
  }
}

TEST(Utf8, OverlongForms) {
  EXPECT_EQ(find_malformed_utf8("\xC0\x80"), 0u);
  EXPECT_EQ(find_malformed_utf8("\xC1\xBF"), 0u);
  EXPECT_EQ(find_malformed_utf8("\xE0\x9F\xBF"), 0u);
  EXPECT_EQ(find_malformed_utf8("\xF0\x8F\xBF\xBF"), 0u);
}

TEST(Utf8, TruncatedAndStrayBytes) {
  EXPECT_EQ(find_malformed_utf8("ab\xE2\x82"), 2u);
  EXPECT_EQ(find_malformed_utf8("ab\xE2\x82"
                                "c"),
            2u);
  EXPECT_EQ(find_malformed_utf8("a\x80"), 1u);
  EXPECT_EQ(find_malformed_utf8("\xFF"), 0u);
  EXPECT_EQ(find_malformed_utf8(""), std::nullopt);
  EXPECT_EQ(find_malformed_utf8("\xE2\x82\xAC\xF0\x9F\x98\x80"), std::nullopt);
}

}  // namespace
}  // namespace shallop
