// SPDX-License-Identifier: Apache-2.0
// `shallop compile`: becomes the program shallop-compiler, which alone contains LLVM.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "aot/compiler_process.hpp"
#include "cli/command.hpp"
#include "embedder/diagnostics.hpp"

namespace shallop::cli {

int compile_command(const Arguments& arguments) {
  const auto compiler = aot::find_compiler();
  if (!compiler) {
    throw Error(
        "there is no shallop-compiler beside this program: it is built where LLVM 19 is installed (llvm-19-dev)");
  }
  std::vector<std::string> words{*compiler};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& each : words) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  ::execv(compiler->c_str(), pointers.data());
  throw Error(fmt::format("{} cannot be started: {}", *compiler, std::strerror(errno)));
}

}  // namespace shallop::cli
