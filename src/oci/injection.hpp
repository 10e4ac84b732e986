// SPDX-License-Identifier: Apache-2.0
// The configuration of a container that runs a module: the same, with the runner mounted beneath /dev and put before
// the module. User, capabilities, seccomp, cgroups, namespaces and hooks stay what the engine made them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/bundle.hpp"
#include "oci/program.hpp"
#include "oci/settings.hpp"

namespace shallop::oci {

// How a module is run in a container: the runner's path there, and the options that any module gets.
struct Invocation {
  std::string runner;
  std::vector<std::string> options;
};

// Where inject() leaves it, for processes that are started in the container later.
inline constexpr std::string_view runner_annotation = "dev.shallop.runner";
inline constexpr std::string_view options_annotation = "dev.shallop.options";  // a JSON array
// Nothing for the containers of others.
std::optional<Invocation> invocation_of(const Json& annotations);

struct Injection {
  std::string runner;         // the static runner on the host
  std::string native_store;   // directory on the host; empty: there is none for this module
  bool allow_native = false;  // native code that the file brings along
};

// Why the guest is given its directories for reading only: what it could change there would be executed as a native
// program when the container is started again.
std::optional<std::string> reason_to_write_nothing(const Bundle& bundle, const GuestProgram& program);

Json inject(const Bundle& bundle, const GuestProgram& program, const Settings& settings, const Injection& injection);

// `arguments` with the runner before the module.
std::vector<std::string> arguments_with(const Invocation& invocation, const GuestProgram& program,
                                        const std::vector<std::string>& arguments);

}  // namespace shallop::oci
