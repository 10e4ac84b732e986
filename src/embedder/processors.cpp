// SPDX-License-Identifier: Apache-2.0
#include "embedder/processors.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace shallop {
namespace {

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
  return static_cast<uint32_t>(std::clamp<int64_t>((*quota + *period - 1) / *period, 1, 1 << 20));
}

// The path of this process in the hierarchy that has `controller`, "" for the unified one: lines "ID:CONTROLLERS:PATH".
std::optional<std::string> control_group(std::string_view controller) {
  std::ifstream file("/proc/self/cgroup");
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

// The smallest quota on the way from this process's group up to the root that it sees; in a container the group's own
// path may be one of the host's, and its files are at the root.
template <class QuotaOf>
std::optional<uint32_t> smallest_quota(const std::string& root, const std::string& group, QuotaOf quota_of) {
  std::optional<uint32_t> smallest;
  for (std::filesystem::path path = group;; path = path.parent_path()) {
    if (const auto quota = quota_of(root + path.string())) smallest = std::min(*quota, smallest.value_or(*quota));
    if (!path.has_relative_path()) return smallest;
  }
}

std::optional<uint32_t> control_group_quota() {
  if (const auto group = control_group("")) {
    const auto quota = smallest_quota("/sys/fs/cgroup", *group, [](const std::string& folder) {
      return processors_of_quota(read_text(folder + "/cpu.max"));
    });
    if (quota) return quota;
  }
  if (const auto group = control_group("cpu")) {
    return smallest_quota("/sys/fs/cgroup/cpu", *group, [](const std::string& folder) {
      return processors_of(number_at_start(read_text(folder + "/cpu.cfs_quota_us")),
                           number_at_start(read_text(folder + "/cpu.cfs_period_us")));
    });
  }
  return std::nullopt;
}

uint32_t processors_of_affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<uint32_t>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace

std::optional<uint32_t> processors_of_quota(std::string_view cpu_max) {
  const size_t space = cpu_max.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  return processors_of(number_at_start(cpu_max.substr(0, space)), number_at_start(cpu_max.substr(space + 1)));
}

uint32_t usable_processors() {
  const uint32_t affinity = processors_of_affinity();
  return std::min(affinity, control_group_quota().value_or(affinity));
}

}  // namespace shallop
