// SPDX-License-Identifier: Apache-2.0
#include "loadgen/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "loadgen/clock.hpp"

namespace shallop::loadgen {
namespace {

struct Unit {
  std::string_view name;
  std::string_view spelled;  // empty: not used when spelling out
  int64_t length_ns;
};

constexpr std::array units{Unit{"d", "day", 86'400 * ns_per_s},  Unit{"h", "hour", 3'600 * ns_per_s},
                           Unit{"m", "minute", 60 * ns_per_s},   Unit{"s", "second", ns_per_s},
                           Unit{"ms", "millisecond", ns_per_ms}, Unit{"us", "", ns_per_us}};

constexpr double duration_max_ns = 366.0 * 86'400 * 1e9;

bool is_digit(char character) { return std::isdigit(static_cast<unsigned char>(character)) != 0; }
bool is_letter(char character) { return std::isalpha(static_cast<unsigned char>(character)) != 0; }

std::string_view without_leading_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

}  // namespace

std::expected<int64_t, std::string> parse_duration(std::string_view text) {
  const auto refusal = [&] {
    return std::unexpected(fmt::format("'{}' is no duration: write it as 15s, 1m30s, 500ms or 1.5s", text));
  };
  double total_ns = 0;
  std::string_view left = without_leading_blanks(text);
  if (left.empty()) return refusal();
  while (!left.empty()) {
    if (!is_digit(left.front())) return refusal();
    double number = 0;
    const auto [end, error] = std::from_chars(left.data(), left.data() + left.size(), number, std::chars_format::fixed);
    if (error != std::errc()) return refusal();
    left.remove_prefix(static_cast<size_t>(end - left.data()));

    const auto* const name_end = std::ranges::find_if_not(left, is_letter);
    const std::string_view name(left.begin(), name_end);
    const auto* unit = std::ranges::find(units, name, &Unit::name);
    const bool alone = name.empty() && left.empty() && total_ns == 0;
    if (unit == units.end() && !alone) return refusal();
    total_ns += number * static_cast<double>(alone ? ns_per_s : unit->length_ns);
    left = without_leading_blanks({name_end, left.end()});
  }
  if (total_ns > duration_max_ns) return std::unexpected(fmt::format("'{}' is longer than a year", text));
  return std::llround(total_ns);
}

std::string spell_out_duration(int64_t duration_ns) {
  std::string text;
  for (const Unit& unit : units) {
    const int64_t count = duration_ns / unit.length_ns;
    if (count == 0 || unit.spelled.empty()) continue;
    text += fmt::format("{}{} {}(s)", text.empty() ? "" : ", ", count, unit.spelled);
    duration_ns -= count * unit.length_ns;
  }
  return text.empty() ? "0 second(s)" : text;
}

}  // namespace shallop::loadgen
