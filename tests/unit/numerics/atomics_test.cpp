// SPDX-License-Identifier: Apache-2.0
#include "wasm/atomics.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <thread>
#include <vector>

namespace shallop {
namespace {

template <class Cell>
class Atomics : public testing::Test {};
using Cells = testing::Types<uint8_t, uint16_t, uint32_t, uint64_t>;
TYPED_TEST_SUITE(Atomics, Cells);

// Each operation returns what was there, and leaves what plain arithmetic makes of it.
TYPED_TEST(Atomics, ReturnTheOldValueAndLeaveTheNewOne) {
  using Cell = TypeParam;
  constexpr Cell most = std::numeric_limits<Cell>::max();
  constexpr Cell pattern = static_cast<Cell>(0xA5A5'A5A5'A5A5'A5A5);
  for (const Cell before : {Cell{0}, Cell{1}, Cell{0x7F}, pattern, most}) {
    for (const Cell value : {Cell{0}, Cell{1}, Cell{0x3C}, pattern, most}) {
      const auto expect = [&](auto operation, Cell after) {
        Cell cell = before;
        EXPECT_EQ(operation(cell, value), before);
        EXPECT_EQ(cell, after);
      };
      expect(atomics::add<Cell>, static_cast<Cell>(before + value));
      expect(atomics::sub<Cell>, static_cast<Cell>(before - value));
      expect(atomics::and_<Cell>, static_cast<Cell>(before & value));
      expect(atomics::or_<Cell>, static_cast<Cell>(before | value));
      expect(atomics::xor_<Cell>, static_cast<Cell>(before ^ value));
      expect(atomics::xchg<Cell>, value);
    }
  }
}

TYPED_TEST(Atomics, CompareBeforeTheyExchange) {
  using Cell = TypeParam;
  Cell cell = 5;
  EXPECT_EQ(atomics::cmpxchg<Cell>(cell, 4, 9), 5);
  EXPECT_EQ(cell, 5);
  EXPECT_EQ(atomics::cmpxchg<Cell>(cell, 5, 9), 5);
  EXPECT_EQ(cell, 9);
}

TYPED_TEST(Atomics, TouchTheirCellAlone) {
  using Cell = TypeParam;
  Cell cells[3] = {1, 2, 3};
  atomics::store<Cell>(cells[1], std::numeric_limits<Cell>::max());
  EXPECT_EQ(atomics::add<Cell>(cells[1], 2), std::numeric_limits<Cell>::max());
  EXPECT_EQ(atomics::load(cells[1]), 1);
  EXPECT_EQ(cells[0], 1);
  EXPECT_EQ(cells[2], 3);
}

TYPED_TEST(Atomics, LoseNothingBetweenThreads) {
  using Cell = TypeParam;
  constexpr int rounds = 20'000;
  Cell sum = 0;
  const auto add = [&sum] {
    for (int i = 0; i < rounds; ++i) atomics::add<Cell>(sum, 1);
  };
  {
    const std::jthread first(add), second(add);
  }
  EXPECT_EQ(sum, static_cast<Cell>(2 * rounds));
}

}  // namespace
}  // namespace shallop
