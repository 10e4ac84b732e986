// SPDX-License-Identifier: Apache-2.0
#include "compare/container_processes.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/parse_number.hpp"
#include "compare/usage.hpp"

namespace shallop::compare {
namespace {

// The numbers among a directory's names: processes of /proc, threads of a process.
std::vector<pid_t> numbers_in(const std::string& directory) {
  std::vector<pid_t> numbers;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (const auto number = parse_number<pid_t>(entry.path().filename().string())) numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace

std::error_code pin_tree(pid_t root, const std::vector<int>& cores) {
  if (cores.empty()) return {};
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(static_cast<size_t>(core), &set);
  for (const pid_t process : tree_of(root)) {
    for (const pid_t thread : numbers_in(fmt::format("/proc/{}/task", process))) {
      // One that has ended meanwhile needs no processor.
      if (sched_setaffinity(thread, sizeof set, &set) != 0 && errno != ESRCH) {
        return {errno, std::generic_category()};
      }
    }
  }
  return {};
}

std::vector<pid_t> processes_that_publish(uint16_t port) {
  constexpr std::array<std::string_view, 2> programs{"docker-proxy", "rootlessport"};
  const std::string number = std::to_string(port);
  std::vector<pid_t> found;
  for (const pid_t process : numbers_in("/proc")) {
    std::ifstream file(fmt::format("/proc/{}/cmdline", process), std::ios::binary);
    std::vector<std::string> words;
    for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
    if (words.empty()) continue;
    const bool is_program = std::ranges::any_of(programs, [&](auto each) { return words.front().ends_with(each); });
    if (is_program && std::ranges::find(words, number) != words.end()) found.push_back(process);
  }
  return found;
}

}  // namespace shallop::compare
