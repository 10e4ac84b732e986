// SPDX-License-Identifier: Apache-2.0
// What the host's operator says in /etc/shallop/oci.json. All of it may be left out; docs/containers.md lists the
// members. Images and users of the engine cannot change any of it.
#pragma once

#include <cstdint>
#include <expected>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace shallop::oci {

struct OperatorConfiguration {
  // Names or paths of OCI runtimes; the first that is there does the work.
  std::vector<std::string> runtimes{"runc", "crun", "youki"};
  // The static program shallop-run; empty: beside this one, or /usr/libexec/shallop/shallop-run.
  std::string runner;
  // The program shallop, which the host runs to fill the store; empty: at the same places.
  std::string compiler;
  // Directory for native code that the host has compiled; empty: none is kept.
  std::string native_store = "/var/cache/shallop";
  // What it may grow to; what was not used for longest goes first.
  uint64_t native_store_mib = 1'024;
  // Number of the user and the group that compile, when it is root who starts containers.
  uint64_t compiler_user = 65'534;
  // Run native code that images bring along, as if it were ours.
  bool allow_native = false;
  // Run the native programs of a module's container by `exec`, though a guest may have written them.
  bool exec_programs = false;
  // Where containers may have the host listen for them (oci/listening_sockets.hpp).
  std::vector<std::string> listen;
  // What a container may set for itself by variables SHALLOP_NAME and annotations dev.shallop.name.
  std::set<std::string, std::less<>> container_settings{"mode", "workers", "grace",        "preopen", "stats",
                                                        "log",  "timeout", "memory_limit", "verbose", "listen"};
};

// One of which something cannot be read. Nothing is started by it: what is left of it may lack what the operator wanted
// most.
struct UnusableConfiguration {
  std::string sentence;
  // For containers that there are: those that it names nevertheless, or the usual ones.
  std::vector<std::string> runtimes = OperatorConfiguration{}.runtimes;
};

// `text` is a JSON object. The error's sentence is the rest of one: "'runner' is no string".
std::expected<OperatorConfiguration, UnusableConfiguration> parse_operator_configuration(std::string_view text);

// A file that is not there says nothing.
std::expected<OperatorConfiguration, UnusableConfiguration> read_operator_configuration(const std::string& path);

}  // namespace shallop::oci
