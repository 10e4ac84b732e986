// SPDX-License-Identifier: Apache-2.0
// Help texts fit a terminal and can be piped.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "cli/workshop.hpp"

namespace shallop::cli {
namespace {

class HelpTest : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(HelpTest, GoesToStandardOutputInLinesOfATerminal) {
  const auto [out, err, status] = Workshop().start(GetParam())->wait();
  EXPECT_EQ(status, 0);
  EXPECT_EQ(err, "");
  EXPECT_NE(out.find("Usage: shallop"), std::string::npos) << out;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 96U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << "white space at the end of: " << line;
  }
}

INSTANTIATE_TEST_SUITE_P(
    EachCommand, HelpTest,
    testing::Values(std::vector<std::string>{"--help"}, std::vector<std::string>{"run", "--help"},
                    std::vector<std::string>{"inspect", "-h"}, std::vector<std::string>{"pack", "--help"},
                    std::vector<std::string>{"health", "--help"}, std::vector<std::string>{"precompile", "--help"},
                    std::vector<std::string>{"bench", "--help"}, std::vector<std::string>{"compare", "--help"},
                    std::vector<std::string>{"version", "--help"}));

}  // namespace
}  // namespace shallop::cli
