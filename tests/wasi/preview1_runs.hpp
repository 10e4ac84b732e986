// SPDX-License-Identifier: Apache-2.0
// How the programs of tests/wasi/preview1 are started: with which files around them, descriptors and limits.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>

#include "cli/process.hpp"
#include "support/builds.hpp"

namespace shallop::preview1 {

enum class Resolver { host, walk };  // walk: as on a host without openat2

struct GuestRun {
  const char* name;     // of the case
  const char* program;  // in tests/wasi/preview1
  const char* layout;   // shell lines that prepare the working directory
  const char* command;  // for the shell; $RUN is `shallop run`, $GUESTS the folder of the .wasm files
  bool takes_paths = false;
};

std::span<const GuestRun> guest_runs();

// The status of a run that cannot be had on this host; its standard error says why.
inline constexpr int cannot_run = 77;

// `build` is not native.
cli::Process::Ending run(const GuestRun& run, Resolver resolver, Build build = Build::interpreted);

// By function, what the lines "FUNCTION ERRNO" of a run's output tell.
std::map<std::string, std::set<std::string>> answers(const std::string& output);

}  // namespace shallop::preview1
