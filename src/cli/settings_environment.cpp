// SPDX-License-Identifier: Apache-2.0
#include "cli/settings_environment.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "embedder/diagnostics.hpp"

namespace shallop::cli {
namespace {

constexpr std::string_view prefix = "SHALLOP_";

struct Setting {
  std::string_view variable;
  std::string_view option;
};
constexpr std::array settings{
    Setting{"SHALLOP_WORKERS", "--workers"}, Setting{"SHALLOP_GRACE", "--grace"},
    Setting{"SHALLOP_STATS", "--stats"},     Setting{"SHALLOP_LOG", "--log"},
    Setting{"SHALLOP_TIMEOUT", "--timeout"}, Setting{"SHALLOP_MEMORY_LIMIT", "--memory-limit"},
};

// By the words that shallop-oci has for it.
std::string engine_option(std::string_view mode) {
  if (mode == "auto") return "--engine=auto";
  if (mode == "aot") return "--engine=native";
  if (mode == "interp") return "--engine=interpreter";
  throw UsageError(fmt::format("SHALLOP_MODE: '{}' is none of auto, aot and interp", mode));
}

// Empty for a variable that is somebody else's.
std::string option_of(std::string_view variable, std::string_view value) {
  if (variable == "SHALLOP_MODE") return engine_option(value);
  if (variable == "SHALLOP_VERBOSE") return value == "0" ? "" : "--verbose";
  const auto* const setting = std::ranges::find(settings, variable, &Setting::variable);
  return setting != settings.end() ? fmt::format("{}={}", setting->option, value) : "";
}

}  // namespace

Arguments options_of_environment() {
  Arguments options;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view text = *each;
    const size_t equals = text.find('=');
    if (!text.starts_with(prefix) || equals == text.npos || equals + 1 == text.size()) continue;
    std::string option = option_of(text.substr(0, equals), text.substr(equals + 1));
    if (!option.empty()) options.push_back(std::move(option));
  }
  return options;
}

}  // namespace shallop::cli
