// SPDX-License-Identifier: Apache-2.0
// The first eight bytes of a module, and good advice for whoever hands over something else.
// https://webassembly.github.io/spec/core/binary/modules.html#binary-magic
#pragma once

#include "binary/reader.hpp"

namespace shallop {

// Moves behind magic and version; throws DecodeError if they are not those of a core module.
void read_preamble(Reader& reader);

}  // namespace shallop
