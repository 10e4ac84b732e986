// SPDX-License-Identifier: Apache-2.0
// Where the official suites are, and which scripts they hold. A script is one .wast file of the specification's tests,
// converted to JSON (docs/testing.md).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "wasm/features.hpp"

namespace shallop::spec {

struct Script {
  std::string name;  // "wasm2/core/address"
  std::filesystem::path file;
  Features features;  // that its modules may use: what a later version allows, an earlier one's assertions refuse
};

// $SHALLOP_SUITES, or ../shared/suites beside the repository.
std::filesystem::path suites_folder();

// The scripts of one folder such as "wasm2/core", sorted by name; none if the folder is not there.
std::vector<Script> list_scripts(const std::string& folder, Features features);

}  // namespace shallop::spec
