// SPDX-License-Identifier: Apache-2.0
#include "cli/option_values.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>

#include "base/parse_number.hpp"
#include "embedder/diagnostics.hpp"

namespace shallop::cli {
namespace {

struct Unit {
  std::string_view name;
  unsigned shift;
};
constexpr std::array units{Unit{"", 0},   Unit{"B", 0},    Unit{"K", 10}, Unit{"KiB", 10},
                           Unit{"M", 20}, Unit{"MiB", 20}, Unit{"G", 30}, Unit{"GiB", 30}};

struct TimeUnit {
  std::string_view name;
  double seconds;
};
constexpr std::array time_units{TimeUnit{"", 1}, TimeUnit{"ms", 1e-3}, TimeUnit{"s", 1}, TimeUnit{"m", 60},
                                TimeUnit{"h", 3600}};

std::string_view name_of(std::string_view variable) { return variable.substr(0, variable.find('=')); }

void set_variable(std::vector<std::string>& variables, std::string_view variable) {
  std::erase_if(variables, [&](const std::string& each) { return name_of(each) == name_of(variable); });
  variables.emplace_back(variable);
}

// Those that configure a runner in a container are no business of the guest's.
void take_all_variables(std::vector<std::string>& variables) {
  for (const char* const* each = ::environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view variable(*each);
    if (variable.contains('=') && !variable.starts_with("SHALLOP_")) set_variable(variables, variable);
  }
}

}  // namespace

uint64_t parse_size(std::string_view option, std::string_view text) {
  uint64_t number = 0;
  const char* first = text.data();
  const char* last = first + text.size();
  const auto [end, error] = std::from_chars(first, last, number);
  const auto* unit = std::ranges::find(units, std::string_view(end, last), &Unit::name);
  if (error != std::errc() || unit == units.end() || number > UINT64_MAX >> unit->shift) {
    throw UsageError(fmt::format("{}: '{}' is no size: write it as 65536, 64KiB, 512MiB or 4GiB", option, text));
  }
  return number << unit->shift;
}

std::chrono::nanoseconds parse_duration(std::string_view option, std::string_view text) {
  constexpr double longest_s = 1e9;  // some thirty years
  double number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number, std::chars_format::fixed);
  const auto* unit = std::ranges::find(time_units, std::string_view(end, last), &TimeUnit::name);
  if (error == std::errc() && unit != time_units.end()) {
    const double seconds = number * unit->seconds;
    const auto duration = seconds <= longest_s
                              ? std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds))
                              : std::chrono::nanoseconds(0);
    if (duration.count() > 0) return duration;
  }
  throw UsageError(fmt::format("{}: '{}' is no time: write it as 500ms, 2s, 1.5m or 1h", option, text));
}

wasi::Preopen parse_preopen(std::string_view text) {
  std::array<std::string_view, 3> parts;
  std::string_view left = text;
  size_t count = 0;
  for (bool more = true; more && count < parts.size(); ++count) {
    const size_t colon = left.find(':');
    more = colon != left.npos;
    parts[count] = left.substr(0, colon);
    left.remove_prefix(more ? colon + 1 : left.size());
  }
  const auto [host, guest, mode] = parts;
  if (host.empty() || !left.empty() || (count == 3 && mode != "ro")) {
    throw UsageError(fmt::format("--dir {}: it is written HOST, HOST:GUEST or HOST:GUEST:ro", text));
  }
  return {
      .host_path = std::string(host), .guest_path = std::string(guest.empty() ? host : guest), .read_only = count == 3};
}

std::vector<std::string> parse_environment(const std::vector<std::string>& texts) {
  std::vector<std::string> variables;
  for (const std::string& text : texts) {
    if (text == "*") {
      take_all_variables(variables);
      continue;
    }
    const std::string name(name_of(text));
    if (name.empty()) throw UsageError(fmt::format("--env {}: it is written NAME=VALUE or NAME", text));
    if (name.size() < text.size()) {
      set_variable(variables, text);
    } else if (const char* value = std::getenv(name.c_str())) {
      set_variable(variables, name + '=' + value);
    } else {
      std::erase_if(variables, [&](const std::string& each) { return name_of(each) == name; });
    }
  }
  return variables;
}

wasi::NetworkPolicy parse_network(const std::vector<std::string>& rules) {
  if (rules.empty()) return {};
  auto policy = wasi::NetworkPolicy::parse(fmt::format("{}", fmt::join(rules, ",")));
  if (!policy) throw UsageError(fmt::format("--net: {}", policy.error()));
  return *std::move(policy);
}

wasi::ListenerPreopen parse_listener(std::string_view option, std::string_view text) {
  constexpr std::string_view inherited = "fd:";
  if (!text.starts_with(inherited)) return {.address = parse_address(option, text)};
  constexpr int first = 3;  // before it are the standard streams
  const auto descriptor = parse_number<int>(text.substr(inherited.size()), first);
  if (!descriptor) {
    throw UsageError(fmt::format("{}: '{}' is not fd: and a number from {} on", option, text, first));
  }
  return {.address = {}, .inherited = *descriptor};
}

wasi::SocketAddress parse_address(std::string_view option, std::string_view text) {
  const auto address = wasi::parse_listen_address(text);
  if (!address) throw UsageError(fmt::format("{}: {}", option, address.error()));
  return *address;
}

}  // namespace shallop::cli
