// SPDX-License-Identifier: Apache-2.0
#include "cli/option_values.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "embedder/diagnostics.hpp"

namespace shallop::cli {
namespace {

TEST(Size, TakesBytesAndUnits) {
  EXPECT_EQ(parse_size("--x", "0"), 0U);
  EXPECT_EQ(parse_size("--x", "65536"), 65'536U);
  EXPECT_EQ(parse_size("--x", "100B"), 100U);
  EXPECT_EQ(parse_size("--x", "64KiB"), 65'536U);
  EXPECT_EQ(parse_size("--x", "64K"), 65'536U);
  EXPECT_EQ(parse_size("--x", "3MiB"), uint64_t{3} << 20);
  EXPECT_EQ(parse_size("--x", "3M"), uint64_t{3} << 20);
  EXPECT_EQ(parse_size("--x", "4GiB"), uint64_t{4} << 30);
  EXPECT_EQ(parse_size("--x", "17179869183G"), uint64_t{17'179'869'183} << 30);
}

TEST(Size, RefusesWhatIsNone) {
  for (const char* text :
       {"", "x", "-1", "1.5GiB", "64kb", "64 KiB", "KiB", "1TiB", "18446744073709551616", "17179869184G", "0x10"}) {
    EXPECT_THROW(parse_size("--x", text), UsageError) << text;
  }
}

TEST(Duration, TakesUnitsAndFractions) {
  using namespace std::chrono_literals;
  EXPECT_EQ(parse_duration("--x", "500ms"), 500ms);
  EXPECT_EQ(parse_duration("--x", "2s"), 2s);
  EXPECT_EQ(parse_duration("--x", "2"), 2s);
  EXPECT_EQ(parse_duration("--x", "0.25"), 250ms);
  EXPECT_EQ(parse_duration("--x", "1.5m"), 90s);
  EXPECT_EQ(parse_duration("--x", "1h"), 1h);
  EXPECT_EQ(parse_duration("--x", "0.001ms"), 1us);
}

TEST(Duration, RefusesWhatIsNone) {
  for (const char* text :
       {"", "0", "0s", "-1", "s", "1 s", "1S", "1d", "1e3", "inf", "nan", "0x1", "9999999999", "1s1"}) {
    EXPECT_THROW(parse_duration("--x", text), UsageError) << text;
  }
}

TEST(Directory, HasOneToThreeParts) {
  const wasi::Preopen one = parse_preopen("/srv");
  EXPECT_EQ(one.host_path, "/srv");
  EXPECT_EQ(one.guest_path, "/srv");
  EXPECT_FALSE(one.read_only);

  const wasi::Preopen two = parse_preopen("data:/var/lib");
  EXPECT_EQ(two.host_path, "data");
  EXPECT_EQ(two.guest_path, "/var/lib");
  EXPECT_FALSE(two.read_only);

  const wasi::Preopen three = parse_preopen("data:/:ro");
  EXPECT_EQ(three.guest_path, "/");
  EXPECT_TRUE(three.read_only);

  const wasi::Preopen same_name = parse_preopen("data::ro");
  EXPECT_EQ(same_name.guest_path, "data");
  EXPECT_TRUE(same_name.read_only);
}

TEST(Directory, RefusesOtherForms) {
  for (const char* text : {"", ":", ":/guest", "a:b:rw", "a:b:", "a:b:ro:c", "a:b:c:ro"}) {
    EXPECT_THROW(parse_preopen(text), UsageError) << text;
  }
}

TEST(Environment, TheLastOfANameCounts) {
  EXPECT_EQ(parse_environment({"A=1", "B=2", "A=3=4", "C="}), (std::vector<std::string>{"B=2", "A=3=4", "C="}));
}

TEST(Environment, ANameAloneIsTakenOver) {
  ::setenv("SHALLOP_TEST_VARIABLE", "here", 1);
  ::unsetenv("SHALLOP_TEST_ABSENT");
  EXPECT_EQ(parse_environment({"SHALLOP_TEST_VARIABLE", "SHALLOP_TEST_ABSENT"}),
            (std::vector<std::string>{"SHALLOP_TEST_VARIABLE=here"}));
}

TEST(Environment, IsTakenOverAsAWhole) {
  ::setenv("SHALLOP_TEST_VARIABLE", "here", 1);
  ::setenv("TEST_VARIABLE", "here", 1);
  ::unsetenv("TEST_ABSENT");
  const std::vector<std::string> variables = parse_environment({"TEST_ABSENT=1", "*", "TEST_VARIABLE=there"});
  EXPECT_EQ(std::ranges::count(variables, "TEST_ABSENT=1"), 1);
  EXPECT_EQ(std::ranges::count(variables, "TEST_VARIABLE=there"), 1);
  EXPECT_EQ(std::ranges::count(variables, "TEST_VARIABLE=here"), 0);
  EXPECT_EQ(std::ranges::count(variables, "SHALLOP_TEST_VARIABLE=here"), 0);
}

TEST(Environment, RefusesAnEmptyName) {
  EXPECT_THROW(parse_environment({"=1"}), UsageError);
  EXPECT_THROW(parse_environment({""}), UsageError);
}

TEST(Network, IsClosedUnlessItWasAskedFor) {
  EXPECT_TRUE(parse_network({}).closed());
  EXPECT_FALSE(parse_network({"*"}).closed());
  const auto address = parse_address("--stats", "127.0.0.1:8080");
  EXPECT_TRUE(parse_network({"connect:10.0.0.0/8:*", "listen:*:8080"}).may_listen(address));
  EXPECT_FALSE(parse_network({"connect:*:*"}).may_listen(address));
  EXPECT_THROW(parse_network({"everything"}), UsageError);
}

TEST(Listener, HasAnAddressOrIsInherited) {
  EXPECT_EQ(parse_listener("--listen", "127.0.0.1:8080").address.port(), 8080);
  EXPECT_EQ(parse_listener("--listen", "127.0.0.1:8080").inherited, -1);
  EXPECT_EQ(parse_listener("--listen", "fd:3").inherited, 3);
  for (const char* text : {"fd:", "fd:2", "fd:-1", "fd:3x", "fd:99999999999"}) {
    EXPECT_THROW(parse_listener("--listen", text), UsageError) << text;
  }
}

}  // namespace
}  // namespace shallop::cli
