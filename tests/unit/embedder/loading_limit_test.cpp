// SPDX-License-Identifier: Apache-2.0
#include "embedder/loading_limit.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace shallop {
namespace {

using std::chrono::milliseconds;

TEST(LoadingLimit, CallsWhenTheTimeIsOver) {
  std::atomic<bool> is_over = false;
  const LoadingLimit limit(milliseconds(5), [&] {
    is_over = true;
    is_over.notify_all();
  });
  is_over.wait(false);
  EXPECT_TRUE(is_over);
}

TEST(LoadingLimit, DoesNothingForWhatIsDoneInTime) {
  std::atomic<bool> is_over = false;
  {
    const LoadingLimit limit(std::chrono::hours(1), [&] { is_over = true; });
    const LoadingLimit none(std::nullopt, [&] { is_over = true; });
    const LoadingLimit longest(std::chrono::nanoseconds::max(), [&] { is_over = true; });
  }
  EXPECT_FALSE(is_over);
}

}  // namespace
}  // namespace shallop
