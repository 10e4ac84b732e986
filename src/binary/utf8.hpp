// SPDX-License-Identifier: Apache-2.0
// UTF-8 as names have to be encoded: https://webassembly.github.io/spec/core/binary/values.html#names
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace shallop {

// Where the first sequence begins that is no scalar value's shortest encoding; nothing if all of `text` is well-formed.
std::optional<size_t> find_malformed_utf8(std::string_view text);

}  // namespace shallop
