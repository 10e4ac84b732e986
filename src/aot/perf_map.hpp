// SPDX-License-Identifier: Apache-2.0
// Names of native functions for Linux's perf, which looks for them in /tmp/perf-PID.map.
// https://github.com/torvalds/linux/blob/master/tools/perf/Documentation/jit-interface.txt
#pragma once

#include <expected>
#include <string>

#include "runtime/engine.hpp"

namespace shallop::aot {

// Adds the functions of `code`, which prepare() returned. The error is a sentence.
std::expected<void, std::string> write_perf_map(const Code& code);

}  // namespace shallop::aot
