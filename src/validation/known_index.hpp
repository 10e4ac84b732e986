// SPDX-License-Identifier: Apache-2.0
// The rule that every index names something that exists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shallop {

// `what` as the specification's suite says it after "unknown".
[[noreturn]] void fail_unknown_index(std::string_view what, uint32_t index, size_t count, size_t offset);

inline void require_known_index(std::string_view what, uint32_t index, size_t count, size_t offset) {
  if (index >= count) [[unlikely]]
    fail_unknown_index(what, index, count, offset);
}

}  // namespace shallop
