// SPDX-License-Identifier: Apache-2.0
#include "loadgen/poll_set.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "base/unique_fd.hpp"

namespace shallop::loadgen {
namespace {

// Two sockets that are connected. The pair is the owner of ours.
struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    ours.reset(ends[0]);
    theirs.reset(ends[1]);
  }
  UniqueFd ours;
  UniqueFd theirs;
};

class PollSetTest : public testing::Test {
 protected:
  void add(size_t number) { set_.add(number, pairs_[number].ours.get(), &pairs_[number]); }
  void speak(size_t number) { EXPECT_EQ(write(pairs_[number].theirs.get(), "x", 1), 1); }
  int look() { return set_.wait(events_, 0); }
  void* owner(size_t event) const { return events_[event].data.ptr; }

  UniqueFd epoll_{epoll_create1(EPOLL_CLOEXEC)};
  std::array<Pair, 3> pairs_;
  std::array<epoll_event, 4> events_{};
  PollSet set_{epoll_.get(), 3};
};

TEST_F(PollSetTest, TellsWhoseSocketsAreReadableForAsLongAsTheyAre) {
  add(0);
  add(2);
  EXPECT_EQ(look(), 0);
  speak(2);
  for (int again = 0; again < 2; ++again) {
    ASSERT_EQ(look(), 1);
    EXPECT_EQ(owner(0), &pairs_[2]);
    EXPECT_EQ(events_[0].events, EPOLLIN);
  }
}

TEST_F(PollSetTest, TellsTheEndOfAStream) {
  add(1);
  pairs_[1].theirs.reset();
  ASSERT_EQ(look(), 1);
  EXPECT_EQ(owner(0), &pairs_[1]);
  EXPECT_NE(events_[0].events & EPOLLRDHUP, 0U);
}

TEST_F(PollSetTest, PassesOverWhatWasRemoved) {
  add(0);
  speak(0);
  EXPECT_TRUE(set_.contains(0));
  EXPECT_FALSE(set_.contains(1));
  set_.remove(0);
  EXPECT_FALSE(set_.contains(0));
  EXPECT_EQ(look(), 0);
}

TEST_F(PollSetTest, TellsOfRoomOnceWhenAsked) {
  add(0);
  set_.watch_for_room(0);
  ASSERT_EQ(look(), 1);
  EXPECT_EQ(events_[0].events, EPOLLOUT);
  EXPECT_EQ(look(), 0);
}

TEST_F(PollSetTest, TellsWhatTheEpollSetHasAfterItsOwn) {
  add(0);
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &pairs_[1]}};
  ASSERT_EQ(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, pairs_[1].ours.get(), &event), 0);
  speak(1);
  ASSERT_EQ(look(), 1);
  EXPECT_EQ(owner(0), &pairs_[1]);
  speak(0);
  ASSERT_EQ(look(), 2);
  EXPECT_EQ(owner(0), &pairs_[0]);
  EXPECT_EQ(owner(1), &pairs_[1]);
}

TEST_F(PollSetTest, HasRoomForTheEpollSetWhenSocketsFillTheEvents) {
  add(0);
  add(1);
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &pairs_[2]}};
  ASSERT_EQ(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, pairs_[2].ours.get(), &event), 0);
  for (size_t number = 0; number < pairs_.size(); ++number) speak(number);
  const std::span<epoll_event> two(events_.data(), 2);
  ASSERT_EQ(set_.wait(two, 0), 2);
  EXPECT_EQ(owner(0), &pairs_[0]);
  EXPECT_EQ(owner(1), &pairs_[2]);
}

}  // namespace
}  // namespace shallop::loadgen
