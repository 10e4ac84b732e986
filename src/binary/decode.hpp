// SPDX-License-Identifier: Apache-2.0
// The binary format of WebAssembly 2.0: bytes -> Module. Checks everything but function bodies, which are
// decoded while they are validated, and typing rules, which are validation's.
// https://webassembly.github.io/spec/core/binary/modules.html
#pragma once

#include <cstddef>
#include <vector>

#include "wasm/module.hpp"

namespace shallop {

// The module owns `bytes`. Throws DecodeError with the offset of what is wrong.
Module decode(std::vector<std::byte> bytes);

}  // namespace shallop
