// SPDX-License-Identifier: Apache-2.0
#include "loadgen/series.hpp"

#include <gtest/gtest.h>

namespace shallop::loadgen {
namespace {

std::vector<std::unique_ptr<Tally>> tallies(size_t count) {
  std::vector<std::unique_ptr<Tally>> made;
  for (size_t i = 0; i < count; ++i) made.push_back(std::make_unique<Tally>());
  return made;
}

TEST(Series, TellsEachIntervalApart) {
  const auto threads = tallies(2);
  Series series(threads);
  for (int i = 0; i < 99; ++i) threads[0]->response.record(1'000'000);
  threads[1]->response.record(50'000'000);
  threads[1]->count_failure({FailureKind::reset, 0});
  threads[0]->count_bytes(1234);
  const Interval first = series.end_interval(1'000'000'000);
  EXPECT_EQ(first.completed, 100U);
  EXPECT_EQ(first.failed, 1U);
  EXPECT_EQ(first.bytes, 1234U);
  EXPECT_NEAR(static_cast<double>(first.p50_ns), 1e6, 1e3);
  EXPECT_NEAR(static_cast<double>(first.p99_ns), 1e6, 1e3);

  threads[1]->response.record(50'000'000);
  const Interval second = series.end_interval(2'000'000'000);
  EXPECT_EQ(second.begin_ns, 1'000'000'000);
  EXPECT_EQ(second.completed, 1U);
  EXPECT_EQ(second.failed, 0U);
  EXPECT_NEAR(static_cast<double>(second.p50_ns), 5e7, 5e4);
  EXPECT_EQ(series.completed(), 101U);
}

TEST(Series, StaysBoundedHoweverLongTheRun) {
  const auto threads = tallies(1);
  Series series(threads);
  uint64_t total = 0;
  for (int i = 0; i < 10'000; ++i) {
    threads[0]->response.record(1000);
    series.end_interval(series.next_end_ns());
  }
  int64_t end_ns = 0;
  for (const Interval& each : series.intervals()) {
    EXPECT_EQ(each.begin_ns, end_ns);
    end_ns = each.begin_ns + each.length_ns;
    total += each.completed;
  }
  EXPECT_LE(series.intervals().size(), 1200U);
  EXPECT_EQ(total, 10'000U);
}

}  // namespace
}  // namespace shallop::loadgen
