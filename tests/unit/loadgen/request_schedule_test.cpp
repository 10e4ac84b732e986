// SPDX-License-Identifier: Apache-2.0
#include "loadgen/request_schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace shallop::loadgen {
namespace {

TEST(RequestSchedule, OfAllThreadsTogetherIsEven) {
  Plan plan;
  plan.threads = 3;
  plan.rate_per_s = 3000;
  std::vector<int64_t> due;
  for (unsigned thread = 0; thread < plan.threads; ++thread) {
    RequestSchedule schedule(plan, thread);
    schedule.begin(1'000'000);
    for (int i = 0; i < 100; ++i) {
      due.push_back(schedule.next_due_ns());
      schedule.take(due.back());
    }
  }
  std::ranges::sort(due);
  for (size_t i = 0; i < due.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(due[i]), 1'000'000 + static_cast<double>(i) * 1e9 / 3000, 2) << i;
  }
}

TEST(RequestSchedule, SharesTheRequestsOut) {
  Plan plan;
  plan.threads = 4;
  plan.requests = 10;
  uint64_t total = 0;
  for (unsigned thread = 0; thread < plan.threads; ++thread) {
    RequestSchedule schedule(plan, thread);
    schedule.count_from(100);
    schedule.take(50);  // of the warm-up: not counted
    for (; !schedule.is_used_up(); ++total) schedule.take(200);
  }
  EXPECT_EQ(total, 10U);
}

TEST(RequestSchedule, CountsWhatWasNotSent) {
  Plan plan;
  plan.rate_per_s = 1000;
  RequestSchedule schedule(plan, 0);
  schedule.begin(0);
  for (int i = 0; i < 40; ++i) schedule.take(schedule.next_due_ns());
  EXPECT_EQ(schedule.overdue(100'000'000), 60U);
  EXPECT_EQ(schedule.overdue(10'000'000), 0U);
}

}  // namespace
}  // namespace shallop::loadgen
