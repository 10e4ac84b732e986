// SPDX-License-Identifier: Apache-2.0
// Which octets may stand where in a request's head (RFC 9110, 5.5 and 5.6.2; RFC 9112, 3.2), as one look-up per octet.
// NUL belongs to no class: the terminator behind a buffer ends every scan.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace shallop::http {

enum CharacterClass : std::uint8_t {
  token_character = 1,        // methods and header names
  target_character = 2,       // visible ASCII but '#': a fragment is never sent. Looser than RFC 3986, as browsers are
  value_character = 4,        // header values: visible, obs-text, space and tab
  host_character = 8,         // a host's name or IPv4 address
  ip_literal_character = 16,  // between the brackets of an IPv6 address
  digit_character = 32,       // a port
};

inline constexpr std::array<std::uint8_t, 256> character_classes = [] {
  constexpr std::string_view alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::array<std::uint8_t, 256> classes{};
  const auto add = [&](std::string_view characters, CharacterClass which) {
    for (const char c : characters) {
      auto& entry = classes[static_cast<unsigned char>(c)];
      entry = static_cast<std::uint8_t>(entry | which);
    }
  };
  add(alphanumeric, token_character);
  add("!#$%&'*+-.^_`|~", token_character);
  add(alphanumeric, host_character);
  add("-._~%!$&'()*+,;=", host_character);
  add("0123456789abcdefABCDEF:.", ip_literal_character);
  add("0123456789", digit_character);
  for (unsigned c = 0x20; c < 0x100; ++c) {
    if (c == 0x7f) continue;
    classes[c] = static_cast<std::uint8_t>(classes[c] | value_character);
    if (c > 0x20 && c < 0x7f && c != '#') classes[c] = static_cast<std::uint8_t>(classes[c] | target_character);
  }
  classes['\t'] = static_cast<std::uint8_t>(classes['\t'] | value_character);
  return classes;
}();

inline bool is(CharacterClass which, char c) noexcept {
  return (character_classes[static_cast<unsigned char>(c)] & which) != 0;
}

/// The first octet from `p` on that is not of the class. The text must end in an octet of none, such as NUL. Four
/// octets a round: half of an interpreted request went into the bookkeeping of this loop.
inline const char* skip(CharacterClass which, const char* p) noexcept {
  for (;; p += 4) {
    if (!is(which, p[0])) return p;
    if (!is(which, p[1])) return p + 1;
    if (!is(which, p[2])) return p + 2;
    if (!is(which, p[3])) return p + 3;
  }
}

inline bool consists_of(CharacterClass which, std::string_view text) noexcept {
  for (const char c : text) {
    if (!is(which, c)) return false;
  }
  return true;
}

}  // namespace shallop::http
