// SPDX-License-Identifier: Apache-2.0
#include "compare/place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "base/parse_number.hpp"

namespace shallop::compare {
namespace {

struct Place {
  std::string_view name;
  std::string_view program;  // of the engine
  bool has_host_network = false;
  ContainerCommands (*commands)(const Place& place, const std::string& program, const ImageToRun& image) = nullptr;
};

// Podman takes docker's words.
ContainerCommands docker(const Place& place, const std::string& program, const ImageToRun& image) {
  const std::string container = "shallop-compare-{port}";
  const Command network =
      place.has_host_network ? Command{"--network", "host"} : Command{"--publish", "127.0.0.1:{port}:{port}"};
  // Never from a registry: what is measured is what was loaded.
  const Command serve = joined({program, "run", "--rm", "--pull", "never", "--name", container}, network);
  return {.probe = {program, "version"},
          .load = {program, "load", "--input", image.archive},
          .serve = joined(joined(serve, {image.name}), image.arguments),
          .find = {program, "inspect", "--format", "{{.State.Pid}}", container},
          .remove = {{program, "rm", "--force", container}},
          .unload = {program, "rmi", "--force", image.name},
          .container = container};
}

// It has no ports to publish. What is said after the container's name stands in place of the image's whole command.
ContainerCommands containerd(const Place&, const std::string& program, const ImageToRun& image) {
  const std::string container = "shallop-compare-{port}";
  const Command serve{program, "run", "--rm", "--net-host", image.name, container};
  return {.probe = {program, "version"},
          .load = {program, "image", "import", image.archive},
          .serve = joined(joined(serve, image.entrypoint), image.arguments),
          .find = {program, "task", "list"},
          .remove = {{program, "task", "rm", "--force", container}, {program, "container", "rm", container}},
          .unload = {program, "image", "rm", image.name},
          .container = container};
}

constexpr std::array places{
    Place{.name = "bare", .program = "", .has_host_network = true},
    Place{.name = "docker", .program = "docker", .has_host_network = false, .commands = docker},
    Place{.name = "docker-host", .program = "docker", .has_host_network = true, .commands = docker},
    Place{.name = "podman", .program = "podman", .has_host_network = false, .commands = docker},
    Place{.name = "podman-host", .program = "podman", .has_host_network = true, .commands = docker},
    Place{.name = "containerd-host", .program = "ctr", .has_host_network = true, .commands = containerd},
};

// A name that no place has is in reports of other versions alone.
const Place* find_place(std::string_view name) {
  const auto* const place = std::ranges::find(places, name, &Place::name);
  return place == places.end() ? nullptr : place;
}

}  // namespace

std::vector<std::string> place_names() {
  std::vector<std::string> names;
  names.reserve(places.size());
  for (const Place& each : places) names.emplace_back(each.name);
  return names;
}

std::string place_title(std::string_view name) {
  if (name == "bare") return "on the machine itself";
  const Place* place = find_place(name);
  if (place == nullptr) return fmt::format("in {}", name);
  return fmt::format("in {}, {}", name.substr(0, name.rfind("-host")),
                     place->has_host_network ? "host network" : "published port");
}

std::string_view engine_program_of(std::string_view name) {
  const Place* place = find_place(name);
  return place == nullptr ? "" : place->program;
}

std::optional<ContainerCommands> container_commands(std::string_view name, const std::string& program,
                                                    const ImageToRun& image) {
  const Place* place = find_place(name);
  if (place == nullptr || place->commands == nullptr) return std::nullopt;
  return place->commands(*place, program, image);
}

std::optional<pid_t> process_of(std::string_view output, std::string_view container) {
  std::istringstream lines{std::string(output)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    words >> first >> second;
    if (second.empty()) {
      if (const auto process = parse_number<pid_t>(first, 1)) return process;
    } else if (first == container) {
      return parse_number<pid_t>(second, 1);
    }
  }
  return std::nullopt;
}

}  // namespace shallop::compare
