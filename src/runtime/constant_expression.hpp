// SPDX-License-Identifier: Apache-2.0
// Evaluates constant expressions: initialisers of globals, offsets and entries of segments.
// https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions
#pragma once

#include "runtime/instance.hpp"
#include "wasm/value.hpp"

namespace shallop {

// `expression` belongs to the instance's module. Of the instance it reads the functions and the globals made so far.
Value evaluate(const Expression& expression, const Instance& instance);

}  // namespace shallop
