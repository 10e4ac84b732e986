// SPDX-License-Identifier: Apache-2.0
#include "cli/program_beside.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

#include "embedder/diagnostics.hpp"

namespace shallop::cli {

std::string path_beside(const std::string& name) {
  std::array<char, PATH_MAX> self{};
  const ssize_t size = readlink("/proc/self/exe", self.data(), self.size());
  const std::string path(self.data(), static_cast<size_t>(size > 0 ? size : 0));
  return path.substr(0, path.rfind('/') + 1) + name;
}

void become_program_beside(const std::string& name, const std::string& shown_as, const Arguments& arguments) {
  const std::string program = path_beside(name);
  Arguments words{shown_as};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(program.c_str(), pointers.data());
  throw Error(fmt::format("{}: {} cannot be started: {}", shown_as, program, std::generic_category().message(errno)));
}

}  // namespace shallop::cli
