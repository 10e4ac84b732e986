// SPDX-License-Identifier: Apache-2.0
#include "oci/exec.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <utility>

#include "base/file.hpp"
#include "oci/real_runtime.hpp"

namespace shallop::oci {
namespace {

constexpr size_t process_bytes_max = size_t{16} << 20;
constexpr std::string_view what_can_be_run =
    "what can be run in a container of a WebAssembly module is a module, or `shallop health [PORT] [PATH]`";

Refusal no_such(std::string_view name) {
  return {fmt::format("{}: no such file or directory; {}", name, what_can_be_run)};
}

// A guest that may write to the container's root could have made any program there its own.
Refusal not_run(std::string_view name) {
  return {fmt::format("{}: permission denied; {} (member 'exec_programs' of /etc/shallop/oci.json allows programs too)",
                      name, what_can_be_run)};
}

// `sh -c WORDS`, which is what HEALTHCHECK CMD WORDS becomes.
bool is_shell_command(const std::vector<std::string>& arguments) {
  constexpr std::array<std::string_view, 4> shells{"sh", "/bin/sh", "bash", "/bin/bash"};
  return arguments.size() == 3 && arguments[1] == "-c" && std::ranges::find(shells, arguments[0]) != shells.end();
}

// The words of a command that needs no shell to be understood.
std::optional<std::vector<std::string>> simple_words(const std::string& command) {
  if (command.find_first_of("|&;<>()$`\\\"'*?[]#~=%!{}\n") != command.npos) return std::nullopt;
  std::istringstream stream(command);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

using Translated = std::variant<NotOurs, std::vector<std::string>, Refusal>;

Translated translate_words(const ProcessView& process, const ContainerFiles& files, const Invocation& invocation) {
  const std::vector<std::string>& arguments = process.arguments;
  if (arguments.size() >= 2 && arguments[0] == "shallop" && arguments[1] == "health") {
    std::vector<std::string> words{invocation.runner};
    words.insert(words.end(), arguments.begin() + 1, arguments.end());
    return words;
  }
  Found found = find_program(process, files);
  if (auto* refusal = std::get_if<Refusal>(&found)) return std::move(*refusal);
  if (const auto* program = std::get_if<GuestProgram>(&found)) return arguments_with(invocation, *program, arguments);
  return NotOurs{};
}

struct RunningContainer {
  Invocation invocation;
  std::string root;    // /proc/PID/root
  std::string bundle;  // directory
  bool allow_programs = false;
};

// Nothing for what is not ours, or does not run: the real runtime says so.
std::optional<RunningContainer> find_container(const CommandLine& line, const Host& host) {
  std::vector<std::string> words;
  if (!line.root.empty()) words = {"--root", line.root};
  words.insert(words.end(), {"state", line.container});
  const auto output = output_of(host.runtime, words);
  const auto state = output ? parse_json(*output) : std::unexpected(std::string());
  if (!state) return std::nullopt;
  auto invocation = invocation_of(member(*state, "annotations"));
  const Json& pid = member(*state, "pid");
  if (!invocation || !pid.is_number_integer() || pid.get<int64_t>() <= 0) return std::nullopt;
  return RunningContainer{.invocation = *std::move(invocation),
                          .root = fmt::format("/proc/{}/root", pid.get<int64_t>()),
                          .bundle = text_of(member(*state, "bundle")),
                          .allow_programs = host.configuration.exec_programs};
}

// A file that lives as long as this process and what it becomes, at /proc/self/fd/N.
std::optional<std::string> anonymous_file(const std::string& text) {
  const int file = ::memfd_create("process.json", 0);
  if (file < 0 || ::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return std::nullopt;
  return fmt::format("/proc/self/fd/{}", file);
}

bool is_regular_file(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// `exec --process FILE ID`
std::expected<void, std::string> translate_file(const CommandLine& line, const RunningContainer& container,
                                                std::vector<std::string>& arguments) {
  // It can be a pipe: it is read once, and only when the container is known to be ours.
  const bool can_be_read_again = is_regular_file(line.process);
  const auto bytes = read_file(line.process, process_bytes_max);
  if (!bytes) return std::unexpected(fmt::format("{} cannot be read: {}", line.process, bytes.error().message()));
  std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  bool is_changed = !can_be_read_again;
  if (auto process = parse_json(text)) {
    const Translated translated =
        translate({.arguments = texts_of(member(*process, "args")),
                   .environment = texts_of(member(*process, "env")),
                   .directory = text_of(member(*process, "cwd"))},
                  ContainerFiles(container.root), container.invocation, container.allow_programs);
    if (const auto* refusal = std::get_if<Refusal>(&translated)) return std::unexpected(refusal->sentence);
    if (const auto* words = std::get_if<std::vector<std::string>>(&translated)) {
      (*process)["args"] = *words;
      if (process->contains("env")) remove_settings((*process)["env"]);
      text = write_json(*process).value_or(text);
      is_changed = true;
    }
  }
  if (!is_changed) return {};
  const auto copy = anonymous_file(text);
  if (!copy) return std::unexpected("there is no memory for the process's configuration");
  std::string& word = arguments[line.process_index];
  word = word == line.process ? *copy : word.substr(0, word.find('=') + 1) + *copy;
  return {};
}

// `exec ID WORDS...`
std::expected<void, std::string> translate_operands(const CommandLine& line, const RunningContainer& container,
                                                    std::vector<std::string>& arguments) {
  const auto bundle = Bundle::load(container.bundle);
  if (!bundle) return {};
  const auto first = arguments.begin() + static_cast<ptrdiff_t>(line.container_index) + 1;
  const Json& process = member(bundle->config(), "process");
  const Translated translated =
      translate({.arguments = {first, arguments.end()},
                 .environment = texts_of(member(process, "env")),
                 .directory = text_of(member(process, "cwd"))},
                ContainerFiles(container.root), container.invocation, container.allow_programs);
  if (const auto* refusal = std::get_if<Refusal>(&translated)) return std::unexpected(refusal->sentence);
  if (const auto* words = std::get_if<std::vector<std::string>>(&translated)) {
    arguments.erase(first, arguments.end());
    arguments.insert(arguments.end(), words->begin(), words->end());
  }
  return {};
}

}  // namespace

Translated translate(const ProcessView& process, const ContainerFiles& files, const Invocation& invocation,
                     bool allow_programs) {
  if (process.arguments.empty()) return NotOurs{};
  const std::string& name = process.arguments[0];
  if (is_shell_command(process.arguments)) {
    const bool is_there = locate(name, process, files).has_value();
    const bool has_shell = allow_programs && is_there;
    const auto words = simple_words(process.arguments[2]);
    if (words && !words->empty()) {
      const ProcessView direct{.arguments = *words, .environment = process.environment, .directory = process.directory};
      if (!has_shell) return translate(direct, files, invocation, allow_programs);
      // Not by the shell of the container: a health check is to mean what it says.
      Translated translated = translate_words(direct, files, invocation);
      if (!std::holds_alternative<NotOurs>(translated)) return translated;
    } else if (!is_there) {
      return Refusal{fmt::format("{}: no such file or directory: '{}' needs a shell, and there is none; {}", name,
                                 process.arguments[2], what_can_be_run)};
    }
  }
  Translated translated = translate_words(process, files, invocation);
  if (!std::holds_alternative<NotOurs>(translated)) return translated;
  if (!locate(name, process, files)) return no_such(name);
  if (!allow_programs) return not_run(name);
  return translated;
}

std::expected<void, std::string> prepare_exec(const CommandLine& line, const Host& host,
                                              std::vector<std::string>& arguments) {
  if (line.container.empty()) return {};
  const auto container = find_container(line, host);
  if (!container) return {};
  return line.process.empty() ? translate_operands(line, *container, arguments)
                              : translate_file(line, *container, arguments);
}

}  // namespace shallop::oci
