// SPDX-License-Identifier: Apache-2.0
// The binary format of WebAssembly: bytes -> Module. Checks everything but function bodies, which are
// decoded while they are validated, and typing rules, which are validation's.
// https://webassembly.github.io/spec/core/binary/modules.html
#pragma once

#include <cstddef>
#include <vector>

#include "wasm/module.hpp"

namespace shallop {

// The module owns `bytes` and may use `features`, here and in validation. Throws DecodeError with the offset of what is
// wrong.
Module decode(std::vector<std::byte> bytes, Features features = Features::all());

}  // namespace shallop
