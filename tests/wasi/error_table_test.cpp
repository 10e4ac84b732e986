// SPDX-License-Identifier: Apache-2.0
// docs/wasi-errors.md says which answers of preview1's functions are reached by which program, and why others are not.
// This holds it against what the programs say when they run. SHALLOP_BLESS=1 writes the table; the reasons are written
// by hand.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "wasi/preview1_runs.hpp"

namespace shallop::preview1 {
namespace {

constexpr const char* document_path = "docs/wasi-errors.md";
constexpr const char* named_path = "tests/wasi/preview1/errors-named.txt";
constexpr std::string_view table_begin = "| function | reached, by program | named, not reached |\n|---|---|---|\n";

using Errors = std::set<std::string>;

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::map<std::string, Errors> named_errors() {
  std::map<std::string, Errors> named;
  std::istringstream lines(read(named_path));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    std::string function;
    words >> function;
    function.pop_back();  // the colon
    for (std::string error; words >> error;) named[function].insert(error);
  }
  return named;
}

struct Reached {
  std::map<std::string, std::map<std::string, Errors>> by_function;  // then by program
  std::string not_had;  // a line for each run that this host cannot have, and why
};

const Reached& all_runs() {
  static const Reached all = [] {
    Reached found;
    for (const GuestRun& each : guest_runs()) {
      const auto [out, err, status] = run(each, Resolver::host);
      if (status == cannot_run) found.not_had += std::string(each.name) + ": " + err;
      for (auto& [function, errors] : answers(out)) found.by_function[function][each.program].merge(errors);
    }
    // It does not answer; Endings in preview1_test.cpp sees what comes of it.
    found.by_function["proc_exit"]["ending"] = {"success"};
    return found;
  }();
  return all;
}
const auto& reached() { return all_runs().by_function; }

std::string join(const Errors& errors) {
  std::string text;
  for (const std::string& error : errors) text += (text.empty() ? "`" : " `") + error + "`";
  return text;
}

Errors missing(const std::string& function, const Errors& named) {
  Errors rest = named;
  if (const auto found = reached().find(function); found != reached().end()) {
    for (const auto& [program, errors] : found->second) {
      for (const std::string& error : errors) rest.erase(error);
    }
  }
  return rest;
}

std::string table() {
  std::string text(table_begin);
  for (const auto& [function, named] : named_errors()) {
    std::string by_program;
    for (const auto& [program, errors] : reached().at(function)) {
      by_program += (by_program.empty() ? "" : "; ") + program + ": " + join(errors);
    }
    text += "| `" + function + "` | " + by_program + " | " + join(missing(function, named)) + " |\n";
  }
  return text;
}

// The rows "| `errno` | functions or every | reason |" behind the first table.
std::map<std::string, std::map<std::string, std::string>> reasons(const std::string& document) {
  std::map<std::string, std::map<std::string, std::string>> all;
  std::istringstream lines(document.substr(document.find("| errno |")));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    std::istringstream cells(line.substr(1));
    std::string error, functions, reason;
    std::getline(cells, error, '|');
    std::getline(cells, functions, '|');
    std::getline(cells, reason, '|');
    error = error.substr(2, error.size() - 4);
    std::erase(functions, '`');
    std::istringstream words(functions);
    for (std::string function; words >> function;) all[error][function] = reason;
  }
  return all;
}

// Where a run cannot be had, what it alone reaches is missing from the table: that is no fault of the table's.
class ErrorTable : public testing::Test {
 protected:
  void SetUp() override {
    if (!all_runs().not_had.empty()) GTEST_SKIP() << "not all runs can be had here. " << all_runs().not_had;
  }
};

TEST_F(ErrorTable, EveryFunctionOfPreview1IsReached) {
  const auto named = named_errors();
  EXPECT_EQ(named.size(), 46u);
  for (const auto& [function, errors] : named) EXPECT_TRUE(reached().contains(function)) << function;
  for (const auto& [function, programs] : reached()) EXPECT_TRUE(named.contains(function)) << function;
}

TEST_F(ErrorTable, IsWhatTheProgramsReach) {
  const std::string document = read(document_path);
  const size_t begin = document.find(table_begin);
  ASSERT_NE(begin, std::string::npos) << document_path << " has no table of this head:\n" << table_begin;
  const size_t end = document.find("\n\n", begin) + 1;
  if (std::getenv("SHALLOP_BLESS") != nullptr) {
    std::ofstream(document_path) << document.substr(0, begin) << table() << document.substr(end);
    return;
  }
  EXPECT_EQ(document.substr(begin, end - begin), table()) << "SHALLOP_BLESS=1 writes it";
}

TEST_F(ErrorTable, HasAReasonForEveryAnswerThatIsNotReached) {
  const auto all = reasons(read(document_path));
  for (const auto& [function, named] : named_errors()) {
    for (const std::string& error : missing(function, named)) {
      const auto found = all.find(error);
      EXPECT_TRUE(found != all.end() && (found->second.contains(function) || found->second.contains("every")))
          << function << ' ' << error << " is not reached, and " << document_path << " does not say why";
    }
  }
}

TEST_F(ErrorTable, ReasonsThatWereOvertakenGo) {
  const auto named = named_errors();
  for (const auto& [error, functions] : reasons(read(document_path))) {
    for (const auto& [function, reason] : functions) {
      if (function == "every") continue;
      EXPECT_TRUE(named.contains(function) && missing(function, named.at(function)).contains(error))
          << document_path << " has a reason for " << function << ' ' << error << ", which is reached or not named";
    }
  }
}

}  // namespace
}  // namespace shallop::preview1
