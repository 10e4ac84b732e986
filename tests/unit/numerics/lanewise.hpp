// SPDX-License-Identifier: Apache-2.0
// Holds a vector function against what it has to do to each lane: on all pairs of the given lane values, each at every
// position, with different values beside it.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <type_traits>

#include "wasm/v128.hpp"

namespace shallop::numerics {

template <class Lane>
using LaneArray = std::array<Lane, sizeof(V128) / sizeof(Lane)>;
template <class Lane>
LaneArray<Lane> unpacked(V128 vector) {
  return std::bit_cast<LaneArray<Lane>>(vector);
}
template <class Lane>
V128 vector_of(const LaneArray<Lane>& lanes) {
  return std::bit_cast<V128>(lanes);
}

// The same lane in all positions.
template <class Lane>
V128 all(Lane lane) {
  LaneArray<Lane> lanes;
  lanes.fill(lane);
  return vector_of<Lane>(lanes);
}

// Values from `start` on, `step` apart, round and round.
template <class Lane>
V128 selection(std::span<const Lane> values, size_t start, size_t step) {
  LaneArray<Lane> lanes;
  for (size_t i = 0; i < lanes.size(); ++i) lanes[i] = values[(start + i * step) % values.size()];
  return vector_of<Lane>(lanes);
}

template <class Lane>
auto bits_of(Lane lane) {
  using Bits =
      std::conditional_t<sizeof(Lane) == 8, uint64_t, std::conditional_t<sizeof(Lane) == 4, uint32_t, uint16_t>>;
  if constexpr (sizeof(Lane) == 1)
    return static_cast<uint8_t>(lane);
  else
    return std::bit_cast<Bits>(lane);
}

template <class Lane, class Result = Lane>
void expect_unary(std::span<const Lane> values, auto function, auto of_lane) {
  for (size_t start = 0; start < values.size(); ++start) {
    const V128 a = selection(values, start, 1);
    const auto results = unpacked<Result>(function(a));
    for (size_t i = 0; i < results.size(); ++i) {
      EXPECT_EQ(bits_of(results[i]), bits_of(static_cast<Result>(of_lane(unpacked<Lane>(a)[i]))))
          << "lane " << i << " of " << +unpacked<Lane>(a)[i];
    }
  }
}

template <class Lane, class Result = Lane>
void expect_binary(std::span<const Lane> values, auto function, auto of_lanes) {
  for (size_t first = 0; first < values.size(); ++first) {
    for (size_t second = 0; second < values.size(); ++second) {
      const V128 a = selection(values, first, 1);
      const V128 b = selection(values, second, 3);
      const auto results = unpacked<Result>(function(a, b));
      for (size_t i = 0; i < results.size(); ++i) {
        const Lane x = unpacked<Lane>(a)[i];
        const Lane y = unpacked<Lane>(b)[i];
        EXPECT_EQ(bits_of(results[i]), bits_of(static_cast<Result>(of_lanes(x, y))))
            << "lane " << i << " of " << +x << ", " << +y;
      }
    }
  }
}

}  // namespace shallop::numerics
