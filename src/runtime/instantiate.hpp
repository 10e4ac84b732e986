// SPDX-License-Identifier: Apache-2.0
// Instantiation, in the specification's steps. https://webassembly.github.io/spec/core/exec/modules.html#instantiation
#pragma once

#include <memory>

#include "runtime/engine.hpp"
#include "runtime/instance.hpp"
#include "runtime/linker.hpp"
#include "runtime/store.hpp"

namespace shallop {

struct Instantiation {
  Instance& instance;  // stays in the store also after a trap: its functions may already be in somebody's table
  Outcome outcome;     // no results, or how an active segment or the start function ended
};

// Throws LinkError when an import does not resolve and ResourceError when the host has no room.
Instantiation instantiate(Store& store, std::shared_ptr<const ValidatedModule> module, std::shared_ptr<const Code> code,
                          const Linker& linker);

}  // namespace shallop
