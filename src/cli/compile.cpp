// SPDX-License-Identifier: Apache-2.0
// `shallop compile`: becomes the program shallop-compiler, which alone contains LLVM.
#include "aot/compiler_process.hpp"
#include "cli/command.hpp"
#include "cli/program_beside.hpp"
#include "embedder/diagnostics.hpp"

namespace shallop::cli {

int compile_command(const Arguments& arguments) {
  const auto compiler = aot::find_compiler();
  if (!compiler) {
    throw Error(
        "there is no shallop-compiler beside this program: it is built where LLVM 19 is installed (llvm-19-dev)");
  }
  become_program_beside("shallop-compiler", *compiler, arguments);
}

}  // namespace shallop::cli
