// SPDX-License-Identifier: Apache-2.0
#include "binary/utf8.hpp"

#include <cstdint>

namespace shallop {
namespace {

// The well-formed sequences, after table 3-7 of the Unicode Standard: the bounds of the second byte exclude overlong
// forms, surrogates and what lies above U+10FFFF; every later byte is 0x80 to 0xBF.
struct Sequence {
  uint8_t lead_first, lead_last;
  uint8_t second_first, second_last;
  uint8_t size_bytes;
};
constexpr Sequence sequences[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3},
    {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

// The size of the well-formed sequence of several bytes that `text` begins with, 0 if there is none.
size_t sequence_size(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  for (const Sequence& each : sequences) {
    if (byte(0) < each.lead_first || byte(0) > each.lead_last) continue;
    if (text.size() < each.size_bytes || byte(1) < each.second_first || byte(1) > each.second_last) return 0;
    for (size_t i = 2; i < each.size_bytes; ++i) {
      if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
    }
    return each.size_bytes;
  }
  return 0;
}

}  // namespace

std::optional<size_t> find_malformed_utf8(std::string_view text) {
  size_t position = 0;
  while (position < text.size()) {
    if (static_cast<uint8_t>(text[position]) < 0x80) {
      ++position;
      continue;
    }
    const size_t size = sequence_size(text.substr(position));
    if (size == 0) return position;
    position += size;
  }
  return std::nullopt;
}

}  // namespace shallop
