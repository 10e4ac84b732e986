// SPDX-License-Identifier: Apache-2.0
#include "embedder/value_text.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstdint>
#include <limits>

namespace shallop {
namespace {

struct Signed {
  bool is_negative = false;
  std::string_view magnitude;
};

Signed split_sign(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  return {is_negative, text};
}

bool has_hexadecimal_prefix(std::string_view text) { return text.starts_with("0x") || text.starts_with("0X"); }

// All of `text`, which begins with a digit: from_chars would take another sign.
template <class Number, class... Format>
std::optional<Number> parse_magnitude(std::string_view text, Format... format) {
  Number number{};
  const char* first = text.data();
  const char* last = first + text.size();
  const auto [end, error] = std::from_chars(first, last, number, format...);
  if (text.starts_with('-') || error != std::errc() || end != last) return std::nullopt;
  return number;
}

template <class Unsigned>
std::optional<Unsigned> parse_integer(std::string_view text) {
  const auto [is_negative, digits] = split_sign(text);
  const bool is_hexadecimal = has_hexadecimal_prefix(digits);
  const auto magnitude =
      is_hexadecimal ? parse_magnitude<Unsigned>(digits.substr(2), 16) : parse_magnitude<Unsigned>(digits, 10);
  if (!magnitude || !is_negative) return magnitude;
  constexpr Unsigned lowest = Unsigned{1} << (std::numeric_limits<Unsigned>::digits - 1);
  if (*magnitude > lowest) return std::nullopt;
  return Unsigned{0} - *magnitude;
}

template <class Float>
std::optional<Float> parse_float(std::string_view text) {
  const auto [is_negative, digits] = split_sign(text);
  const auto magnitude = has_hexadecimal_prefix(digits)
                             ? parse_magnitude<Float>(digits.substr(2), std::chars_format::hex)
                             : parse_magnitude<Float>(digits, std::chars_format::general);
  if (!magnitude || !is_negative) return magnitude;
  return -*magnitude;
}

// As to_text writes it: all 128 bits as one hexadecimal number.
std::optional<Value> parse_vector(std::string_view text) {
  constexpr size_t digits_of_half = 16;
  if (!text.starts_with("0x") || text.size() != 2 + 2 * digits_of_half) return std::nullopt;
  const auto high = parse_magnitude<uint64_t>(text.substr(2, digits_of_half), 16);
  const auto low = parse_magnitude<uint64_t>(text.substr(2 + digits_of_half), 16);
  if (!high || !low) return std::nullopt;
  return Value{ValueType::v128, {*low, *high}};
}

}  // namespace

std::optional<Value> parse_value(std::string_view text, ValueType type) {
  switch (type) {
    case ValueType::i32: return parse_integer<uint32_t>(text).transform(Value::i32);
    case ValueType::i64: return parse_integer<uint64_t>(text).transform(Value::i64);
    case ValueType::f32: return parse_float<float>(text).transform(Value::f32);
    case ValueType::f64: return parse_float<double>(text).transform(Value::f64);
    case ValueType::v128: return parse_vector(text);
    case ValueType::funcref:
    case ValueType::externref:
    case ValueType::exnref: return text == "null" ? std::optional(Value{type, {}}) : std::nullopt;
  }
  return std::nullopt;
}

std::string to_text(const Value& value) {
  const auto low32 = static_cast<uint32_t>(value.bits[0]);
  switch (value.type) {
    case ValueType::i32: return fmt::format("{}", static_cast<int32_t>(low32));
    case ValueType::i64: return fmt::format("{}", static_cast<int64_t>(value.bits[0]));
    case ValueType::f32: return fmt::format("{}", std::bit_cast<float>(low32));
    case ValueType::f64: return fmt::format("{}", std::bit_cast<double>(value.bits[0]));
    case ValueType::v128: return fmt::format("{:#018x}{:016x}", value.bits[1], value.bits[0]);
    case ValueType::funcref:
    case ValueType::externref:
    case ValueType::exnref: return value.bits[0] == 0 ? "null" : std::string(text(value.type));
  }
  return {};
}

}  // namespace shallop
