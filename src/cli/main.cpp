// SPDX-License-Identifier: Apache-2.0
// The program `shallop`: finds the command in the table and calls it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "cli/command.hpp"
#include "cli/run_program.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/standard_streams.hpp"

namespace shallop::cli {
namespace {

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(const Arguments& arguments);
};

constexpr std::array commands{
    Command{"run", "run a WebAssembly program, or one function of a module", run_command},
    Command{"compile", "add native code to a module", compile_command},
    Command{"pack", "make a container image of a module", pack_command},
    Command{"precompile", "compile a module for the containers of this machine", precompile_command},
    Command{"inspect", "show what a module imports, exports and holds", inspect_command},
    Command{"bench", "load an HTTP server and tell how it answered", bench_command},
    Command{"compare", "measure a service natively and as WebAssembly, side by side", compare_command},
    Command{"health", "ask a server here by HTTP whether it is well", health_command},
    Command{"version", "tell the version", version_command},
};

std::string overview() {
  std::string text =
      "shallop runs WebAssembly servers at native speed.\n\nUsage: shallop COMMAND [OPTIONS] ...\n\nCommands:\n";
  for (const Command& each : commands) text += fmt::format("  {:<12}{}\n", each.name, each.summary);
  return text + "\nA command's options: shallop COMMAND --help\n";
}

int dispatch(const Arguments& arguments) {
  if (arguments.empty()) throw UsageError("what is to be done? 'shallop --help' lists the commands");
  const std::string& name = arguments.front();
  const Arguments rest(arguments.begin() + 1, arguments.end());
  if (name == "help" && !rest.empty()) return dispatch({rest.front(), "--help"});
  if (name == "--help" || name == "-h" || name == "help") {
    print(overview());
    return exit_status::success;
  }
  if (name == "--version" || name == "-v") return version_command(rest);

  const auto command = std::ranges::find(commands, name, &Command::name);
  if (command == commands.end()) {
    throw UsageError(fmt::format("there is no {} '{}'; 'shallop --help' lists the commands{}",
                                 name.starts_with('-') ? "option" : "command", name,
                                 name.ends_with(".wasm") ? fmt::format(", 'shallop run {}' runs the file", name) : ""));
  }
  return command->run(rest);
}

}  // namespace
}  // namespace shallop::cli

int main(int argument_count, char** arguments) {
  return shallop::cli::run_program(argument_count, arguments, shallop::cli::dispatch);
}
