// SPDX-License-Identifier: Apache-2.0
// Runs a program as a process does: links it with WASI, instantiates it, calls its entry, turns the outcome into an
// exit status; as many times at once as there are workers. Throws Error for what stops it before the guest runs;
// with_diagnostics makes text of that.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "embedder/event_log.hpp"
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
  uint32_t workers = 1;                                // instances at once, each on its own thread; 1 for `function`
  std::chrono::nanoseconds grace = std::chrono::seconds(10);  // for a server to end in, when a signal asks it to
  std::optional<wasi::SocketAddress> stats;                   // where to answer for metrics, health and readiness
  LogFormat log = LogFormat::text;
  bool confine_files = false;  // let the kernel hold the guests' threads to `wasi.preopens`, where it can
  bool verbose = false;        // say what runs and how on standard error
};

// Throws what run() would throw of this module whatever the options are: it is no command, or wants imports that there
// are not.
void check_command(const ValidatedModule& module);

// A command's `_start`, or options.function, whose results are printed on standard output, one a line. A trap is
// printed with its backtrace.
int run(const Program& program, const RunOptions& options);

}  // namespace shallop
