// SPDX-License-Identifier: Apache-2.0
// An initialiser or segment offset: an instruction sequence without a size in front, so its end has to be found by
// decoding. https://webassembly.github.io/spec/core/binary/instructions.html#expressions
#pragma once

#include "binary/reader.hpp"
#include "wasm/module.hpp"

namespace shallop {

// Checks the binary format only: which instructions are constant is a rule of validation.
Expression read_constant_expression(Reader& reader);

}  // namespace shallop
