// SPDX-License-Identifier: Apache-2.0
// A number that is the whole of a text, as people type it and protocols write it: decimal digits, with '-' in front
// where the type has it, and with a point and an exponent where it has those; no blanks, no '+'.
#pragma once

#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace shallop {

// Nothing when `text` is anything else, or the number is not from `least` to `most`.
template <class Number>
std::optional<Number> parse_number(std::string_view text, Number least = std::numeric_limits<Number>::lowest(),
                                   Number most = std::numeric_limits<Number>::max()) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const bool is_between = number >= least && number <= most;  // which "nan" is not
  return error == std::errc() && rest == end && is_between ? std::optional(number) : std::nullopt;
}

}  // namespace shallop
