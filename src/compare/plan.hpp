// SPDX-License-Identifier: Apache-2.0
// What a comparison is to measure, as a plan file (TOML) says it, complete and checked. docs/compare.md lists the keys.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/command.hpp"

namespace shallop::compare {

// A service in its forms. "{port}" in a word is where the port goes.
struct Service {
  std::string name;
  Command native;         // empty: there is none
  Command native_static;  // the same for containers, where it is the only file; empty: `native` is it
  std::string module;     // path of the .wasm file; empty: there is none
  Command arguments;      // of the module's program
};

// What is asked of each variant.
struct Load {
  std::string path;
  unsigned connections = 8;
  bool any_body = false;            // variants may differ in the body of what they answer
  std::vector<std::string> places;  // where it is measured; empty: everywhere

  std::string name() const;  // "/heavy, 8 connections"
  bool is_for(std::string_view place) const;
};

// A word of a list of the plan: "wasmtime?" may be missing.
struct Choice {
  std::string name;
  bool optional = false;
};

// A server started by a command of the user's own.
struct OwnVariant {
  std::string name;
  std::string service;
  Command command;
  bool optional = false;
};

struct Plan {
  std::string title;
  std::vector<Service> services;
  std::vector<Choice> engines;
  std::vector<Choice> places;
  std::vector<OwnVariant> own_variants;
  std::vector<Load> loads;

  unsigned blocks = 5;
  unsigned starts = 5;  // of each variant, to measure them
  int64_t duration_ns = 2'000'000'000;
  int64_t warmup_ns = 500'000'000;
  double margin = 0.03;  // ratios this near to 1 are "the same"
  std::optional<uint64_t> seed;
  std::optional<int64_t> budget_ns;  // for all of it: fewer blocks, at least 3, and shorter ones, so that they fit
};

// Paths in the text are relative to `directory`. The error is a sentence with `name` and, where there is one, the line.
std::expected<Plan, std::string> parse_plan(std::string_view text, const std::string& name,
                                            const std::string& directory);
std::expected<Plan, std::string> read_plan(const std::string& path);

// Of all that decides what is measured, but for the seed: two plans with the same are the same.
std::string fingerprint(const Plan& plan);

// The example service of this build, which is in `program_directory`/../examples.
Plan default_plan(const std::string& program_directory);

}  // namespace shallop::compare
