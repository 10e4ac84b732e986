// SPDX-License-Identifier: Apache-2.0
#include "spec/expected_failures.hpp"

#include <regex>
#include <stdexcept>

namespace shallop::spec {

std::map<std::string, ExpectedFailures> parse_expected_failures(std::istream& text) {
  static const std::regex form(R"((\S+):(\d+)\s+(\S.*))");
  std::map<std::string, ExpectedFailures> failures;
  for (std::string line; std::getline(text, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    std::smatch parts;
    if (!std::regex_match(line, parts, form)) throw std::runtime_error("want 'SCRIPT:LINE  REASON', got: " + line);
    failures[parts[1]][std::stoi(parts[2])] = parts[3];
  }
  return failures;
}

std::vector<std::string> unknown_scripts(const std::map<std::string, ExpectedFailures>& failures,
                                         const std::set<std::string>& names) {
  std::vector<std::string> unknown;
  for (const auto& [script, lines] : failures) {
    if (!names.contains(script)) unknown.push_back(script);
  }
  return unknown;
}

}  // namespace shallop::spec
