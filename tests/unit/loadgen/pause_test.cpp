// SPDX-License-Identifier: Apache-2.0
#include "loadgen/pause.hpp"

#include <gtest/gtest.h>

namespace shallop::loadgen {
namespace {

constexpr int64_t interval_ns = 10 * ns_per_ms;

int64_t pause_after(Pause& pause, int answers, int64_t response_ns) {
  for (int i = 0; i < answers; ++i) pause.note(response_ns);
  pause.adapt(interval_ns);
  return pause.length_ns();
}

TEST(Pause, IsNoneBeforeAnythingWasAnswered) {
  Pause pause;
  EXPECT_EQ(pause.length_ns(), 0);
  EXPECT_EQ(pause_after(pause, 0, 0), 0);
}

TEST(Pause, IsAShareOfTheQuickestResponse) {
  Pause pause;
  pause.note(9 * ns_per_ms);
  EXPECT_EQ(pause_after(pause, 1000, 4 * ns_per_ms), 4 * ns_per_ms / Pause::share);
}

TEST(Pause, HasALimit) {
  Pause pause;
  EXPECT_EQ(pause_after(pause, 1000, 1 * ns_per_s), Pause::most_ns);
}

TEST(Pause, IsNoneWhereResponsesAreQuick) {
  Pause pause;
  EXPECT_EQ(pause_after(pause, 2000, Pause::least_ns * Pause::share - 1), 0);
  Pause other;
  EXPECT_EQ(pause_after(other, 2000, Pause::least_ns * Pause::share), Pause::least_ns);
}

// It spares nothing where answers lie further apart than it is long.
TEST(Pause, IsNoneWhereAnswersAreFew) {
  Pause pause;
  EXPECT_EQ(pause_after(pause, 299, 10 * ns_per_ms), 0);
  EXPECT_EQ(pause_after(pause, 300, 10 * ns_per_ms), Pause::most_ns);
  EXPECT_EQ(pause_after(pause, 0, 0), 0) << "a server that stands still must be seen to answer again";
}

// A single quick response shortens the pauses at once, and for longer than the interval that it came in.
TEST(Pause, RemembersAQuickResponse) {
  Pause pause;
  ASSERT_EQ(pause_after(pause, 1000, 6 * ns_per_ms), 6 * ns_per_ms / Pause::share);
  pause.note(2 * ns_per_ms);
  EXPECT_EQ(pause_after(pause, 1000, 6 * ns_per_ms), 2 * ns_per_ms / Pause::share);
  const int64_t next = pause_after(pause, 1000, 6 * ns_per_ms);
  EXPECT_GT(next, 2 * ns_per_ms / Pause::share);
  EXPECT_LE(next, 2'600 * ns_per_us / Pause::share);
  for (int i = 0; i < 5; ++i) pause_after(pause, 1000, 6 * ns_per_ms);
  EXPECT_EQ(pause_after(pause, 1000, 6 * ns_per_ms), 6 * ns_per_ms / Pause::share);
}

}  // namespace
}  // namespace shallop::loadgen
