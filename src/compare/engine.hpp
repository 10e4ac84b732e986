// SPDX-License-Identifier: Apache-2.0
// What runs a service: itself, our engines, and those of others. A recipe says by which commands.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/place.hpp"
#include "compare/plan.hpp"
#include "compare/program_image.hpp"

namespace shallop::compare {

std::vector<std::string> engine_names();
// Those of others run on the machine itself alone.
bool runs_in_containers(std::string_view engine);

// Where programs are.
struct Tools {
  std::string shallop;                        // this build's
  std::vector<std::string> peer_directories;  // searched after the PATH
  std::string work_directory;                 // for what is compiled
};

struct Recipe {
  Command prepare;       // makes the artefact, before anything is measured; empty: nothing is to be made
  std::string artefact;  // the file that is run, or the image: its size and hash are recorded
  Command serve;         // with "{port}"
  std::string program;   // the engine's, asked for its version; empty: the artefact is a program itself
  std::optional<ProgramImage> program_image;   // the artefact is made of it, without a command
  std::optional<ContainerCommands> container;  // `serve` is its
};

// The error says in a sentence what is missing. `engine` is one of engine_names(), `place` of place_names().
std::expected<Recipe, std::string> recipe_of(std::string_view engine, std::string_view place, const Service& service,
                                             const Tools& tools);
std::expected<Recipe, std::string> recipe_of(const OwnVariant& variant);

}  // namespace shallop::compare
