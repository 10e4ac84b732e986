// SPDX-License-Identifier: Apache-2.0
// What runs a service: itself, our engines, and those of others. A recipe says by which commands.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "compare/plan.hpp"

namespace shallop::compare {

std::vector<std::string> engine_names();

// Where programs are.
struct Tools {
  std::string shallop;                        // this build's
  std::vector<std::string> peer_directories;  // searched after the PATH
  std::string work_directory;                 // for what is compiled
};

struct Recipe {
  Command prepare;       // makes the artefact, before anything is measured; empty: nothing is to be made
  std::string artefact;  // the file that is run: its size and hash are recorded
  Command serve;         // with "{port}"
  std::string program;   // the engine's, asked for its version; empty: the artefact is a program itself
};

// The error says in a sentence what is missing. `engine` is one of engine_names().
std::expected<Recipe, std::string> recipe_of(std::string_view engine, const Service& service, const Tools& tools);
std::expected<Recipe, std::string> recipe_of(const OwnVariant& variant);

// With the port in the place of each "{port}".
Command with_port(const Command& command, uint16_t port);

}  // namespace shallop::compare
