// SPDX-License-Identifier: Apache-2.0
// The program `shallop-oci`: an OCI runtime for engines (docs/containers.md). It makes containers of WebAssembly
// modules ones that the real runtime can run, and becomes that runtime; everything else it hands on as it came.
#include <algorithm>
#include <cstdlib>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oci/command_line.hpp"
#include "oci/create.hpp"
#include "oci/exec.hpp"
#include "oci/messages.hpp"
#include "oci/operator_configuration.hpp"
#include "oci/real_runtime.hpp"

namespace shallop::oci {
namespace {

// Both are the engine's environment, and so the operator's.
constexpr const char* configuration_variable = "SHALLOP_OCI_CONFIG";
constexpr const char* runtime_variable = "SHALLOP_OCI_RUNTIME";
constexpr const char* default_configuration = "/etc/shallop/oci.json";
constexpr int failed = 1;  // runc's own status for its errors

std::string text_from(const char* variable, const char* otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

std::vector<std::string> runtimes_of(const std::expected<OperatorConfiguration, UnusableConfiguration>& configuration) {
  const std::string named = text_from(runtime_variable, "");
  if (!named.empty()) return {named};
  return configuration ? configuration->runtimes : configuration.error().runtimes;
}

// Where it cannot be told which word is the command, any of them may be it.
bool makes_container(const std::optional<CommandLine>& line, std::span<const std::string> arguments) {
  const auto does = [](std::string_view word) { return word == "create" || word == "run" || word == "restore"; };
  return line ? does(line->command) : std::ranges::any_of(arguments, does);
}

int run(std::vector<std::string> arguments) {
  const auto line = parse_command_line(arguments);
  const auto fail = [&](std::string_view sentence) {
    report(line.value_or(CommandLine{}), Level::error, sentence);
    return failed;
  };
  const auto configuration = read_operator_configuration(text_from(configuration_variable, default_configuration));
  // Of a module or not: the operator may have named another runtime than the usual ones for safety's sake.
  if (!configuration && makes_container(line, arguments)) {
    return fail(configuration.error().sentence + "; no container is started until that is mended");
  }
  auto runtime = find_runtime(runtimes_of(configuration));
  if (!runtime) return fail(runtime.error());
  // Where it cannot be read, no more is allowed than without one.
  const Host host{.configuration = configuration.value_or(OperatorConfiguration{}), .runtime = *std::move(runtime)};
  std::expected<void, std::string> prepared;
  if (line && (line->command == "create" || line->command == "run")) {
    prepared = prepare_create(*line, host, arguments);
  }
  if (line && line->command == "exec") prepared = prepare_exec(*line, host, arguments);
  if (!prepared) return fail(prepared.error());
  return fail(become(host.runtime, arguments));
}

}  // namespace
}  // namespace shallop::oci

int main(int argument_count, char** arguments) {
  return shallop::oci::run({arguments + std::min(argument_count, 1), arguments + argument_count});
}
