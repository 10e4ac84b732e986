// SPDX-License-Identifier: Apache-2.0
// What a container sets for itself, by variables SHALLOP_NAME of its environment and annotations dev.shallop.name
// (which win): docs/containers.md lists them. Either may come from the image, so only what the operator allows counts.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "oci/json.hpp"
#include "oci/listening_sockets.hpp"
#include "oci/operator_configuration.hpp"

namespace shallop::oci {

inline constexpr std::string_view variable_prefix = "SHALLOP_";
inline constexpr std::string_view annotation_prefix = "dev.shallop.";

struct Settings {
  std::vector<std::string> runner_options{};  // "--workers=2"
  bool only_mounts = false;                   // the guest gets the volumes alone, not the root
  bool wants_native = true;                   // false: it is to be interpreted
  bool needs_native = false;                  // it is to wait for native code
  std::vector<ListenAddress> listen{};        // sockets of the host
  std::vector<std::string> ignored{};         // "SHALLOP_MODE": what the operator does not allow
};

// `config` is a bundle's config.json. The error is a sentence that names the setting.
std::expected<Settings, std::string> read_settings(const Json& config, const OperatorConfiguration& allowed);

// They are not the guest's business, nor the runner's, which gets options: takes the variables out of a process's
// `env`.
void remove_settings(Json& environment);

}  // namespace shallop::oci
