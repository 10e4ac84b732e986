// SPDX-License-Identifier: Apache-2.0
#include "oci/create.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <utility>

#include "oci/bundle.hpp"
#include "oci/compilation.hpp"
#include "oci/container_files.hpp"
#include "oci/injection.hpp"
#include "oci/messages.hpp"
#include "oci/module_store.hpp"
#include "oci/program.hpp"
#include "oci/settings.hpp"

namespace shallop::oci {
namespace {

constexpr const char* installed_beside = "/usr/libexec/shallop/";

// The pause container of a pod.
bool is_sandbox(const Bundle& bundle) {
  return bundle.annotation("io.kubernetes.cri.container-type") == "sandbox" ||
         bundle.annotation("io.kubernetes.cri-o.ContainerType") == "sandbox";
}

bool is_injected(const Bundle& bundle) {
  const auto invocation = invocation_of(member(bundle.config(), "annotations"));
  const std::vector<std::string> arguments = texts_of(member(bundle.config(), {"process", "args"}));
  return invocation && std::ranges::find(arguments, invocation->runner) != arguments.end();
}

// The words of crun and containerd's shims for "this is Wasm"; the -smart ones say "look".
bool is_announced(const Bundle& bundle) {
  const std::string handler = bundle.annotation("run.oci.handler");
  return handler == "wasm" || handler == "shallop" || bundle.annotation("module.wasm.image/variant") == "compat";
}

bool is_file(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// A program that is installed with this one.
std::optional<std::string> companion(const std::string& configured, std::string_view name) {
  if (!configured.empty()) return is_file(configured) ? std::optional(configured) : std::nullopt;
  std::error_code error;
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", error);
  for (const std::filesystem::path& directory :
       std::initializer_list<std::filesystem::path>{own.parent_path(), installed_beside}) {
    std::string path = (directory / name).string();
    if (is_file(path)) return path;
  }
  return std::nullopt;
}

// The directory to mount. The error is a sentence: whatever is wrong with it, a container can run without.
std::expected<std::string, std::string> native_store_for(const GuestProgram& program,
                                                         const OperatorConfiguration& configuration) {
  if (configuration.native_store.empty()) return std::unexpected("this host keeps no native code");
  const auto precompiler = companion(configuration.compiler, "shallop");
  if (!precompiler) return std::unexpected("the program shallop, which compiles for containers, is not on this host");
  auto directory = module_directory(configuration.native_store, program.file.get());
  if (!directory || !wants_compilation(*directory, *precompiler)) return directory;
  const auto started = start_compilation({.precompiler = *precompiler,
                                          .store = configuration.native_store,
                                          .directory = *directory,
                                          .store_bytes_max = configuration.native_store_mib << 20,
                                          .user = static_cast<uid_t>(configuration.compiler_user)},
                                         program.file.get());
  if (!started) return std::unexpected(started.error());
  return directory;
}

// The sockets that the container is to get; what tells the runner and the real runtime of them is added.
std::expected<std::vector<UniqueFd>, std::string> listeners_for(const CommandLine& line,
                                                                const OperatorConfiguration& configuration,
                                                                Settings& settings,
                                                                std::vector<std::string>& arguments) {
  if (settings.listen.empty()) return {};
  if (line.preserved_descriptors != 0) {
    return std::unexpected("SHALLOP_LISTEN: the engine hands descriptors into the container itself (--preserve-fds)");
  }
  for (const ListenAddress& each : settings.listen) {
    if (is_allowed(each, configuration.listen)) continue;
    return std::unexpected(fmt::format(
        "SHALLOP_LISTEN: this host does not allow {}: its operator names it in /etc/shallop/oci.json, member 'listen'",
        each.text));
  }
  auto listeners = open_listeners(settings.listen);
  if (!listeners) return std::unexpected(fmt::format("SHALLOP_LISTEN: {}", listeners.error()));
  for (size_t i = 0; i < settings.listen.size(); ++i) {
    settings.runner_options.push_back(fmt::format("--listen=fd:{}", static_cast<size_t>(first_inherited) + i));
  }
  const auto behind_command = arguments.begin() + static_cast<ptrdiff_t>(line.command_index) + 1;
  arguments.insert(behind_command, {"--preserve-fds", fmt::format("{}", settings.listen.size())});
  return listeners;
}

// The sockets that are to be handed over.
std::expected<std::vector<UniqueFd>, std::string> rewrite(const CommandLine& line, const Bundle& bundle,
                                                          const GuestProgram& program, const Host& host,
                                                          std::vector<std::string>& arguments) {
  const OperatorConfiguration& configuration = host.configuration;
  auto settings = read_settings(bundle.config(), configuration);
  if (!settings) return std::unexpected(settings.error());
  if (!settings->ignored.empty()) {
    report(line, Level::warning,
           fmt::format("{} ignored: 'container_settings' of /etc/shallop/oci.json does not allow it",
                       fmt::join(settings->ignored, ", ")));
  }
  const auto runner = companion(configuration.runner, "shallop-run");
  if (!runner) {
    return std::unexpected(fmt::format(
        "{} runs WebAssembly, and is not on this host: install it there, or name it in /etc/shallop/oci.json, member "
        "'runner'",
        configuration.runner.empty() ? std::string(installed_beside) + "shallop-run" : configuration.runner));
  }
  Injection injection{.runner = *runner, .native_store = {}, .allow_native = configuration.allow_native};
  if (settings->wants_native) {
    auto store = native_store_for(program, configuration);
    if (!store && settings->needs_native) {
      return std::unexpected(
          fmt::format("SHALLOP_MODE=aot waits for native code, and there will be none: {}", store.error()));
    }
    if (!store && !configuration.native_store.empty()) report(line, Level::warning, store.error());
    injection.native_store = store.value_or("");
  }
  if (const auto reason = reason_to_write_nothing(bundle, program)) {
    report(line, Level::warning, fmt::format("the guest may not write to its files: {}", *reason));
  }
  auto listeners = listeners_for(line, configuration, *settings, arguments);
  if (!listeners) return listeners;
  if (const auto replaced = bundle.replace_config(inject(bundle, program, *settings, injection)); !replaced) {
    return std::unexpected(replaced.error());
  }
  return listeners;
}

}  // namespace

std::expected<void, std::string> prepare_create(const CommandLine& line, const Host& host,
                                                std::vector<std::string>& arguments) {
  const auto bundle = Bundle::load(line.bundle);
  // The real runtime knows what it cannot read.
  if (!bundle || is_sandbox(*bundle) || bundle->annotation("dev.shallop.handler") == "off" || is_injected(*bundle)) {
    return {};
  }
  const Json& process = member(bundle->config(), "process");
  Found found = find_program({.arguments = texts_of(member(process, "args")),
                              .environment = texts_of(member(process, "env")),
                              .directory = text_of(member(process, "cwd")),
                              .is_announced = is_announced(*bundle)},
                             ContainerFiles(*bundle));
  if (const auto* refusal = std::get_if<Refusal>(&found)) return std::unexpected(refusal->sentence);
  auto* program = std::get_if<GuestProgram>(&found);
  if (program == nullptr) return {};
  const auto listeners = rewrite(line, *bundle, *program, host, arguments);
  if (!listeners) return std::unexpected(listeners.error());
  // It may have a number that a socket is to have.
  program->file.reset();
  if (const auto handed = hand_over(*listeners); !handed) {
    return std::unexpected(fmt::format("SHALLOP_LISTEN: {}", handed.error()));
  }
  return {};
}

}  // namespace shallop::oci
