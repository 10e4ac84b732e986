// SPDX-License-Identifier: Apache-2.0
// The command line of runc, as engines call it: runc(8), runc-create(8), runc-exec(8), and crun's where it has more.
// Only as much of it is understood as shallop-oci needs; what cannot be read with certainty is left to the real
// runtime.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace shallop::oci {

struct CommandLine {
  std::string command;  // "create"; empty if there is none, as in `runc --version`

  // Options before the command.
  std::string root;  // the real runtime's state; empty: its own default
  std::string log;   // file for messages; empty: none was asked for
  bool log_is_json = false;

  // Options of create, run and exec.
  std::string bundle;                // --bundle; empty: the working directory
  std::string process;               // --process of exec: a file with the process's JSON, or a pipe
  size_t process_index;              // of the argument that holds `process`; only valid if that is not empty
  size_t preserved_descriptors = 0;  // --preserve-fds

  std::string container;       // the first operand
  size_t container_index = 0;  // of it in the arguments; their number if there is none
  size_t command_index = 0;    // of the command in the arguments
};

// `arguments` without the program's name. Nothing where an option is not known: what stands behind it could be its
// value.
std::optional<CommandLine> parse_command_line(std::span<const std::string> arguments);

}  // namespace shallop::oci
