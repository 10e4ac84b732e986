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
  std::expected<OperatorConfiguration, std::string> configuration;
  std::string runtime;
};

// Rewrites config.json if the bundle's program is a module, and leaves everything alone if not. The error is a sentence
// for whoever started the container.
std::expected<void, std::string> prepare_create(const CommandLine& line, const Host& host);

}  // namespace shallop::oci
