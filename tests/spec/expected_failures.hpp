// SPDX-License-Identifier: Apache-2.0
// tests/spec/expected-failures.txt: assertions that are known to fail, each with its reason. The file only shrinks: an
// assertion that is listed and passes fails the suite.
#pragma once

#include <istream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace shallop::spec {

// Line number of the assertion in the script's .wast -> reason.
using ExpectedFailures = std::map<int, std::string>;

// By script name. Lines are `SCRIPT:LINE  REASON`, such as `wasm2/core/linking:387  why`; empty ones and those that
// begin with # are comments. Throws std::runtime_error for any other line, and for one without a reason.
std::map<std::string, ExpectedFailures> parse_expected_failures(std::istream& text);

// Those of `failures` that no script of `names` has: of a script that was renamed, or never was.
std::vector<std::string> unknown_scripts(const std::map<std::string, ExpectedFailures>& failures,
                                         const std::set<std::string>& names);

}  // namespace shallop::spec
