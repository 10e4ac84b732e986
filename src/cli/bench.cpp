// SPDX-License-Identifier: Apache-2.0
// `shallop bench`, as the program `shallop` has it: it becomes `shallop-bench`, which lies beside it. TLS and HTTP/2
// are in that program alone, so that `shallop run` does not load their libraries (docs/decisions.md).
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

#include "cli/command.hpp"
#include "embedder/diagnostics.hpp"

namespace shallop::cli {

int bench_command(const Arguments& arguments) {
  std::array<char, PATH_MAX> self{};
  const ssize_t size = readlink("/proc/self/exe", self.data(), self.size());
  const std::string path(self.data(), static_cast<size_t>(size > 0 ? size : 0));
  const std::string program = path.substr(0, path.rfind('/') + 1) + "shallop-bench";

  Arguments words = arguments;
  std::vector<char*> pointers{const_cast<char*>("shallop bench")};  // execv() changes none of them
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(program.c_str(), pointers.data());
  throw Error(fmt::format("bench: {} cannot be started: {}", program, std::generic_category().message(errno)));
}

}  // namespace shallop::cli
