// SPDX-License-Identifier: Apache-2.0
#include "compare/engine.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>

namespace shallop::compare {
namespace {

using Result = std::expected<Recipe, std::string>;

bool is_program(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

std::optional<std::string> find_program(const std::string& name, const std::vector<std::string>& more_directories) {
  if (name.contains('/')) return is_program(name) ? std::optional(name) : std::nullopt;
  std::vector<std::string> directories;
  const char* const variable = getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    directories.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  directories.insert(directories.end(), more_directories.begin(), more_directories.end());
  for (const std::string& directory : directories) {
    if (std::string path = directory + '/' + name; is_program(path)) return path;
  }
  return std::nullopt;
}

Command joined(Command words, const Command& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::expected<std::string, std::string> module_of(const Service& service) {
  if (service.module.empty()) return std::unexpected(fmt::format("the service '{}' has no module", service.name));
  if (access(service.module.c_str(), R_OK) != 0) {
    return std::unexpected(
        fmt::format("{} is missing or cannot be read; build it, or correct the plan", service.module));
  }
  return service.module;
}

std::string compiled(const Service& service, const Tools& tools, std::string_view engine) {
  return fmt::format("{}/{}.{}.wasm", tools.work_directory, service.name, engine);
}

Result native(const Service& service, const Tools&) {
  if (service.native.empty()) return std::unexpected(fmt::format("the service '{}' has no native form", service.name));
  const auto program = find_program(service.native.front(), {});
  if (!program) {
    return std::unexpected(
        fmt::format("{} is missing or no program; build it, or correct the plan", service.native.front()));
  }
  Recipe recipe{.prepare = {}, .artefact = *program, .serve = service.native, .program = {}};
  recipe.serve.front() = *program;
  return recipe;
}

Result shallop_interpreter(const Service& service, const Tools& tools) {
  const auto module = module_of(service);
  if (!module) return std::unexpected(module.error());
  return Recipe{.prepare = {},
                .artefact = *module,
                .serve = joined({tools.shallop, "run", "--engine", "interpreter", "--net", *module}, service.arguments),
                .program = tools.shallop};
}

Result shallop_native(const Service& service, const Tools& tools) {
  const auto module = module_of(service);
  if (!module) return std::unexpected(module.error());
  const std::string compiler = (std::filesystem::path(tools.shallop).parent_path() / "shallop-compiler").string();
  if (!is_program(compiler)) {
    return std::unexpected(fmt::format("{} is missing: it is built where LLVM 19 is installed", compiler));
  }
  const std::string artefact = compiled(service, tools, "shallop-native");
  return Recipe{.prepare = {tools.shallop, "compile", "-o", artefact, *module},
                .artefact = artefact,
                .serve = joined({tools.shallop, "run", "--engine", "native", "--allow-native", "--require-native",
                                 "--net", artefact},
                                service.arguments),
                .program = tools.shallop};
}

std::expected<std::string, std::string> peer(const std::string& name, const Tools& tools, std::string_view hint) {
  if (auto path = find_program(name, tools.peer_directories)) return *path;
  return std::unexpected(fmt::format("{} is not on the PATH{}", name, hint));
}

constexpr std::string_view how_to_get_wasmedge = "; ./dev peers installs it into the build directory";

Result wasmedge_interpreter(const Service& service, const Tools& tools) {
  const auto module = module_of(service);
  if (!module) return std::unexpected(module.error());
  const auto wasmedge = peer("wasmedge", tools, how_to_get_wasmedge);
  if (!wasmedge) return std::unexpected(wasmedge.error());
  return Recipe{.prepare = {},
                .artefact = *module,
                .serve = joined({*wasmedge, *module}, service.arguments),
                .program = *wasmedge};
}

Result wasmedge_aot(const Service& service, const Tools& tools) {
  const auto module = module_of(service);
  if (!module) return std::unexpected(module.error());
  const auto wasmedge = peer("wasmedge", tools, how_to_get_wasmedge);
  if (!wasmedge) return std::unexpected(wasmedge.error());
  const std::string artefact = compiled(service, tools, "wasmedge-aot");
  return Recipe{.prepare = {*wasmedge, "compile", "--optimize", "3", *module, artefact},
                .artefact = artefact,
                .serve = joined({*wasmedge, artefact}, service.arguments),
                .program = *wasmedge};
}

// It has no sockets of WasmEdge's kind, but passes one on that it listens on.
Result wasmtime(const Service& service, const Tools& tools) {
  const auto module = module_of(service);
  if (!module) return std::unexpected(module.error());
  const auto program = peer("wasmtime", tools, "");
  if (!program) return std::unexpected(program.error());
  return Recipe{.prepare = {},
                .artefact = *module,
                .serve = joined({*program, "run", "-S", "preview2=n", "-S", "tcplisten=127.0.0.1:{port}", "--env",
                                 "LISTEN_FDS=1", *module},
                                service.arguments),
                .program = *program};
}

struct Engine {
  std::string_view name;
  Result (*recipe)(const Service& service, const Tools& tools);
};
constexpr std::array engines{
    Engine{"native", native},
    Engine{"shallop-interpreter", shallop_interpreter},
    Engine{"shallop-native", shallop_native},
    Engine{"wasmedge-interpreter", wasmedge_interpreter},
    Engine{"wasmedge-aot", wasmedge_aot},
    Engine{"wasmtime", wasmtime},
};

}  // namespace

std::vector<std::string> engine_names() {
  std::vector<std::string> names;
  for (const Engine& each : engines) names.emplace_back(each.name);
  return names;
}

std::expected<Recipe, std::string> recipe_of(std::string_view engine, const Service& service, const Tools& tools) {
  return std::ranges::find(engines, engine, &Engine::name)->recipe(service, tools);
}

std::expected<Recipe, std::string> recipe_of(const OwnVariant& variant) {
  const auto program = find_program(variant.command.front(), {});
  if (!program) return std::unexpected(fmt::format("{} is missing or no program", variant.command.front()));
  Recipe recipe{.prepare = {}, .artefact = *program, .serve = variant.command, .program = {}};
  recipe.serve.front() = *program;
  return recipe;
}

Command with_port(const Command& command, uint16_t port) {
  constexpr std::string_view placeholder = "{port}";
  Command words = command;
  for (std::string& word : words) {
    for (size_t at = word.find(placeholder); at != word.npos; at = word.find(placeholder)) {
      word.replace(at, placeholder.size(), std::to_string(port));
    }
  }
  return words;
}

}  // namespace shallop::compare
