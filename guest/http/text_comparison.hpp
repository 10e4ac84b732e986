// SPDX-License-Identifier: Apache-2.0
// Case-insensitive comparison for protocol words.
#pragma once

#include <cstddef>
#include <string_view>

namespace shallop::http {

/// `word` is lower-case letters, digits and hyphens; `token` consists of token characters. Among those, setting bit 5
/// turns capitals into small letters, leaves digits and hyphens as they are, and turns nothing else into one of them.
inline bool token_is(std::string_view token, std::string_view word) noexcept {
  if (token.size() != word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if ((token[i] | 0x20) != word[i]) return false;
  }
  return true;
}

constexpr char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace shallop::http
