// SPDX-License-Identifier: Apache-2.0
// Runs a program as a process does: links it with WASI, instantiates it, calls its entry, turns the outcome into an
// exit status. Throws Error for what stops it before the guest runs; with_diagnostics makes text of that.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "embedder/program.hpp"
#include "runtime/store.hpp"
#include "wasi/context.hpp"

namespace shallop {

struct RunOptions {
  std::vector<std::string> arguments;  // behind the program's name
  wasi::ContextOptions wasi;           // its arguments are set by run()
  StoreOptions store;
  std::optional<std::string> function;                 // call this export with `arguments` as its values, not `_start`
  std::optional<std::chrono::nanoseconds> time_limit;  // of the guest, its instantiation included; a trap ends it
  bool verbose = false;                                // say what runs and how on standard error
};

// A command's `_start`, or options.function, whose results are printed on standard output, one a line. A trap is
// printed with its backtrace.
int run(const Program& program, RunOptions options);

}  // namespace shallop
