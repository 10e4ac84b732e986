// SPDX-License-Identifier: Apache-2.0
#include "cli/pack_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/parse_number.hpp"
#include "binary/utf8.hpp"
#include "cli/command_line.hpp"
#include "cli/option_values.hpp"
#include "cli/program_beside.hpp"
#include "embedder/diagnostics.hpp"
#include "oci_image/service_image.hpp"

namespace shallop::cli {
namespace {

#if defined(__x86_64__)
constexpr std::string_view host_architecture = "amd64";
#elif defined(__aarch64__)
constexpr std::string_view host_architecture = "arm64";
#endif

// The values as they were typed.
struct Typed {
  std::string output;
  std::vector<std::string> names;
  std::vector<std::string> runners;
  bool module_only = false;
  std::string platform;
  bool native = false;
  std::string cpu;
  std::vector<std::string> directories;
  std::vector<std::string> run_options;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::vector<std::string> ports;
  std::string health;
  std::string user;
  std::vector<std::string> labels;
};

void add_options(CLI::App& app, Typed& typed) {
  const auto repeatable = [](CLI::Option* option) { return option->take_all()->allow_extra_args(false); };
  app.add_option("-o,--output", typed.output, "The archive to write; - is standard output")->option_text("IMAGE.tar");
  repeatable(app.add_option("--tag", typed.names, "A name for the image (the file's, as in http_service:latest)"))
      ->option_text("NAME[:TAG]");
  repeatable(app.add_option("--cmd", typed.arguments,
                            "An argument of the guest, unless others are given when a container is started"))
      ->option_text("ARG");
  repeatable(
      app.add_option("--env", typed.environment, "A variable of the guest; without =VALUE it is taken from here"))
      ->option_text("NAME[=VALUE]");
  repeatable(app.add_option("--dir", typed.directories,
                            "An empty directory that the guest gets, for a volume; for reading only with ro"))
      ->option_text("DIR[:ro]");
  repeatable(app.add_option("--expose", typed.ports, "A port that the guest listens on"))->option_text("PORT[/udp]");
  app.add_option("--health", typed.health, "Let the engine ask for this by HTTP whether the guest is well")
      ->option_text("PORT[/PATH]");
  app.add_option("--user", typed.user, "Who the container runs as, in numbers (65532:65532)")->option_text("UID[:GID]");
  repeatable(app.add_option("--label", typed.labels, "A label, as in org.opencontainers.image.version=1.2"))
      ->option_text("NAME=VALUE");
  repeatable(app.add_option("--run-option", typed.run_options,
                            "An option of shallop run for every start, as in --run-option=--workers=auto"))
      ->option_text("OPTION");
  app.add_flag("--native", typed.native, "Compile the module and let the image run that code")->disable_flag_override();
  app.add_option("--cpu", typed.cpu,
                 "The processor that --native compiles for: baseline (default, x86-64-v2), host, or a name that LLVM "
                 "knows")
      ->option_text("CPU");
  repeatable(app.add_option("--runner", typed.runners,
                            "The static runner to pack (shallop-run beside this program); several, for machines of "
                            "several kinds, make one image for all of them"))
      ->option_text("[ARCH=]FILE");
  app.add_flag("--module-only", typed.module_only,
               "Pack the module alone, for engines that have shallop-oci or the like as their runtime")
      ->disable_flag_override();
  app.add_option("--platform", typed.platform,
                 "What --module-only says it is for: wasi/wasm, or linux with this machine")
      ->option_text("OS/ARCH");
  app.footer(
      "Examples:\n"
      "  shallop pack --expose 8080 --health 8080 -o image.tar http_service.wasm\n"
      "  docker load -i image.tar\n"
      "  shallop pack --native --tag registry.example/team/service:1 -o image.tar service.wasm\n"
      "  shallop pack --module-only --platform wasi/wasm -o image.tar service.wasm\n");
}

std::string_view before(std::string_view text, char mark) { return text.substr(0, text.find(mark)); }
std::string_view behind(std::string_view text, char mark) {
  const size_t at = text.find(mark);
  return at == text.npos ? std::string_view() : text.substr(at + 1);
}

oci_image::Owner parse_user(const std::string& text) {
  constexpr uint32_t most = 4'294'967'294;  // -1 stands for nobody
  const auto user = parse_number<uint32_t>(before(text, ':'), 0, most);
  const auto group = text.contains(':') ? parse_number<uint32_t>(behind(text, ':'), 0, most) : user;
  if (!user || !group) {
    throw UsageError(fmt::format("--user: '{}' is no number as in 65532 or 65532:65532: the image has no names", text));
  }
  return {.user = *user, .group = *group};
}

uint32_t parse_port(std::string_view option, std::string_view text) {
  const auto port = parse_number<uint16_t>(text, 1);
  if (!port) throw UsageError(fmt::format("{}: '{}' is no port from 1 to 65535", option, text));
  return *port;
}

std::string parse_exposed(const std::string& text) {
  const std::string_view protocol = text.contains('/') ? behind(text, '/') : "tcp";
  if (protocol != "tcp" && protocol != "udp") {
    throw UsageError(fmt::format("--expose: '{}' is neither tcp nor udp", protocol));
  }
  return fmt::format("{}/{}", parse_port("--expose", before(text, '/')), protocol);
}

// The words of the check that a container's engine makes.
std::vector<std::string> parse_health(const std::string& text) {
  const size_t slash = text.find('/');
  std::vector<std::string> words{std::string(oci_image::runner_path), "health",
                                 fmt::to_string(parse_port("--health", text.substr(0, slash)))};
  if (slash != text.npos) words.push_back(text.substr(slash));
  return words;
}

std::pair<std::string, std::string> parse_label(const std::string& text) {
  if (!text.contains('=') || text.starts_with('=')) {
    throw UsageError(fmt::format("--label: '{}' is not written as NAME=VALUE", text));
  }
  return {std::string(before(text, '=')), std::string(behind(text, '='))};
}

oci_image::Platform parse_platform(const std::string& text) {
  if (text.empty()) return {.os = "linux", .architecture = std::string(host_architecture)};
  const oci_image::Platform platform{.os = std::string(before(text, '/')),
                                     .architecture = std::string(behind(text, '/'))};
  const auto is_word = [](const std::string& word) {
    return !word.empty() && std::ranges::all_of(word, [](unsigned char c) { return std::isalnum(c) != 0; });
  };
  if (!is_word(platform.os) || !is_word(platform.architecture)) {
    throw UsageError(fmt::format("--platform: '{}' is not written as wasi/wasm or linux/amd64", text));
  }
  return platform;
}

std::vector<RunnerFile> parse_runners(const std::vector<std::string>& texts) {
  if (texts.empty()) return {{.architecture = "", .path = path_beside("shallop-run")}};
  std::vector<RunnerFile> runners;
  for (const std::string& each : texts) {
    const bool has_architecture = each.contains('=') && !before(each, '=').contains('/');
    runners.push_back({.architecture = has_architecture ? std::string(before(each, '=')) : "",
                       .path = has_architecture ? std::string(behind(each, '=')) : each});
  }
  return runners;
}

std::vector<oci_image::ImageName> parse_names(const std::vector<std::string>& texts, const std::string& file) {
  std::vector<std::string> wanted = texts;
  if (wanted.empty()) wanted.push_back(oci_image::image_path_of(oci_image::module_path_of(file).substr(1)));
  std::vector<oci_image::ImageName> names;
  for (const std::string& each : wanted) {
    auto name = oci_image::parse_image_name(each);
    if (!name) throw UsageError(fmt::format("--tag: '{}' is no name of an image: {}", each, name.error()));
    names.push_back(*std::move(name));
  }
  return names;
}

void add_directory(PackOptions& options, const std::string& text) {
  const bool read_only = text.ends_with(":ro");
  std::string path = read_only ? text.substr(0, text.size() - 3) : text;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const bool is_plain = path.starts_with('/') && !path.contains(':') && !(path + '/').contains("/../") &&
                        !(path + '/').contains("/./") && !path.contains("//");
  if (!is_plain) throw UsageError(fmt::format("--dir: '{}' is no absolute path in the image, as in /data", text));
  options.runner_options.push_back(fmt::format("--dir={0}:{0}{1}", path, read_only ? ":ro" : ""));
  options.directories.push_back(std::move(path));
}

// https://reproducible-builds.org/specs/source-date-epoch/
int64_t source_date_epoch() {
  constexpr int64_t latest = 8'589'934'591;  // that an entry of a tar archive can have
  const char* variable = std::getenv("SOURCE_DATE_EPOCH");
  if (variable == nullptr) return 0;
  const auto time_s = parse_number<int64_t>(variable, 0, latest);
  if (!time_s) {
    throw UsageError(
        fmt::format("SOURCE_DATE_EPOCH is '{}', and not a number of seconds from 0 to {}", variable, latest));
  }
  return *time_s;
}

void refuse_contradictions(const Typed& typed) {
  const std::pair<std::string_view, bool> for_runner[] = {{"--runner", !typed.runners.empty()},
                                                          {"--native", typed.native},
                                                          {"--run-option", !typed.run_options.empty()},
                                                          {"--dir", !typed.directories.empty()},
                                                          {"--health", !typed.health.empty()}};
  for (const auto& [option, is_given] : for_runner) {
    if (typed.module_only && is_given) {
      throw UsageError(fmt::format("--module-only packs no runner, so {} cannot be meant", option));
    }
  }
  if (!typed.module_only && !typed.platform.empty()) {
    throw UsageError("--platform is for --module-only: with a runner, the platform is the runner's");
  }
  if (!typed.native && !typed.cpu.empty())
    throw UsageError("--cpu says what --native compiles for, and is nothing without it");
}

// JSON holds nothing else.
void refuse_other_than_utf8(const PackOptions& options) {
  const auto check = [](const std::string& text) {
    if (find_malformed_utf8(text))
      throw UsageError(fmt::format("'{}' is no UTF-8, as an image's texts have to be", text));
  };
  for (const auto* list :
       {&options.runner_options, &options.config.command, &options.config.environment, &options.config.health_check}) {
    std::ranges::for_each(*list, check);
  }
  for (const auto& [name, value] : options.config.labels) {
    check(name);
    check(value);
  }
}

PackOptions pack_options(const Typed& typed, const std::string& file) {
  refuse_contradictions(typed);
  if (typed.output.empty()) throw UsageError(fmt::format("where to? shallop pack {} -o IMAGE.tar", file));
  PackOptions options;
  options.file = file;
  options.output = typed.output;
  options.names = parse_names(typed.names, file);
  options.module_only = typed.module_only;
  options.platform = parse_platform(typed.platform);
  if (!typed.module_only) options.runners = parse_runners(typed.runners);
  if (typed.native) options.native_cpu = typed.cpu.empty() ? "baseline" : typed.cpu;
  options.runner_options = oci_image::runner_options(typed.native);
  for (const std::string& each : typed.directories) add_directory(options, each);
  check_run_options(typed.run_options);
  options.runner_options.insert(options.runner_options.end(), typed.run_options.begin(), typed.run_options.end());
  options.user = typed.user.empty() ? oci_image::default_user : parse_user(typed.user);
  options.time_s = source_date_epoch();

  oci_image::Config& config = options.config;
  config.command = typed.arguments;
  config.environment = parse_environment(typed.environment);
  config.user = fmt::format("{}:{}", options.user.user, options.user.group);
  for (const std::string& each : typed.ports) config.exposed_ports.push_back(parse_exposed(each));
  if (!typed.health.empty()) config.health_check = parse_health(typed.health);
  for (const std::string& each : typed.labels) config.labels.push_back(parse_label(each));
  refuse_other_than_utf8(options);
  return options;
}

}  // namespace

std::optional<PackOptions> parse_pack_options(const Arguments& arguments) {
  CommandLine line(
      "shallop pack", "FILE.wasm",
      "Makes a container image of a module and writes it as an archive that docker load, podman load and "
      "ctr image import take. The image holds the module and the static runner, and nothing else; the same "
      "files give the same bytes. SOURCE_DATE_EPOCH is the time that it says it was made (1970).");
  Typed typed;
  add_options(line.app(), typed);
  const auto operands = line.parse(arguments);
  if (!operands) return std::nullopt;
  if (operands->size() != 1) {
    throw UsageError(fmt::format("pack takes one file, not {}: shallop pack FILE.wasm -o IMAGE.tar", operands->size()));
  }
  return pack_options(typed, operands->front());
}

}  // namespace shallop::cli
