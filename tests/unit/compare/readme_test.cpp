// SPDX-License-Identifier: Apache-2.0
// The tables in README.md are those of the report that is kept in docs/measured.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "compare/reports.hpp"
#include "unit/compare/sample_results.hpp"

namespace shallop::compare {
namespace {

std::string content_of(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Readme, HasTheTablesOfTheKeptReport) {
  const auto results = read_results("docs/measured/report.json");
  ASSERT_TRUE(results) << results.error();
  const std::string readme = content_of("README.md");
  const auto wanted = with_table(readme, readme_table(summarise(*results)));
  ASSERT_TRUE(wanted) << wanted.error();
  EXPECT_EQ(readme, *wanted) << "make it again: shallop compare --report -o docs/measured --readme README.md";
}

TEST(Readme, TablesStandBetweenTheMarks) {
  const std::string document = "a\n<!-- shallop compare: begin -->\nold\n<!-- shallop compare: end -->\nb\n";
  const std::string wanted = "a\n<!-- shallop compare: begin -->\n\n|new|\n\n<!-- shallop compare: end -->\nb\n";
  EXPECT_EQ(with_table(document, "|new|\n").value(), wanted);
  EXPECT_EQ(with_table(wanted, "|new|\n").value(), wanted);
  EXPECT_FALSE(with_table("<!-- shallop compare: end -->\n<!-- shallop compare: begin -->\n", ""));
  EXPECT_FALSE(with_table("", ""));
}

TEST(Readme, TablesAreOfEachPlace) {
  Results results = sample_results({0.8, 0.8, 0.8});
  add_container(results, 0.9);
  const std::string text = readme_table(summarise(results));
  EXPECT_NE(text.find("The service on the machine itself:"), std::string::npos) << text;
  EXPECT_NE(text.find("| /, 8 connections | shallop-native | 800 | 80.0 % (80.0-80.0) | 1.25 |"), std::string::npos)
      << text;
  EXPECT_NE(text.find("The service in docker, host network:"), std::string::npos) << text;
  EXPECT_NE(text.find("| /, 8 connections | native | 900 | 100 % | 90.0 % (90.0-90.0) |"), std::string::npos) << text;
}

}  // namespace
}  // namespace shallop::compare
