// SPDX-License-Identifier: Apache-2.0
#include "oci/command_line.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/parse_number.hpp"

namespace shallop::oci {
namespace {

struct Option {
  std::string_view name;
  bool takes_value;
};

constexpr std::array global_options{
    Option{"root", true},
    Option{"log", true},
    Option{"log-format", true},
    Option{"criu", true},
    Option{"rootless", true},
    Option{"debug", false},
    Option{"systemd-cgroup", false},
    Option{"cgroup-manager", true},
    Option{"log-level", true},
    Option{"help", false},
    Option{"h", false},
    Option{"version", false},
    Option{"v", false},
};

constexpr std::array create_options{
    Option{"bundle", true},
    Option{"b", true},
    Option{"console-socket", true},
    Option{"pid-file", true},
    Option{"no-pivot", false},
    Option{"no-new-keyring", false},
    Option{"preserve-fds", true},
    Option{"detach", false},
    Option{"d", false},
    Option{"no-subreaper", false},
    Option{"keep", false},
    Option{"config", true},
    Option{"f", true},
};

constexpr std::array exec_options{
    Option{"console-socket", true},
    Option{"cwd", true},
    Option{"env", true},
    Option{"e", true},
    Option{"tty", false},
    Option{"t", false},
    Option{"user", true},
    Option{"u", true},
    Option{"additional-gids", true},
    Option{"g", true},
    Option{"process", true},
    Option{"p", true},
    Option{"detach", false},
    Option{"d", false},
    Option{"pid-file", true},
    Option{"process-label", true},
    Option{"apparmor", true},
    Option{"no-new-privs", false},
    Option{"cap", true},
    Option{"c", true},
    Option{"preserve-fds", true},
    Option{"cgroup", true},
    Option{"ignore-paused", false},
    Option{"no-subreaper", false},
};

struct Typed {
  std::string_view name;
  std::string_view value;
  size_t index;  // of the argument that holds the value
};

// Reads the options from `next` on, as Go's package flag does: one dash or two, "--name=value" or "--name value", up to
// the first word that is none. Each is handed to `take`. False where one is not known.
bool parse_options(std::span<const std::string> arguments, size_t& next, std::span<const Option> known,
                   const auto& take) {
  for (; next < arguments.size(); ++next) {
    std::string_view word = arguments[next];
    if (word.size() < 2 || word[0] != '-') return true;
    if (word == "--") {
      ++next;
      return true;
    }
    word.remove_prefix(word[1] == '-' ? 2 : 1);
    const size_t equals = word.find('=');
    Typed typed{.name = word.substr(0, equals), .value = {}, .index = next};
    const auto option = std::ranges::find(known, typed.name, &Option::name);
    if (option == known.end()) return false;
    if (equals != word.npos) {
      typed.value = word.substr(equals + 1);
    } else if (option->takes_value) {
      if (next + 1 == arguments.size()) return false;
      typed.value = arguments[++next];
      typed.index = next;
    }
    if (!take(typed)) return false;
  }
  return true;
}

bool take_global(CommandLine& line, const Typed& typed) {
  if (typed.name == "root") line.root = typed.value;
  if (typed.name == "log") line.log = typed.value;
  if (typed.name == "log-format") line.log_is_json = typed.value == "json";
  return true;
}

bool take_own(CommandLine& line, const Typed& typed) {
  if (typed.name == "bundle" || typed.name == "b") line.bundle = typed.value;
  if (typed.name == "config" || typed.name == "f") return false;  // crun's: the configuration is elsewhere
  if (typed.name == "process" || typed.name == "p") {
    line.process = typed.value;
    line.process_index = typed.index;
  }
  if (typed.name == "preserve-fds") {
    const auto number = parse_number<size_t>(typed.value);
    line.preserved_descriptors = number.value_or(0);
    return number.has_value();
  }
  return true;
}

}  // namespace

std::optional<CommandLine> parse_command_line(std::span<const std::string> arguments) {
  CommandLine line{};
  size_t next = 0;
  if (!parse_options(arguments, next, global_options, [&](const Typed& each) { return take_global(line, each); })) {
    return std::nullopt;
  }
  line.command_index = next;
  line.container_index = arguments.size();
  if (next == arguments.size()) return line;
  line.command = arguments[next++];
  const bool is_exec = line.command == "exec";
  if (!is_exec && line.command != "create" && line.command != "run") return line;

  const std::span<const Option> known = is_exec ? std::span<const Option>(exec_options) : create_options;
  if (!parse_options(arguments, next, known, [&](const Typed& each) { return take_own(line, each); })) {
    return std::nullopt;
  }
  line.container_index = next;
  if (next < arguments.size()) line.container = arguments[next];
  return line;
}

}  // namespace shallop::oci
