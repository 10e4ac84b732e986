// SPDX-License-Identifier: Apache-2.0
// `create` and `run`: makes a module of a bundle runnable by the real runtime.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "oci/command_line.hpp"
#include "oci/operator_configuration.hpp"

namespace shallop::oci {

// What one container needs of the host.
struct Host {
  OperatorConfiguration configuration;
  std::string runtime;
};

// Rewrites config.json if the bundle's program is a module, and leaves everything alone if not. `arguments` are this
// program's own, and change where the real runtime is to be told more. The error is a sentence for whoever started the
// container.
std::expected<void, std::string> prepare_create(const CommandLine& line, const Host& host,
                                                std::vector<std::string>& arguments);

}  // namespace shallop::oci
