// SPDX-License-Identifier: Apache-2.0
#include "spec/value_pattern.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace shallop::spec {
namespace {

using nlohmann::json;

ValueType parse_type(const std::string& name) {
  for (const ValueType type : {ValueType::i32, ValueType::i64, ValueType::f32, ValueType::f64, ValueType::v128,
                               ValueType::funcref, ValueType::externref, ValueType::exnref}) {
    if (text(type) == name) return type;
  }
  throw std::invalid_argument("no such type: " + name);
}

// The lanes of a vector, or the one lane of any other number: i8 i16 i32 i64 f32 f64.
uint32_t lane_bits(const std::string& lane_type) { return static_cast<uint32_t>(std::stoul(lane_type.substr(1))); }

bool is_canonical_nan(uint64_t bits, uint32_t width) {
  return width == 32 ? (bits & 0x7FFF'FFFF) == 0x7FC0'0000 : (bits & 0x7FFF'FFFF'FFFF'FFFF) == 0x7FF8'0000'0000'0000;
}
bool is_arithmetic_nan(uint64_t bits, uint32_t width) {
  const uint64_t wanted = width == 32 ? 0x7FC0'0000 : 0x7FF8'0000'0000'0000;
  return (bits & wanted) == wanted;
}

bool lane_matches(const std::string& wanted, uint64_t bits, uint32_t width) {
  if (wanted == "nan:canonical") return is_canonical_nan(bits, width);
  if (wanted == "nan:arithmetic") return is_arithmetic_nan(bits, width);
  return bits == std::stoull(wanted);
}

uint64_t lane(const Value& vector, size_t index, uint32_t width) {
  const size_t first_bit = index * width;
  const uint64_t half = vector.bits[first_bit / 64] >> (first_bit % 64);
  return width == 64 ? half : half & ((uint64_t{1} << width) - 1);
}

Value parse_vector(const json& lanes, uint32_t width) {
  Value vector = {.type = ValueType::v128};
  for (size_t i = 0; i < lanes.size(); ++i) {
    const size_t first_bit = i * width;
    vector.bits[first_bit / 64] |= std::stoull(lanes[i].get<std::string>()) << (first_bit % 64);
  }
  return vector;
}

bool vector_matches(const json& lanes, uint32_t width, const Value& value) {
  for (size_t i = 0; i < lanes.size(); ++i) {
    if (!lane_matches(lanes[i].get<std::string>(), lane(value, i, width), width)) return false;
  }
  return true;
}

}  // namespace

Value parse_value(const json& json) {
  const ValueType type = parse_type(json.at("type"));
  if (type == ValueType::v128) return parse_vector(json.at("value"), lane_bits(json.at("lane_type")));
  const std::string number = json.at("value");
  if (number == "null") return {.type = type};
  return {.type = type, .bits = {std::stoull(number) + (type == ValueType::externref ? 1 : 0), 0}};
}

bool matches(const json& pattern, const Value& value) {
  const std::string type = pattern.at("type");
  if (type == "either") {
    for (const auto& each : pattern.at("values")) {
      if (matches(each, value)) return true;
    }
    return false;
  }
  if (type == "refnull") return is_reference(value.type) && value.bits[0] == 0;
  if (type != text(value.type)) return false;
  if (!pattern.contains("value")) return !is_reference(value.type) || value.bits[0] != 0;
  switch (value.type) {
    case ValueType::v128: return vector_matches(pattern.at("value"), lane_bits(pattern.at("lane_type")), value);
    case ValueType::f32:
    case ValueType::f64: return lane_matches(pattern.at("value"), value.bits[0], lane_bits(type));
    default: return parse_value(pattern) == value;
  }
}

std::string describe_value(const Value& value) {
  if (value.type == ValueType::v128) return fmt::format("v128 {:#018x}{:016x}", value.bits[1], value.bits[0]);
  if (is_reference(value.type) && value.bits[0] == 0) return fmt::format("{} null", text(value.type));
  return fmt::format("{} {}", text(value.type), value.bits[0]);
}

std::string describe_pattern(const json& pattern) {
  std::string described = pattern.at("type");
  for (const char* key : {"lane_type", "value", "values"}) {
    if (pattern.contains(key))
      described += " " + (pattern[key].is_string() ? pattern[key].get<std::string>() : pattern[key].dump());
  }
  return described;
}

}  // namespace shallop::spec
