// SPDX-License-Identifier: Apache-2.0
// LEB128, the variable-length integers of the binary format: checked decoding and appending.
// Knows nothing of offsets or messages: a decoder returns a status, binary/reader makes it an error.
// https://webassembly.github.io/spec/core/binary/values.html#integers
#pragma once

#include <climits>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace shallop::leb128 {

enum class Status : uint8_t {
  ok,
  truncated,  // the bytes end before the integer does
  too_long,   // more bytes than the type needs
  too_large,  // bits set (or not sign-extended) beyond the type's width
};

template <std::integral Integer>
struct Decoded {
  Integer value = 0;
  const std::byte* next = nullptr;  // first byte behind the integer; where decoding stopped when it failed
  Status status = Status::ok;
};

// Decodes an integer of `width` bits, at most those of Integer (a block type is a signed one of 33 bits), from
// [first, last).
template <std::integral Integer, unsigned width = sizeof(Integer) * CHAR_BIT>
constexpr Decoded<Integer> decode(const std::byte* first, const std::byte* last) {
  constexpr bool is_signed = std::signed_integral<Integer>;
  constexpr unsigned bytes_max = (width + 6) / 7;
  constexpr unsigned last_byte_bits = width - 7 * (bytes_max - 1);

  uint64_t bits = 0;
  for (unsigned count = 0; count < bytes_max; ++count) {
    if (first == last) return {0, first, Status::truncated};
    const auto byte = std::to_integer<uint8_t>(*first++);
    bits |= uint64_t{byte & 0x7Fu} << (7 * count);
    if (count == bytes_max - 1) {
      if (byte & 0x80) return {0, first, Status::too_long};
      // Above the value's own bits of the last byte only copies of its sign, or zeros, may stand.
      const unsigned above = (byte & 0x7Fu) >> (is_signed ? last_byte_bits - 1 : last_byte_bits);
      constexpr unsigned above_all = 0x7Fu >> (is_signed ? last_byte_bits - 1 : last_byte_bits);
      if (above != 0 && !(is_signed && above == above_all)) return {0, first, Status::too_large};
    }
    if (!(byte & 0x80)) {
      const unsigned decoded_bits = 7 * (count + 1);
      if (is_signed && (byte & 0x40) && decoded_bits < 64) bits |= ~uint64_t{0} << decoded_bits;
      return {static_cast<Integer>(bits), first, Status::ok};
    }
  }
  return {0, first, Status::too_long};  // not reached: the loop returns at its last byte
}

// Appends the shortest encoding of `value`.
template <std::integral Integer>
void append(std::vector<std::byte>& bytes, Integer value) {
  for (;;) {
    const auto low = static_cast<uint8_t>(value & 0x7F);
    value = static_cast<Integer>(value >> 7);  // arithmetic for signed types
    const bool sign_is_right = std::signed_integral<Integer> ? (value == 0 && !(low & 0x40)) ||
                                                                   (value == static_cast<Integer>(-1) && (low & 0x40))
                                                             : value == 0;
    if (sign_is_right) {
      bytes.push_back(std::byte{low});
      return;
    }
    bytes.push_back(std::byte{static_cast<uint8_t>(low | 0x80)});
  }
}

}  // namespace shallop::leb128
