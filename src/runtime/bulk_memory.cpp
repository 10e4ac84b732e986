// SPDX-License-Identifier: Apache-2.0
#include "runtime/bulk_memory.hpp"

#include <algorithm>
#include <cstring>

#include "runtime/interruption.hpp"

namespace shallop {
namespace {

// Some milliseconds where the host has to find the pages first.
constexpr uint64_t piece_bytes = uint64_t{16} << 20;

}  // namespace

void fill_bytes(std::byte* start, std::byte value, uint64_t count) {
  while (count != 0) {
    const uint64_t piece = std::min(count, piece_bytes);
    std::memset(start, std::to_integer<int>(value), piece);
    start += piece;
    count -= piece;
    if (count != 0 && is_interrupted()) return;
  }
}

void move_bytes(std::byte* to, const std::byte* from, uint64_t count) {
  const bool backwards = to > from;  // the end first, before the beginning is written over it
  while (count != 0) {
    const uint64_t piece = std::min(count, piece_bytes);
    const uint64_t at = backwards ? count - piece : 0;
    std::memmove(to + at, from + at, piece);
    count -= piece;
    if (!backwards) {
      to += piece;
      from += piece;
    }
    if (count != 0 && is_interrupted()) return;
  }
}

}  // namespace shallop
