// SPDX-License-Identifier: Apache-2.0
#include "validation/known_index.hpp"

#include <fmt/format.h>

#include <string>

#include "wasm/error.hpp"

namespace shallop {

void fail_unknown_index(std::string_view what, uint32_t index, size_t count, size_t offset) {
  const std::string known = count == 0   ? "there is none"
                            : count == 1 ? "there is only 0"
                                         : fmt::format("the last is {}", count - 1);
  throw ValidationError(offset, fmt::format("unknown {} {}: {}", what, index, known));
}

}  // namespace shallop
