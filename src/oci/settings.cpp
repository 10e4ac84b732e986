// SPDX-License-Identifier: Apache-2.0
#include "oci/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace shallop::oci {
namespace {

using Taken = std::expected<void, std::string>;  // the error is what may be written instead

// The runner reads the value and knows what is wrong with it; here it is only made sure that it is one word.
bool is_word(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](unsigned char c) {
    return std::isalnum(c) || std::string_view(".:*[]-_").contains(static_cast<char>(c));
  });
}

Taken take_mode(Settings& settings, std::string_view value) {
  if (value == "auto") return {};
  settings.wants_native = settings.needs_native = value == "aot";
  if (value == "aot") settings.runner_options.emplace_back("--engine=native");
  if (value == "aot" || value == "interp") return {};
  return std::unexpected("auto, aot or interp");
}

Taken take_preopen(Settings& settings, std::string_view value) {
  settings.only_mounts = value == "mounts";
  if (value == "mounts" || value == "root") return {};
  return std::unexpected("root or mounts");
}

Taken take_verbose(Settings& settings, std::string_view value) {
  if (value == "1") settings.runner_options.emplace_back("--verbose");
  if (value == "1" || value == "0") return {};
  return std::unexpected("1 or 0");
}

Taken take_listen(Settings& settings, std::string_view value) {
  auto addresses = parse_listen_addresses(value);
  if (!addresses) return std::unexpected(addresses.error());
  settings.listen = *std::move(addresses);
  return {};
}

template <const std::string_view& option>
Taken take_option(Settings& settings, std::string_view value) {
  if (!is_word(value)) return std::unexpected("one word");
  settings.runner_options.push_back(fmt::format("{}={}", option, value));
  return {};
}

constexpr std::string_view workers = "--workers";
constexpr std::string_view grace = "--grace";
constexpr std::string_view stats = "--stats";
constexpr std::string_view log = "--log";
constexpr std::string_view timeout = "--timeout";
constexpr std::string_view memory_limit = "--memory-limit";

struct Setting {
  std::string_view name;
  Taken (*take)(Settings& settings, std::string_view value);
};

constexpr std::array known{
    Setting{"mode", take_mode},
    Setting{"preopen", take_preopen},
    Setting{"verbose", take_verbose},
    Setting{"listen", take_listen},
    Setting{"workers", take_option<workers>},
    Setting{"grace", take_option<grace>},
    Setting{"stats", take_option<stats>},
    Setting{"log", take_option<log>},
    Setting{"timeout", take_option<timeout>},
    Setting{"memory_limit", take_option<memory_limit>},
};

struct Given {
  std::string written;  // as the user wrote it
  std::string value;
};

std::string variable_of(std::string_view name) {
  std::string variable(variable_prefix);
  for (const char each : name) variable += static_cast<char>(std::toupper(static_cast<unsigned char>(each)));
  return variable;
}

std::optional<Given> find(const Json& config, std::string_view name) {
  const std::string annotation = fmt::format("{}{}", annotation_prefix, name);
  if (const Json& value = member(config, {"annotations", annotation}); value.is_string()) {
    return Given{.written = annotation, .value = text_of(value)};
  }
  const std::string variable = variable_of(name);
  std::optional<Given> given;  // of several, the last one counts, as in the process's own environment
  for (const std::string& each : texts_of(member(config, {"process", "env"}))) {
    if (each.starts_with(variable) && each.size() > variable.size() && each[variable.size()] == '=') {
      given = Given{.written = variable, .value = each.substr(variable.size() + 1)};
    }
  }
  return given;
}

}  // namespace

std::expected<Settings, std::string> read_settings(const Json& config, const OperatorConfiguration& allowed) {
  Settings settings;
  for (const Setting& each : known) {
    const auto given = find(config, each.name);
    if (!given || given->value.empty()) continue;
    if (!allowed.container_settings.contains(each.name)) {
      settings.ignored.push_back(given->written);
      continue;
    }
    if (const auto taken = each.take(settings, given->value); !taken) {
      return std::unexpected(
          fmt::format("{}: '{}' cannot be meant: write {}", given->written, given->value, taken.error()));
    }
  }
  return settings;
}

void remove_settings(Json& environment) {
  if (!environment.is_array()) return;
  Json kept = Json::array();
  for (Json& each : environment) {
    if (!text_of(each).starts_with(variable_prefix)) kept.push_back(std::move(each));
  }
  environment = std::move(kept);
}

}  // namespace shallop::oci
