// SPDX-License-Identifier: Apache-2.0
// Whether an extern may stand for an import, and how types of externs read in messages.
// https://webassembly.github.io/spec/core/valid/matching.html
#pragma once

#include <string>

#include "runtime/instance.hpp"

namespace shallop {

bool matches(const Extern& offered, const Import& wanted, const Module& module);

// "function (i32) -> ()", "memory of 1 to 2 pages", "mutable global i32".
std::string describe(const Import& wanted, const Module& module);
std::string describe(const Extern& offered);

}  // namespace shallop
