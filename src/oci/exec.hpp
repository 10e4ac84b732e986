// SPDX-License-Identifier: Apache-2.0
// `exec`: another process in a container that runs a module. What can be run there is a module, by the same runner in
// an instance of its own, and the runner itself as `shallop`: health checks, in a container that has no shell.
#pragma once

#include <expected>
#include <string>
#include <variant>
#include <vector>

#include "oci/command_line.hpp"
#include "oci/container_files.hpp"
#include "oci/create.hpp"
#include "oci/injection.hpp"

namespace shallop::oci {

// The arguments to run instead; NotOurs where the container has the program, which is no module, and `allow_programs`.
std::variant<NotOurs, std::vector<std::string>, Refusal> translate(const ProcessView& process,
                                                                   const ContainerFiles& files,
                                                                   const Invocation& invocation, bool allow_programs);

// Changes `arguments`, the program's own, where they mean something in a container of ours. The error is a sentence.
std::expected<void, std::string> prepare_exec(const CommandLine& line, const Host& host,
                                              std::vector<std::string>& arguments);

}  // namespace shallop::oci
