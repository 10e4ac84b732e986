// SPDX-License-Identifier: Apache-2.0
// An instruction's name in two halves: `i16x8.add_sat_s` is the operation `add_sat_s` on eight lanes of 16 bits. One
// emitter for each operation then serves scalars and vectors of all shapes.
#pragma once

#include <cstdint>
#include <string_view>

namespace shallop::aot {

struct Shape {
  uint32_t lanes = 1;
  uint32_t lane_bits = 32;
  bool is_float = false;
  constexpr bool is_vector() const { return lanes > 1; }
  constexpr bool operator==(const Shape&) const = default;
};

// Of "i32", "f64x2" and so on; "v128" counts as two lanes of 64 bits.
constexpr Shape parse_shape(std::string_view name) {
  if (name == "v128") return {.lanes = 2, .lane_bits = 64, .is_float = false};
  Shape shape{.lanes = 1, .lane_bits = 0, .is_float = name.front() == 'f'};
  uint32_t* number = &shape.lane_bits;
  for (const char each : name.substr(1)) {
    if (each == 'x') {
      number = &shape.lanes;
      shape.lanes = 0;
    } else {
      *number = *number * 10 + static_cast<uint32_t>(each - '0');
    }
  }
  return shape;
}

constexpr Shape shape_of(std::string_view text) { return parse_shape(text.substr(0, text.find('.'))); }
constexpr std::string_view operation_of(std::string_view text) { return text.substr(text.find('.') + 1); }

// The shape that a conversion's name tells of its operand: that of "extend_low_i8x16_s" is i8x16.
constexpr Shape operand_shape_of(std::string_view operation) {
  for (const std::string_view each : {"i8x16", "i16x8", "i32x4", "f32x4", "f64x2", "i32", "i64", "f32", "f64"}) {
    if (operation.find(each) != std::string_view::npos) return parse_shape(each);
  }
  return {};
}

}  // namespace shallop::aot
