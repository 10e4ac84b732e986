// SPDX-License-Identifier: Apache-2.0
// Where a variant's server runs: on this machine itself, or in a container of an engine that answers here.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/command.hpp"

namespace shallop::compare {

// As plans name them; the first, "bare", is this machine itself.
std::vector<std::string> place_names();
// "in docker, published port"
std::string place_title(std::string_view place);

// How a place runs containers of one image. In the words, "{port}" is replaced by a port that is free: it is what the
// service listens on, inside and outside, and part of the container's name.
struct ContainerCommands {
  Command probe;                // succeeds when the engine answers
  Command load;                 // takes the image's archive in
  Command serve;                // runs a container until its service ends, or this is told to end
  Command find;                 // prints its first process, for process_of()
  std::vector<Command> remove;  // whatever became of it
  Command unload;               // takes the image away
  std::string container;        // its name
};

struct ImageToRun {
  std::string archive;  // as `shallop pack` writes it
  std::string name;     // full: containerd knows no other
  Command entrypoint;   // of the image
  Command arguments;    // with "{port}"
};

// Nothing for "bare". `program` is the engine's, as engine_program_of() names it.
std::optional<ContainerCommands> container_commands(std::string_view place, const std::string& program,
                                                    const ImageToRun& image);
// "docker"; empty for "bare".
std::string_view engine_program_of(std::string_view place);

// From what `find` prints: docker and podman print a number, ctr a table of names and numbers. Nothing when the
// container is not there or does not run.
std::optional<pid_t> process_of(std::string_view output, std::string_view container);

}  // namespace shallop::compare
