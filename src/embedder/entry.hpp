// SPDX-License-Identifier: Apache-2.0
// Which function of a module to call, and with what. Decided before anything is instantiated, so that a mistake in what
// was typed has no effect. Errors are sentences that say what is there instead.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wasm/module.hpp"
#include "wasm/value.hpp"

namespace shallop {

struct Entry {
  std::string name;
  std::vector<Value> arguments;
  bool initialize = false;  // call the module's `_initialize` first
};

// A command's `_start`. Throws Error when there is none.
// https://github.com/WebAssembly/WASI/blob/main/legacy/application-abi.md
Entry find_command_entry(const Module& module);

// The export `function`, as `--invoke` names it, with `arguments` read by its type. Throws UsageError.
Entry find_function_entry(const Module& module, const std::string& function, const std::vector<std::string>& arguments);

}  // namespace shallop
