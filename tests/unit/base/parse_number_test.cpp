// SPDX-License-Identifier: Apache-2.0
#include "base/parse_number.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace shallop {
namespace {

TEST(ParseNumber, ReadsWhatTheTypeHolds) {
  EXPECT_EQ(parse_number<uint16_t>("0"), 0);
  EXPECT_EQ(parse_number<uint16_t>("65535"), 65'535);
  EXPECT_EQ(parse_number<uint16_t>("65536"), std::nullopt);
  EXPECT_EQ(parse_number<uint16_t>("0080"), 80);
  EXPECT_EQ(parse_number<int64_t>("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(parse_number<uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_number<uint64_t>("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_number<double>("-2.5e3"), -2'500);
}

TEST(ParseNumber, WantsTheWholeText) {
  for (const std::string_view text : {"", " 1", "1 ", "1x", "x1", "+1", "1.0", "0x10", "--1", "-"}) {
    EXPECT_EQ(parse_number<int>(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_number<unsigned>("-1"), std::nullopt);
  EXPECT_EQ(parse_number<unsigned>(std::string_view("1234").substr(1, 2)), 23U) << "and no more than that";
  EXPECT_EQ(parse_number<unsigned>(std::string_view()), std::nullopt);
}

TEST(ParseNumber, KeepsToBothEndsOfARange) {
  EXPECT_EQ(parse_number<unsigned>("0", 1, 1'024), std::nullopt);
  EXPECT_EQ(parse_number<unsigned>("1", 1, 1'024), 1U);
  EXPECT_EQ(parse_number<unsigned>("1024", 1, 1'024), 1'024U);
  EXPECT_EQ(parse_number<unsigned>("1025", 1, 1'024), std::nullopt);
  EXPECT_EQ(parse_number<double>("0.0009", 0.001, 1), std::nullopt);
}

TEST(ParseNumber, IsFiniteAndANumber) {
  for (const std::string_view text : {"nan", "inf", "-inf", "1e400"}) {
    EXPECT_EQ(parse_number<double>(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace shallop
