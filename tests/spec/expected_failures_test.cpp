// SPDX-License-Identifier: Apache-2.0
#include "spec/expected_failures.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace shallop::spec {
namespace {

TEST(ExpectedFailures, AreReadByScriptAndLine) {
  std::istringstream text("# a comment\n\nwasm2/core/linking:387  the reason\nwasm2/core/linking:12 another one\n");
  const auto failures = parse_expected_failures(text);
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures.at("wasm2/core/linking"), (ExpectedFailures{{12, "another one"}, {387, "the reason"}}));
}

TEST(ExpectedFailures, NeedAReason) {
  std::istringstream text("wasm2/core/linking:387\n");
  EXPECT_THROW(parse_expected_failures(text), std::runtime_error);
}

TEST(ExpectedFailures, AreOfScriptsThatExist) {
  std::istringstream text("wasm2/core/linking:387  the reason\nwasm2/core/linkin:12  another\n");
  const auto failures = parse_expected_failures(text);
  EXPECT_EQ(unknown_scripts(failures, {"wasm2/core/linking", "wasm2/core/load"}),
            std::vector<std::string>{"wasm2/core/linkin"});
}

}  // namespace
}  // namespace shallop::spec
