// SPDX-License-Identifier: Apache-2.0
#include "compare/plan.hpp"

#include <fmt/format.h>
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <stdexcept>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "compare/engine.hpp"
#include "compare/place.hpp"
#include "loadgen/duration.hpp"

namespace shallop::compare {
namespace {

constexpr size_t plan_size_max = size_t{1} << 20;
constexpr int64_t blocks_max = 1000;
constexpr int64_t connections_max = 100'000;

// Caught in parse_plan().
struct PlanError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string line_of(const toml::node& node) { return fmt::format("line {}", node.source().begin.line); }

[[noreturn]] void refuse(const toml::node& node, const std::string& sentence) {
  throw PlanError(fmt::format("{}: {}", line_of(node), sentence));
}

std::string joined(std::initializer_list<std::string_view> words) {
  return fmt::format("{}", fmt::join(words.begin(), words.end(), ", "));
}

void refuse_unknown_keys(const toml::table& table, std::string_view what,
                         std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : table) {
    if (std::ranges::find(known, key.str()) == known.end()) {
      refuse(value, fmt::format("{} has no key '{}'; its keys: {}", what, key.str(), joined(known)));
    }
  }
}

const std::string& text(const toml::node& node, std::string_view key) {
  const auto* value = node.as_string();
  if (value == nullptr || value->get().empty()) refuse(node, fmt::format("{} must be a text in quotes", key));
  return value->get();
}

std::string text_or(const toml::table& table, std::string_view key, std::string_view otherwise) {
  const toml::node* node = table.get(key);
  return node == nullptr ? std::string(otherwise) : text(*node, key);
}

bool flag_or(const toml::table& table, std::string_view key, bool otherwise) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return otherwise;
  if (!node->is_boolean()) refuse(*node, fmt::format("{} must be true or false", key));
  return node->as_boolean()->get();
}

int64_t number_or(const toml::table& table, std::string_view key, int64_t otherwise, int64_t low, int64_t high) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return otherwise;
  const auto* value = node->as_integer();
  if (value == nullptr || value->get() < low || value->get() > high) {
    refuse(*node, fmt::format("{} must be a whole number from {} to {}", key, low, high));
  }
  return value->get();
}

int64_t duration_or(const toml::table& table, std::string_view key, int64_t otherwise, int64_t low) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return otherwise;
  const auto duration = loadgen::parse_duration(text(*node, key));
  if (!duration) refuse(*node, fmt::format("{}: {}", key, duration.error()));
  if (*duration < low) refuse(*node, fmt::format("{} is shorter than {} ms", key, low / 1'000'000));
  return *duration;
}

double share_or(const toml::table& table, std::string_view key, double otherwise) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return otherwise;
  const std::string& value = text(*node, key);
  double percent = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), percent);
  if (error != std::errc() || std::string_view(end) != "%" || !(percent > 0 && percent < 100)) {
    refuse(*node, fmt::format("{} must be a share such as \"3%\"", key));
  }
  return percent / 100;
}

std::vector<std::string> words_or_none(const toml::table& table, std::string_view key) {
  std::vector<std::string> words;
  const toml::node* node = table.get(key);
  if (node == nullptr) return words;
  const toml::array* array = node->as_array();
  if (array == nullptr) refuse(*node, fmt::format("{} must be a list of texts: [\"PROGRAM\", \"ARGUMENT\"]", key));
  for (const toml::node& each : *array) words.push_back(text(each, key));
  return words;
}

std::vector<Choice> choices(const toml::table& table, std::string_view key, const std::vector<std::string>& known) {
  std::vector<Choice> all;
  for (std::string& word : words_or_none(table, key)) {
    const bool optional = word.ends_with('?');
    if (optional) word.pop_back();
    if (std::ranges::find(known, word) == known.end()) {
      refuse(*table.get(key), fmt::format("{} has '{}', which is none of {}", key, word, fmt::join(known, ", ")));
    }
    if (std::ranges::find(all, word, &Choice::name) != all.end()) {
      refuse(*table.get(key), fmt::format("{} has '{}' twice", key, word));
    }
    all.push_back({word, optional});
  }
  return all;
}

// The tables of [[key]], each read by `read`.
template <class Entry, class Read>
std::vector<Entry> entries(const toml::table& table, std::string_view key, const Read& read) {
  std::vector<Entry> all;
  const toml::node* node = table.get(key);
  if (node == nullptr) return all;
  const toml::array* array = node->as_array();
  if (array == nullptr) refuse(*node, fmt::format("{0} is written as [[{0}]]", key));
  for (const toml::node& each : *array) {
    if (!each.is_table()) refuse(each, fmt::format("{0} is written as [[{0}]]", key));
    all.push_back(read(*each.as_table()));
  }
  return all;
}

class Reader {
 public:
  explicit Reader(const std::string& directory) : directory_(directory) {}

  Plan read(const toml::table& table) const {
    refuse_unknown_keys(table, "a plan",
                        {"title", "blocks", "starts", "duration", "warmup", "budget", "margin", "seed", "engines",
                         "places", "service", "load", "variant"});
    Plan plan;
    plan.title = text_or(table, "title", "shallop compare");
    plan.blocks = static_cast<unsigned>(number_or(table, "blocks", plan.blocks, 1, blocks_max));
    plan.starts = static_cast<unsigned>(number_or(table, "starts", plan.starts, 0, blocks_max));
    plan.duration_ns = duration_or(table, "duration", plan.duration_ns, 100'000'000);
    plan.warmup_ns = duration_or(table, "warmup", plan.warmup_ns, 0);
    if (table.get("budget") != nullptr) plan.budget_ns = duration_or(table, "budget", 0, 1'000'000'000);
    plan.margin = share_or(table, "margin", plan.margin);
    if (table.get("seed") != nullptr) {
      plan.seed = static_cast<uint64_t>(number_or(table, "seed", 0, 0, INT64_MAX));
    }
    plan.engines = choices(table, "engines", engine_names());
    plan.places = choices(table, "places", place_names());
    if (plan.places.empty()) plan.places = {{"bare", false}};
    plan.services = entries<Service>(table, "service", [&](const toml::table& each) { return service(each); });
    plan.loads = entries<Load>(table, "load", [&](const toml::table& each) { return load(each, plan); });
    plan.own_variants =
        entries<OwnVariant>(table, "variant", [&](const toml::table& each) { return own_variant(each, plan); });
    check(plan);
    return plan;
  }

 private:
  // A file beside the plan; a program's bare name is looked for on the PATH later.
  std::string path(const std::string& word) const {
    return word.starts_with('/') ? word : (std::filesystem::path(directory_) / word).lexically_normal().string();
  }
  Command command(Command words) const {
    if (!words.empty() && words.front().contains('/')) words.front() = path(words.front());
    return words;
  }

  Service service(const toml::table& table) const {
    refuse_unknown_keys(table, "a service", {"name", "native", "native_static", "module", "arguments"});
    Service service{.name = text_or(table, "name", "service"),
                    .native = command(words_or_none(table, "native")),
                    .native_static = command(words_or_none(table, "native_static")),
                    .module = text_or(table, "module", ""),
                    .arguments = words_or_none(table, "arguments")};
    if (!service.module.empty()) service.module = path(service.module);
    if (service.native.empty() && service.module.empty()) {
      refuse(table,
             fmt::format("the service '{}' has neither native = [...] nor module = \"FILE.wasm\"", service.name));
    }
    return service;
  }

  static Load load(const toml::table& table, const Plan& plan) {
    refuse_unknown_keys(table, "a load", {"path", "connections", "any_body", "places"});
    Load load{.path = text_or(table, "path", "/"),
              .connections = static_cast<unsigned>(number_or(table, "connections", 8, 1, connections_max)),
              .any_body = flag_or(table, "any_body", false),
              .places = words_or_none(table, "places")};
    if (!load.path.starts_with('/')) refuse(table, fmt::format("the path '{}' does not begin with /", load.path));
    for (const std::string& place : load.places) {
      if (std::ranges::find(plan.places, place, &Choice::name) == plan.places.end()) {
        refuse(table, fmt::format("the load of {} is for '{}', which is no place of the plan", load.path, place));
      }
    }
    return load;
  }

  OwnVariant own_variant(const toml::table& table, const Plan& plan) const {
    refuse_unknown_keys(table, "a variant", {"name", "service", "command", "optional"});
    OwnVariant variant{.name = text_or(table, "name", ""),
                       .service = text_or(table, "service", plan.services.empty() ? "" : plan.services.front().name),
                       .command = command(words_or_none(table, "command")),
                       .optional = flag_or(table, "optional", false)};
    if (variant.name.empty() || variant.command.empty()) {
      refuse(table, "a variant needs name = \"...\" and command = [\"PROGRAM\", ...]");
    }
    if (std::ranges::find(plan.services, variant.service, &Service::name) == plan.services.end()) {
      refuse(table, fmt::format("the variant '{}' is of no service of the plan: '{}'", variant.name, variant.service));
    }
    return variant;
  }

  static void check(const Plan& plan) {
    if (plan.services.empty()) throw PlanError("the plan has no [[service]]");
    if (plan.loads.empty()) throw PlanError("the plan has no [[load]]");
    if (plan.engines.empty() && plan.own_variants.empty()) {
      throw PlanError(
          fmt::format("the plan has neither engines nor a [[variant]]; engines: {}", fmt::join(engine_names(), ", ")));
    }
    for (const Choice& place : plan.places) {
      if (std::ranges::none_of(plan.loads, [&](const Load& load) { return load.is_for(place.name); })) {
        throw PlanError(fmt::format("no [[load]] is for the place '{}'", place.name));
      }
    }
    for (size_t i = 0; i < plan.services.size(); ++i) {
      for (size_t other = 0; other < i; ++other) {
        if (plan.services[i].name == plan.services[other].name) {
          throw PlanError(fmt::format("two services are called '{}'", plan.services[i].name));
        }
      }
    }
    for (size_t i = 0; i < plan.loads.size(); ++i) {
      for (size_t other = 0; other < i; ++other) {
        if (plan.loads[i].name() == plan.loads[other].name()) {
          throw PlanError(fmt::format("two loads are the same: {}", plan.loads[i].name()));
        }
      }
    }
  }

  const std::string& directory_;
};

constexpr std::string_view default_text = R"(
title = "The example service, natively and as WebAssembly"
engines = ["native", "shallop-interpreter", "shallop-native?", "wasmedge-interpreter?", "wasmedge-aot?", "wasmtime?"]
places = ["bare", "docker?", "docker-host?", "podman?", "podman-host?", "containerd-host?"]
starts = 3
budget = "5m"

[[service]]
name = "http_service"
native = ["./http_service", "{port}"]
native_static = ["./http_service_static", "{port}"]
module = "http_service.wasm"
arguments = ["{port}"]

[[load]]
path = "/"
connections = 8

[[load]]
path = "/heavy"
connections = 8

[[load]]
path = "/"
connections = 512
places = ["bare"]
)";

}  // namespace

std::string Load::name() const {
  return fmt::format("{}, {} connection{}", path, connections, connections == 1 ? "" : "s");
}

bool Load::is_for(std::string_view place) const {
  return places.empty() || std::ranges::find(places, place) != places.end();
}

std::string fingerprint(const Plan& plan) {
  std::string text = fmt::format("{} {} {} {} {} {}\n", plan.blocks, plan.starts, plan.duration_ns, plan.warmup_ns,
                                 plan.margin, plan.budget_ns.value_or(0));
  for (const Service& each : plan.services) {
    text += fmt::format("service {} {} {} {} {}\n", each.name, fmt::join(each.native, "\x1f"),
                        fmt::join(each.native_static, "\x1f"), each.module, fmt::join(each.arguments, "\x1f"));
  }
  for (const Choice& each : plan.engines) text += fmt::format("engine {} {}\n", each.name, each.optional);
  for (const Choice& each : plan.places) text += fmt::format("place {} {}\n", each.name, each.optional);
  for (const OwnVariant& each : plan.own_variants) {
    text +=
        fmt::format("variant {} {} {} {}\n", each.name, each.service, fmt::join(each.command, "\x1f"), each.optional);
  }
  for (const Load& each : plan.loads)
    text += fmt::format("load {} {} {}\n", each.name(), each.any_body, fmt::join(each.places, " "));
  return hexadecimal(sha256(std::as_bytes(std::span(text)))).substr(0, 16);
}

std::expected<Plan, std::string> parse_plan(std::string_view text, const std::string& name,
                                            const std::string& directory) {
  try {
    return Reader(directory).read(toml::parse(text, name));
  } catch (const toml::parse_error& error) {
    return std::unexpected(
        fmt::format("{}: line {}: it is no TOML: {}", name, error.source().begin.line, error.description()));
  } catch (const PlanError& error) {
    return std::unexpected(fmt::format("{}: {}", name, error.what()));
  }
}

std::expected<Plan, std::string> read_plan(const std::string& path) {
  const auto bytes = read_file(path, plan_size_max);
  if (!bytes) return std::unexpected(fmt::format("{}: it cannot be read: {}", path, bytes.error().message()));
  const std::string directory = std::filesystem::absolute(path).parent_path().string();
  return parse_plan({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, path, directory);
}

Plan default_plan(const std::string& program_directory) {
  const std::string directory = (std::filesystem::path(program_directory) / "../examples").lexically_normal().string();
  return parse_plan(default_text, "the built-in plan", directory).value();
}

}  // namespace shallop::compare
