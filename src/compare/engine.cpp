// SPDX-License-Identifier: Apache-2.0
#include "compare/engine.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "oci_image/image_name.hpp"
#include "oci_image/service_image.hpp"

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
    if (std::string path = fmt::format("{}/{}", directory, name); is_program(path)) return path;
  }
  return std::nullopt;
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

std::expected<std::string, std::string> compiler_of(const Tools& tools) {
  std::string compiler = (std::filesystem::path(tools.shallop).parent_path() / "shallop-compiler").string();
  if (is_program(compiler)) return compiler;
  return std::unexpected(fmt::format("{} is missing: it is built where LLVM 19 is installed", compiler));
}

Result native(const Service& service, const Tools&) {
  if (service.native.empty()) return std::unexpected(fmt::format("the service '{}' has no native form", service.name));
  const auto program = find_program(service.native.front(), {});
  if (!program) {
    return std::unexpected(
        fmt::format("{} is missing or no program; build it, or correct the plan", service.native.front()));
  }
  Recipe recipe{.prepare = {},
                .artefact = *program,
                .serve = service.native,
                .program = {},
                .program_image = {},
                .container = {}};
  recipe.serve.front() = *program;
  return recipe;
}

Result shallop_interpreter(const Service& service, const Tools& tools) {
  const auto module = module_of(service);
  if (!module) return std::unexpected(module.error());
  return Recipe{.prepare = {},
                .artefact = *module,
                .serve = joined({tools.shallop, "run", "--engine", "interpreter", "--net", *module}, service.arguments),
                .program = tools.shallop,
                .program_image = {},
                .container = {}};
}

Result shallop_native(const Service& service, const Tools& tools) {
  const auto module = module_of(service);
  if (!module) return std::unexpected(module.error());
  if (const auto compiler = compiler_of(tools); !compiler) return std::unexpected(compiler.error());
  const std::string artefact = compiled(service, tools, "shallop-native");
  return Recipe{.prepare = {tools.shallop, "compile", "-o", artefact, *module},
                .artefact = artefact,
                .serve = joined({tools.shallop, "run", "--engine", "native", "--allow-native", "--require-native",
                                 "--net", artefact},
                                service.arguments),
                .program = tools.shallop,
                .program_image = {},
                .container = {}};
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
                .program = *wasmedge,
                .program_image = {},
                .container = {}};
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
                .program = *wasmedge,
                .program_image = {},
                .container = {}};
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
                .program = *program,
                .program_image = {},
                .container = {}};
}

// What is to be put into an image, and what then starts in it.
struct Packing {
  Command prepare;  // less what names the image and its archive
  std::optional<ProgramImage> program_image;
  Command entrypoint;
  Command arguments;
  std::string program;
};
using PackingResult = std::expected<Packing, std::string>;

PackingResult pack_native(const Service& service, const Tools&) {
  const Command& command = service.native_static.empty() ? service.native : service.native_static;
  if (command.empty()) return std::unexpected(fmt::format("the service '{}' has no native form", service.name));
  const auto program = find_program(command.front(), {});
  if (!program) {
    return std::unexpected(fmt::format("{} is missing or no program; build it, or correct the plan", command.front()));
  }
  return Packing{.prepare = {},
                 .program_image = ProgramImage{.program = *program, .name = {}, .archive = {}},
                 .entrypoint = {path_in_image(*program)},
                 .arguments = {command.begin() + 1, command.end()},
                 .program = {}};
}

PackingResult pack_module(const Service& service, const Tools& tools, const std::string& run_option, bool compiles) {
  const auto module = module_of(service);
  if (!module) return std::unexpected(module.error());
  Command prepare{tools.shallop, "pack", "--run-option=" + run_option, *module};
  // For this machine's processor, as on the machine itself.
  if (compiles) prepare = joined(prepare, {"--native", "--cpu", "host"});
  const oci_image::Module in_image{.path = oci_image::module_path_of(*module), .bytes = {}};
  const Command options = joined(oci_image::runner_options(compiles), {run_option});
  return Packing{.prepare = prepare,
                 .program_image = {},
                 .entrypoint = oci_image::config_with_runner({}, options, in_image).entrypoint,
                 .arguments = service.arguments,
                 .program = tools.shallop};
}

PackingResult pack_interpreted(const Service& service, const Tools& tools) {
  return pack_module(service, tools, "--engine=interpreter", false);
}

PackingResult pack_compiled(const Service& service, const Tools& tools) {
  if (const auto compiler = compiler_of(tools); !compiler) return std::unexpected(compiler.error());
  return pack_module(service, tools, "--require-native", true);
}

struct Engine {
  std::string_view name;
  Result (*recipe)(const Service& service, const Tools& tools);
  PackingResult (*packing)(const Service& service, const Tools& tools) = nullptr;  // null: it runs in no container
};
constexpr std::array engines{
    Engine{"native", native, pack_native},
    Engine{"shallop-interpreter", shallop_interpreter, pack_interpreted},
    Engine{"shallop-native", shallop_native, pack_compiled},
    Engine{"wasmedge-interpreter", wasmedge_interpreter},
    Engine{"wasmedge-aot", wasmedge_aot},
    Engine{"wasmtime", wasmtime},
};

const Engine& engine_called(std::string_view name) { return *std::ranges::find(engines, name, &Engine::name); }

Result in_container(const Engine& engine, std::string_view place, const Service& service, const Tools& tools) {
  if (engine.packing == nullptr) return std::unexpected(fmt::format("{} runs in no container", engine.name));
  const std::string wanted(engine_program_of(place));
  const auto program = find_program(wanted, {});
  if (!program) return std::unexpected(fmt::format("{} is not on the PATH", wanted));
  auto packing = engine.packing(service, tools);
  if (!packing) return std::unexpected(packing.error());
  // The same for all places, so that it is made once; another comparison at the same time has its own.
  const std::string archive = fmt::format("{}/{}.{}.image.tar", tools.work_directory, service.name, engine.name);
  const std::string name =
      fmt::format("docker.io/shallop-compare/{}:{}-{}", oci_image::image_path_of(service.name), engine.name, getpid());
  if (packing->program_image) {
    packing->program_image->name = name;
    packing->program_image->archive = archive;
  } else {
    packing->prepare = joined(packing->prepare, {"--tag", name, "-o", archive});
  }
  auto commands = container_commands(
      place, *program,
      {.archive = archive, .name = name, .entrypoint = packing->entrypoint, .arguments = packing->arguments});
  Command serve = commands->serve;
  return Recipe{.prepare = packing->prepare,
                .artefact = archive,
                .serve = std::move(serve),
                .program = packing->program,
                .program_image = packing->program_image,
                .container = std::move(commands)};
}

}  // namespace

bool runs_in_containers(std::string_view engine) { return engine_called(engine).packing != nullptr; }

std::vector<std::string> engine_names() {
  std::vector<std::string> names;
  names.reserve(engines.size());
  for (const Engine& each : engines) names.emplace_back(each.name);
  return names;
}

std::expected<Recipe, std::string> recipe_of(std::string_view engine, std::string_view place, const Service& service,
                                             const Tools& tools) {
  const Engine& wanted = engine_called(engine);
  if (engine_program_of(place).empty()) return wanted.recipe(service, tools);
  return in_container(wanted, place, service, tools);
}

std::expected<Recipe, std::string> recipe_of(const OwnVariant& variant) {
  const auto program = find_program(variant.command.front(), {});
  if (!program) return std::unexpected(fmt::format("{} is missing or no program", variant.command.front()));
  Recipe recipe{.prepare = {},
                .artefact = *program,
                .serve = variant.command,
                .program = {},
                .program_image = {},
                .container = {}};
  recipe.serve.front() = *program;
  return recipe;
}

}  // namespace shallop::compare
