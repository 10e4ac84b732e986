// SPDX-License-Identifier: Apache-2.0
// Which additions to WebAssembly 1.0 a module makes use of, found by looking at everything in it.
// https://webassembly.github.io/spec/core/appendix/changes.html
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "validation/validated_module.hpp"

namespace shallop::cli {

struct CodeFacts {
  uint64_t instructions = 0;
  std::vector<std::string_view> features;  // by the names of their proposals, in order of the enumeration
};

CodeFacts examine_code(const ValidatedModule& module);

}  // namespace shallop::cli
