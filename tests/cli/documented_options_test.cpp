// SPDX-License-Identifier: Apache-2.0
// The options that `shallop COMMAND --help` shows are those that docs/ tells of.
#include <gtest/gtest.h>

#include <fstream>
#include <ostream>
#include <regex>
#include <set>
#include <sstream>

#include "cli/workshop.hpp"

namespace shallop::cli {
namespace {

using Options = std::set<std::string>;

// A command, and where docs/ has its options: from the line that begins so to the next heading of that level, or that
// line alone where it is the row of a table.
struct Documented {
  std::string command;
  std::string file;
  std::string place;

  friend std::ostream& operator<<(std::ostream& out, const Documented& it) { return out << it.command; }
};

Options long_options(const std::string& text) {
  static const std::regex option("(^|[^-\\w])(--[a-z][-a-z0-9]*)");
  Options found;
  for (std::sregex_iterator each(text.begin(), text.end(), option), end; each != end; ++each) found.insert((*each)[2]);
  return found;
}

// Of the lines in which an option is explained: "  -o,--output FILE    ...".
Options options_of_help(const std::string& help) {
  static const std::regex names("^  (?:-\\w,)?(--[-a-z0-9]+)");
  Options found;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    if (std::smatch match; std::regex_search(line, match, names)) found.insert(match[1]);
  }
  found.erase("--help");
  return found;
}

std::string section(const Documented& where) {
  std::ifstream document("docs/" + where.file);
  std::string text;
  for (std::string line; std::getline(document, line);) {
    if (text.empty() ? !line.starts_with(where.place) : line.starts_with("## ")) {
      if (!text.empty()) break;
      continue;
    }
    text += line + '\n';
    if (where.place.starts_with('|')) break;
  }
  return text;
}

// Of a section's table of options: the first column of "| `--dir DIR` | ... |".
Options options_of_tables(const std::string& text) {
  Options found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| `-")) found.merge(long_options(line.substr(0, line.find(" | "))));
  }
  return found;
}

class DocumentedOptionsTest : public testing::TestWithParam<Documented> {};

TEST_P(DocumentedOptionsTest, AreThoseOfTheHelp) {
#ifndef CLI_TEST_HAS_COMPILER
  if (GetParam().command == "compile") GTEST_SKIP() << "this build has no compiler";
#endif
  const auto [help, err, status] = Workshop().start({GetParam().command, "--help"})->wait();
  ASSERT_EQ(status, 0) << err;
  const Options shown = options_of_help(help);
  ASSERT_FALSE(shown.empty()) << help;
  const std::string text = section(GetParam());
  ASSERT_NE(text, "") << "docs/" << GetParam().file << " has no line that begins with " << GetParam().place;
  const Options told = long_options(text);
  for (const std::string& each : shown) {
    EXPECT_TRUE(told.contains(each)) << "docs/" << GetParam().file << " does not tell of " << each;
  }
  for (const std::string& each : options_of_tables(text)) {
    EXPECT_TRUE(shown.contains(each)) << "docs/" << GetParam().file << " tells of " << each << ", which --help lacks";
  }
}

INSTANTIATE_TEST_SUITE_P(EachCommand, DocumentedOptionsTest,
                         testing::Values(Documented{"run", "cli.md", "## `shallop run`"},
                                         Documented{"compile", "cli.md", "| `compile "},
                                         Documented{"pack", "cli.md", "## `shallop pack`"},
                                         Documented{"precompile", "cli.md", "| `precompile "},
                                         Documented{"inspect", "cli.md", "| `inspect "},
                                         Documented{"health", "cli.md", "## `shallop health`"},
                                         Documented{"bench", "bench.md", "## Options"},
                                         Documented{"compare", "compare.md", "## Options"}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace shallop::cli
