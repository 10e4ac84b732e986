// SPDX-License-Identifier: Apache-2.0
#include "embedder/control_groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

namespace shallop {
namespace {

// The name of the unified hierarchy of version 2 in lists of controllers.
const std::string unified;

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<int64_t> number_at_start(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

std::optional<uint32_t> processors_of(std::optional<int64_t> quota, std::optional<int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  const int64_t whole = *quota / *period + (*quota % *period != 0 ? 1 : 0);
  return static_cast<uint32_t>(std::clamp<int64_t>(whole, 1, 1 << 20));
}

// "150000 100000", or "max 100000" for no limit.
std::optional<uint32_t> processors_of_cpu_max(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  return processors_of(number_at_start(text.substr(0, space)), number_at_start(text.substr(space + 1)));
}

// Version 1 says "no limit" as the largest multiple of a page.
std::optional<uint64_t> bytes_of(std::string_view text) {
  constexpr int64_t no_limit = int64_t{1} << 62;
  const auto bytes = number_at_start(text);
  return bytes && *bytes > 0 && *bytes < no_limit ? std::optional(static_cast<uint64_t>(*bytes)) : std::nullopt;
}

}  // namespace

ControlGroups::ControlGroups(std::string root, std::string membership)
    : root_(std::move(root)), membership_(std::move(membership)) {}

// Lines of the file are "ID:CONTROLLERS:PATH".
std::optional<std::string> ControlGroups::group_of(const std::string& controller) const {
  std::ifstream file(membership_);
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string names = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    const bool found = controller.empty() ? names == ",," : names.contains(fmt::format(",{},", controller));
    if (found) return line.substr(second + 1);
  }
  return std::nullopt;
}

// On the way from this process's group up to the root that it sees; in a container the group's own path may be one of
// the host's, and its files are at the root.
template <class LimitOf>
auto ControlGroups::smallest(const std::string& controller, LimitOf limit_of) const {
  decltype(limit_of(root_)) smallest;
  const auto group = group_of(controller);
  if (!group) return smallest;
  const std::string root = controller.empty() ? root_ : fmt::format("{}/{}", root_, controller);
  for (std::filesystem::path path = *group;; path = path.parent_path()) {
    if (const auto limit = limit_of(root + path.string())) smallest = std::min(*limit, smallest.value_or(*limit));
    if (!path.has_relative_path()) return smallest;
  }
}

std::optional<uint32_t> ControlGroups::processors() const {
  const auto quota = smallest(
      unified, [](const std::string& folder) { return processors_of_cpu_max(read_text(folder + "/cpu.max")); });
  if (quota) return quota;
  return smallest("cpu", [](const std::string& folder) {
    return processors_of(number_at_start(read_text(folder + "/cpu.cfs_quota_us")),
                         number_at_start(read_text(folder + "/cpu.cfs_period_us")));
  });
}

std::optional<uint64_t> ControlGroups::memory_bytes() const {
  const auto limit =
      smallest(unified, [](const std::string& folder) { return bytes_of(read_text(folder + "/memory.max")); });
  if (limit) return limit;
  return smallest("memory",
                  [](const std::string& folder) { return bytes_of(read_text(folder + "/memory.limit_in_bytes")); });
}

}  // namespace shallop
