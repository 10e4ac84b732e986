// SPDX-License-Identifier: Apache-2.0
// The program `shallop-pack`, which `shallop pack` becomes: writes a module as a container image.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "aot/compiler_process.hpp"
#include "aot/native_section.hpp"
#include "aot/processor.hpp"
#include "base/file.hpp"
#include "cli/output_file.hpp"
#include "cli/pack_options.hpp"
#include "cli/run_program.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/program.hpp"
#include "embedder/run.hpp"
#include "oci_image/service_image.hpp"
#include "oci_image/static_program.hpp"

namespace shallop::cli {
namespace {

struct Runner {
  std::string architecture;
  std::shared_ptr<const oci_image::Layer> layer;
};

Runner load_runner(const RunnerFile& file, int64_t time_s) {
  constexpr size_t size_bytes_max = size_t{1} << 30;
  const auto bytes = read_file(file.path, size_bytes_max);
  if (!bytes) {
    throw Error(
        fmt::format("the runner {} cannot be read: {}; --runner names another", file.path, bytes.error().message()));
  }
  const auto architecture = oci_image::static_program_architecture(*bytes);
  if (!architecture) {
    throw Error(fmt::format("{} cannot be the runner: {}; --runner names another", file.path, architecture.error()));
  }
  if (!file.architecture.empty() && file.architecture != *architecture) {
    throw Error(fmt::format("the runner {} is for {}, not for {} as --runner says", file.path, *architecture,
                            file.architecture));
  }
  return {.architecture = std::string(*architecture), .layer = oci_image::runner_layer(*bytes, time_s)};
}

std::vector<Runner> load_runners(const PackOptions& options) {
  std::vector<Runner> runners;
  for (const RunnerFile& each : options.runners) {
    Runner runner = load_runner(each, options.time_s);
    if (std::ranges::find(runners, runner.architecture, &Runner::architecture) != runners.end()) {
      throw Error(fmt::format("there are two runners for {}: one image holds one for each", runner.architecture));
    }
    runners.push_back(std::move(runner));
  }
  return runners;
}

std::string_view go_name(std::string_view architecture) {
  if (architecture == "x86_64") return "amd64";
  return architecture == "aarch64" ? "arm64" : architecture;
}

// The module with its native code.
std::vector<std::byte> compile(const Module& module, const PackOptions& options, const std::vector<Runner>& runners) {
  const auto compiler = aot::find_compiler();
  if (!compiler) throw Error("there is no shallop-compiler beside this program, so --native cannot be done");
  const bool fits = runners.size() == 1 && runners[0].architecture == go_name(aot::host_architecture);
  if (!fits) {
    throw Error(fmt::format("--native compiles for {} alone, which is not what --runner packs",
                            go_name(aot::host_architecture)));
  }
  if (::isatty(STDERR_FILENO) == 1) print_diagnostic(fmt::format("compiling for {} ...", *options.native_cpu));
  auto process = aot::CompilerProcess::start(*compiler, *module.bytes, {.cpu = *options.native_cpu});
  const auto section = process ? process->wait() : std::unexpected(process.error());
  if (!section) throw Error(section.error());
  return aot::with_native_section(module, *section);
}

void add_labels(const PackOptions& options, const Module& module, oci_image::Config& config) {
  const auto add = [&](std::string_view name, std::string value) {
    const bool is_given = std::ranges::any_of(config.labels, [&](const auto& each) { return each.first == name; });
    if (!is_given) config.labels.emplace_back(name, std::move(value));
  };
  add("org.opencontainers.image.title", oci_image::module_path_of(options.file).substr(1));
  add("dev.shallop.producer", std::string(aot::producer()));
  add("dev.shallop.module", oci_image::text_of(aot::module_hash(module)));
  if (options.native_cpu) add("dev.shallop.cpu", *options.native_cpu);
}

std::vector<oci_image::Image> make_images(const PackOptions& options, const Module& module) {
  oci_image::Config config = options.config;
  add_labels(options, module, config);
  const std::vector<Runner> runners = load_runners(options);
  std::vector<std::byte> with_native;
  if (options.native_cpu) with_native = compile(module, options, runners);
  const oci_image::Module packed{.path = oci_image::module_path_of(options.file),
                                 .bytes = options.native_cpu ? with_native : *module.bytes};
  const auto layer = oci_image::module_layer(packed, options.directories, options.user, options.time_s);
  if (options.module_only) {
    return {{.platform = options.platform,
             .config = oci_image::config_of_module_alone(std::move(config), packed),
             .layers = {layer}}};
  }
  std::vector<oci_image::Image> images;
  images.reserve(runners.size());
  for (const Runner& each : runners) {
    images.push_back({.platform = {.os = "linux", .architecture = each.architecture},
                      .config = oci_image::config_with_runner(config, options.runner_options, packed),
                      .layers = {each.layer, layer}});
  }
  return images;
}

int pack(const PackOptions& options) {
  const auto module = load_module(options.file);
  check_command(*module);
  const std::vector<oci_image::Image> images = make_images(options, **module);
  const std::vector<std::byte> archive = oci_image::write_archive(images, options.names, options.time_s);
  write_output(options.output, {reinterpret_cast<const char*>(archive.data()), archive.size()});
  return exit_status::success;
}

int parse_and_pack(const Arguments& arguments) {
  const auto options = parse_pack_options(arguments);
  if (!options) return exit_status::success;
  return with_diagnostics(options->file, [&] { return pack(*options); });
}

}  // namespace
}  // namespace shallop::cli

int main(int argument_count, char** arguments) {
  return shallop::cli::run_program(argument_count, arguments, shallop::cli::parse_and_pack);
}
