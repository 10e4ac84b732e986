// SPDX-License-Identifier: Apache-2.0
#include "embedder/seat.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <semaphore>
#include <vector>

namespace shallop {
namespace {

using namespace std::chrono_literals;

class SeatTest : public testing::Test {
 protected:
  // One guest from its start to its end, in no time, or in so much.
  void run_once(std::chrono::nanoseconds life = 0ns) {
    seat_.start(std::nullopt, size_t{1} << 20);
    ended_.acquire();
    seat_.take_ending();
    now_ += life;
  }

  Seat::Clock::time_point now_{};
  std::function<void(Worker&)> guest_ = [](Worker&) {};
  std::binary_semaphore ended_{0};
  Seat seat_{0,
             [this](Worker& worker) {
               guest_(worker);
               return GuestEnding{.outcome = Exit{0}, .failure = {}};
             },
             [this] { ended_.release(); }, [this] { return now_; }};
};

TEST_F(SeatTest, KnowsWhetherItsGuestRuns) {
  EXPECT_FALSE(seat_.is_running());
  std::binary_semaphore may_end{0};
  guest_ = [&](Worker&) { may_end.acquire(); };
  seat_.start(std::nullopt, size_t{1} << 20);
  EXPECT_TRUE(seat_.is_running());
  EXPECT_FALSE(seat_.has_ended());
  may_end.release();
  ended_.acquire();
  EXPECT_TRUE(seat_.has_ended());
  seat_.take_ending();
  EXPECT_FALSE(seat_.is_running());
  EXPECT_FALSE(seat_.has_ended()) << "an ending is taken once";
}

TEST_F(SeatTest, WaitsTwiceAsLongEachTimeAndFiveSecondsAtMost) {
  std::vector<std::chrono::milliseconds> delays;
  for (int i = 0; i < 8; ++i) {
    run_once();
    delays.push_back(seat_.start_later());
  }
  EXPECT_EQ(delays,
            (std::vector<std::chrono::milliseconds>{100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}));
}

TEST_F(SeatTest, BeginsAnewWithAGuestThatRanForASecond) {
  run_once();
  EXPECT_EQ(seat_.start_later(), 100ms);
  run_once(1s - 1ns);
  EXPECT_EQ(seat_.start_later(), 200ms) << "the second is not over";
  run_once(1s);
  EXPECT_EQ(seat_.start_later(), 100ms);
  run_once();
  EXPECT_EQ(seat_.start_later(), 200ms);
}

TEST_F(SeatTest, CountsTheLifeOfItsLastGuestAlone) {
  run_once();
  seat_.start_later();
  now_ += 1h;  // between two guests
  run_once();
  EXPECT_EQ(seat_.start_later(), 200ms);
}

TEST_F(SeatTest, IsAwaitedFromAskingForAStartUntilThat) {
  run_once();
  EXPECT_TRUE(seat_.has_started_once());
  seat_.start_later();
  EXPECT_EQ(seat_.next_start(), now_ + 100ms);
  run_once();
  EXPECT_FALSE(seat_.next_start());
  EXPECT_FALSE(seat_.has_started_once());
  seat_.start_later();
  seat_.start_no_more();
  EXPECT_FALSE(seat_.next_start());
}

TEST_F(SeatTest, IsOfUseOnceItsGuestHasWaitedForClients) {
  run_once();
  EXPECT_FALSE(seat_.was_of_use());
  guest_ = [](Worker& worker) { worker.state().counters.polls.add(1); };
  run_once();
  EXPECT_TRUE(seat_.was_of_use());
}

}  // namespace
}  // namespace shallop
