// SPDX-License-Identifier: Apache-2.0
#include "runtime/table.hpp"

#include <gtest/gtest.h>

#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

constexpr auto out_of_bounds = TrapCode::out_of_bounds_table_access;

TableType elements(uint64_t minimum, std::optional<uint64_t> maximum = std::nullopt) {
  return {.element = ValueType::externref, .limits = {.minimum = minimum, .maximum = maximum}};
}

Budget elements_left(limits::table_elements_of_store);

std::vector<Slot> contents(Table& table) { return {table.elements(), table.elements() + table.size()}; }

TEST(Table, BeginsWithNulls) {
  Table table(elements(3, 5), elements_left);
  EXPECT_EQ(contents(table), (std::vector<Slot>{0, 0, 0}));
  EXPECT_EQ(table.type(), elements(3, 5));
}

TEST(Table, RefusesMoreElementsThanTheLimit) {
  try {
    Table table(elements(uint64_t{limits::table_elements} + 1), elements_left);
    FAIL() << "no error";
  } catch (const ResourceError& error) {
    EXPECT_STREQ(error.what(), "a table of 10000001 elements is more than the 10000000 that shallop allows");
  }
}

TEST(Table, GrowsUpToItsMaximumWithTheGivenValue) {
  Table table(elements(1, 3), elements_left);
  EXPECT_EQ(table.grow(3, 7), -1);
  EXPECT_EQ(table.grow(2, 7), 1);
  EXPECT_EQ(table.grow(1, 7), -1);
  EXPECT_EQ(table.grow(0, 7), 3);
  EXPECT_EQ(contents(table), (std::vector<Slot>{0, 7, 7}));
  EXPECT_EQ(table.type(), elements(3, 3));
}

TEST(Table, GrowsNoFurtherThanTheLimit) {
  Table table(elements(1), elements_left);
  EXPECT_EQ(table.grow(0xFFFF'FFFF, 0), -1);
  EXPECT_EQ(table.grow(limits::table_elements, 0), -1);
  EXPECT_EQ(table.size(), 1u);
}

TEST(Table, GrowsAsFarAsOtherTablesLeaveRoom) {
  Budget few(10);
  Table first(elements(4), few);
  Table second(elements(0), few);
  EXPECT_EQ(second.grow(7, 0), -1);
  EXPECT_EQ(second.grow(6, 0), 0);
  EXPECT_EQ(first.grow(1, 0), -1);
  EXPECT_EQ(first.grow(0, 0), 4);
  try {
    Table third(elements(1), few);
    FAIL() << "no error";
  } catch (const ResourceError& error) {
    EXPECT_STREQ(error.what(),
                 "a table of 1 elements is more than the 0 that the guest's other tables leave of the 10 that shallop "
                 "allows");
  }
}

TEST(Table, FillsWithinItsBounds) {
  Table table(elements(4), elements_left);
  EXPECT_EQ(table.fill(1, 5, 2), TrapCode::none);
  EXPECT_EQ(contents(table), (std::vector<Slot>{0, 5, 5, 0}));
  EXPECT_EQ(table.fill(4, 5, 0), TrapCode::none);
  EXPECT_EQ(table.fill(3, 6, 2), out_of_bounds);
  EXPECT_EQ(table.fill(5, 6, 0), out_of_bounds);
  EXPECT_EQ(table.fill(0xFFFF'FFFF, 6, 2), out_of_bounds);
  EXPECT_EQ(contents(table), (std::vector<Slot>{0, 5, 5, 0}));
}

TEST(Table, InitializesFromASegment) {
  Table table(elements(3), elements_left);
  const std::vector<Slot> segment = {1, 2, 3};
  EXPECT_EQ(table.init(1, segment, 1, 2), TrapCode::none);
  EXPECT_EQ(contents(table), (std::vector<Slot>{0, 2, 3}));
  EXPECT_EQ(table.init(2, segment, 0, 2), out_of_bounds);
  EXPECT_EQ(table.init(0, segment, 2, 2), out_of_bounds);
  EXPECT_EQ(table.init(3, {}, 0, 0), TrapCode::none);
  EXPECT_EQ(table.init(4, {}, 0, 0), out_of_bounds);
  EXPECT_EQ(contents(table), (std::vector<Slot>{0, 2, 3}));
}

TEST(Table, CopiesOverlappingRangesBothWays) {
  Table table(elements(5), elements_left);
  EXPECT_EQ(table.init(0, {1, 2, 3, 4, 5}, 0, 5), TrapCode::none);
  EXPECT_EQ(table.copy(1, table, 0, 4), TrapCode::none);
  EXPECT_EQ(contents(table), (std::vector<Slot>{1, 1, 2, 3, 4}));
  EXPECT_EQ(table.copy(0, table, 1, 4), TrapCode::none);
  EXPECT_EQ(contents(table), (std::vector<Slot>{1, 2, 3, 4, 4}));
}

TEST(Table, CopiesBetweenTablesWithinTheBoundsOfBoth) {
  Table source(elements(2), elements_left);
  Table target(elements(4), elements_left);
  EXPECT_EQ(source.fill(0, 8, 2), TrapCode::none);
  EXPECT_EQ(target.copy(2, source, 0, 2), TrapCode::none);
  EXPECT_EQ(contents(target), (std::vector<Slot>{0, 0, 8, 8}));
  EXPECT_EQ(target.copy(0, source, 1, 2), out_of_bounds);
  EXPECT_EQ(target.copy(3, source, 0, 2), out_of_bounds);
  EXPECT_EQ(contents(target), (std::vector<Slot>{0, 0, 8, 8}));
}

}  // namespace
}  // namespace shallop
