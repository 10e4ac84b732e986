// SPDX-License-Identifier: Apache-2.0
// Modules whose subject is how control moves: calls, tail calls, exceptions and what catches them, between functions,
// through tables and between two modules. Binaryen's generator has the rest; of exceptions it knows an older form.
#pragma once

#include <cstdint>

#include "support/module_builder.hpp"

namespace shallop {

// Two modules that the number determines. The first exports functions, tags and a table, which the second imports as
// "first". Both export functions `run0` and so on, () -> (i64), that end after a bounded number of calls, and `refuel`,
// () -> (), which gives that many back.
struct ControlModules {
  ModuleBuilder first;
  ModuleBuilder second;
};
ControlModules generate_control_modules(uint64_t seed);

}  // namespace shallop
