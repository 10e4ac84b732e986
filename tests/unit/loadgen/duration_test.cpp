// SPDX-License-Identifier: Apache-2.0
#include "loadgen/duration.hpp"

#include <gtest/gtest.h>

namespace shallop::loadgen {
namespace {

TEST(Duration, ReadsWhatRewrkReads) {
  EXPECT_EQ(parse_duration("15s"), 15'000'000'000);
  EXPECT_EQ(parse_duration("1m30s"), 90'000'000'000);
  EXPECT_EQ(parse_duration("1h 2s"), 3'602'000'000'000);
  EXPECT_EQ(parse_duration("1d"), 86'400'000'000'000);
}

TEST(Duration, ReadsWhatRewrkMisreads) {
  EXPECT_EQ(parse_duration("500ms"), 500'000'000);
  EXPECT_EQ(parse_duration("1.5s"), 1'500'000'000);
  EXPECT_EQ(parse_duration("15"), 15'000'000'000);
  EXPECT_EQ(parse_duration("250us"), 250'000);
}

TEST(Duration, RefusesLeftovers) {
  for (const char* text :
       {"", " ", "abc", "s", "15x", "15s!", "-5s", "1s2", "1..5s", "5 5", "nan", "inf", "400d", "1e3s"}) {
    const auto duration = parse_duration(text);
    ASSERT_FALSE(duration.has_value()) << text;
    EXPECT_NE(duration.error().find(std::string("'") + text + "'"), std::string::npos) << duration.error();
  }
}

TEST(Duration, IsSpelledOutWithoutItsZeroParts) {
  EXPECT_EQ(spell_out_duration(15'000'000'000), "15 second(s)");
  EXPECT_EQ(spell_out_duration(5'400'000'000'000), "1 hour(s), 30 minute(s)");
  EXPECT_EQ(spell_out_duration(90'061'500'000'000),
            "1 day(s), 1 hour(s), 1 minute(s), 1 second(s), 500 millisecond(s)");
  EXPECT_EQ(spell_out_duration(0), "0 second(s)");
}

}  // namespace
}  // namespace shallop::loadgen
