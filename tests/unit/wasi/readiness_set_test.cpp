// SPDX-License-Identifier: Apache-2.0
// Guests' own readiness sets (abi/readiness_set.hpp), through the calls that guests make.
#include <algorithm>
#include <chrono>
#include <thread>

#include "abi/readiness_set.hpp"
#include "unit/wasi/poll_guest.hpp"

namespace shallop::wasi {
namespace {

constexpr Userdata timed = ~Userdata{0};

class ReadinessSetTest : public PollTest {
 protected:
  ReadinessSetTest() : set_(open({readiness_set_family}, {0})) {}

  // Changes the set; how many bytes were taken, with the result in error_.
  Size change(const std::vector<ReadinessInterest>& changes, Size surplus_bytes = 0) {
    const auto records = guest_.put_array(changes);
    const Size size = static_cast<Size>(changes.size() * sizeof(ReadinessInterest)) + surplus_bytes;
    const auto vector = guest_.put(Ciovec{records.address, size});
    const auto taken = guest_.put<Size>(0);
    error_ = fd_write(context(), caller(), set_, vector, 1, taken);
    return guest_.get(taken);
  }

  std::vector<ReadinessEvent> wait(Size most = 16) {
    const auto place = GuestPointer<ReadinessEvent>{guest_.allocate(most * sizeof(ReadinessEvent))};
    const auto vector = guest_.put(Iovec{place.address, static_cast<Size>(most * sizeof(ReadinessEvent))});
    const auto size = guest_.put<Size>(0);
    error_ = fd_read(context(), caller(), set_, vector, 1, size);
    std::vector<ReadinessEvent> events;
    for (Size i = 0; i < guest_.get(size) / sizeof(ReadinessEvent); ++i) events.push_back(guest_.get(place, i));
    return events;
  }

  // What there is now, without waiting.
  std::vector<ReadinessEvent> ready(Size most = 16) {
    change({{readiness_clock, 0, 1}});  // a time that has passed
    std::vector<ReadinessEvent> events = wait(most);
    std::erase_if(events, [](const ReadinessEvent& each) { return each.ready == readiness_time; });
    return events;
  }

  Fd set_;
};

TEST_F(ReadinessSetTest, TellsWhatIsReadyWithItsUserdataAsLongAsItIs) {
  auto [fd, peer] = connection();
  auto [idle, idle_peer] = connection();
  EXPECT_EQ(change({{fd, readiness_readable, 77}, {idle, readiness_readable, 78}}), 2 * sizeof(ReadinessInterest));
  EXPECT_TRUE(ready().empty());
  peer.send("x");
  for (int i = 0; i < 2; ++i) {
    const auto events = wait();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].userdata, 77u);
    EXPECT_EQ(events[0].ready, readiness_readable);
    EXPECT_EQ(events[0].zero, 0u);
  }
  ASSERT_EQ(recv(fd, 10), Errno::success);
  EXPECT_TRUE(ready().empty());
}

TEST_F(ReadinessSetTest, AnInterestIsChangedAndForgotten) {
  auto [fd, peer] = connection();
  change({{fd, readiness_readable, 1}});
  EXPECT_TRUE(ready().empty());
  change({{fd, readiness_readable | readiness_writable, 2}});
  ASSERT_EQ(ready().size(), 1u);
  EXPECT_EQ(ready()[0].userdata, 2u);
  EXPECT_EQ(ready()[0].ready, readiness_writable);
  change({{fd, 0, 0}});
  EXPECT_TRUE(ready().empty());
  EXPECT_EQ(change({{fd, 0, 0}}), sizeof(ReadinessInterest));  // not there: nothing to forget
  EXPECT_EQ(error_, Errno::success);
  change({{fd, readiness_writable, 3}});
  EXPECT_EQ(ready().size(), 1u);
}

TEST_F(ReadinessSetTest, AClosedDescriptorLeavesAndItsNumberCanBeAddedAgain) {
  auto [first, peer] = connection();
  change({{first, readiness_readable | readiness_writable, 1}});
  ASSERT_EQ(fd_close(context(), caller(), first), Errno::success);
  EXPECT_TRUE(ready().empty());
  auto [second, other] = connection();
  ASSERT_EQ(second, first);
  EXPECT_TRUE(ready().empty());
  change({{second, readiness_writable, 2}});
  const auto events = ready();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].userdata, 2u);
}

TEST_F(ReadinessSetTest, ARenumberedDescriptorCanBeChangedByItsNewNumber) {
  auto [fd, peer] = connection();
  auto [target, other] = connection();
  change({{fd, readiness_readable, 1}, {target, readiness_writable, 2}});
  ASSERT_EQ(fd_renumber(context(), caller(), fd, target), Errno::success);
  EXPECT_TRUE(ready().empty());  // what was ready is closed
  change({{target, readiness_writable, 3}});
  EXPECT_EQ(error_, Errno::success);
  const auto events = ready();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].userdata, 3u);
}

TEST_F(ReadinessSetTest, ItsTimeComesOnceWhateverElseIsReady) {
  auto [fd, peer] = connection();
  change({{fd, readiness_writable, 1}, {readiness_clock, 0, 1}});
  const auto both = wait();
  ASSERT_EQ(both.size(), 2u);
  EXPECT_TRUE(std::ranges::any_of(
      both, [](const ReadinessEvent& each) { return each.ready == readiness_time && each.userdata == timed; }));
  EXPECT_EQ(wait().size(), 1u);
  change({{fd, 0, 0}, {readiness_clock, 0, read_system_clock(Clockid::monotonic) + 3 * ms}});
  const Timestamp before = read_system_clock(Clockid::monotonic);
  const auto events = wait();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ready, readiness_time);
  EXPECT_GE(read_system_clock(Clockid::monotonic) - before, 2 * ms);
}

TEST_F(ReadinessSetTest, ATimeThatIsSetAnewComesNoMore) {
  auto [fd, peer] = connection();
  change({{readiness_clock, 0, read_system_clock(Clockid::monotonic) + ms}});
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  change({{readiness_clock, 0, timed}, {fd, readiness_writable, 1}});  // never
  const auto events = wait();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].userdata, 1u);
  set_nonblocking(set_);
  change({{fd, 0, 0}, {readiness_clock, 0, 1}, {readiness_clock, 0, timed}});
  EXPECT_TRUE(wait().empty());
}

TEST_F(ReadinessSetTest, ItsTimeWakesAPollOfTheSet) {
  const Timestamp time = read_system_clock(Clockid::monotonic) + 2 * ms;
  change({{readiness_clock, 0, time}});
  EXPECT_EQ(poll({reads(set_)}).size(), 1u);
  EXPECT_GE(read_system_clock(Clockid::monotonic), time);
  const auto events = wait();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ready, readiness_time);
}

TEST_F(ReadinessSetTest, ATimeThatIsPastWakesAPollOfTheSetOnce) {
  set_nonblocking(set_);
  change({{readiness_clock, 0, 1}});
  EXPECT_EQ(poll({reads(set_)}).size(), 1u);
  const auto events = wait();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ready, readiness_time);
  EXPECT_TRUE(wait().empty());
}

// A server waits for each request, and sets its time once a second.
TEST_F(ReadinessSetTest, AWaitLooksAtNoClock) {
  static int looks = 0;
  auto [fd, peer] = connection();
  context().read_clock = [](Clockid clock) noexcept {
    ++looks;
    return read_system_clock(clock);
  };
  change({{fd, readiness_writable, 1}, {readiness_clock, 0, read_system_clock(Clockid::monotonic) + 1'000'000 * ms}});
  looks = 0;
  EXPECT_EQ(wait().size(), 1u);
  EXPECT_EQ(looks, 0);
}

TEST_F(ReadinessSetTest, AHangupIsToldWhateverTheInterest) {
  auto [fd, peer] = connection();
  change({{fd, readiness_readable, 1}});
  peer.reset_connection();
  const auto events = wait();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ready, readiness_readable | readiness_hangup);
}

TEST_F(ReadinessSetTest, EveryOneComesToItsTurnWhenThereIsLittleRoom) {
  std::vector<Connection> connections;
  for (Userdata i = 0; i < 5; ++i) {
    connections.push_back(connection());
    change({{connections.back().fd, readiness_writable, i}});
  }
  std::vector<bool> seen(5);
  for (int round = 0; round < 5; ++round) {
    for (const ReadinessEvent& each : wait(2)) seen.at(each.userdata) = true;
  }
  EXPECT_EQ(std::ranges::count(seen, true), 5);
  EXPECT_TRUE(wait(0).empty());
  EXPECT_EQ(error_, Errno::success);
}

TEST_F(ReadinessSetTest, OneThatDoesNotWaitTellsNothing) {
  set_nonblocking(set_);
  EXPECT_TRUE(wait().empty());
  EXPECT_EQ(error_, Errno::success);
}

TEST_F(ReadinessSetTest, IsItselfPolledAsAnyDescriptor) {
  auto [fd, peer] = connection();
  change({{fd, readiness_readable, 1}});
  EXPECT_EQ(poll({reads(set_), timer(0)}).size(), 1u);
  peer.send("x");
  EXPECT_EQ(poll({reads(set_)}).size(), 1u);
}

// As with write(2), what came before an error counts, and the next call tells the error.
TEST_F(ReadinessSetTest, WhatCannotBeWatchedIsAnError) {
  auto [fd, peer] = connection();
  EXPECT_EQ(change({{fd, readiness_readable, 1}, {99, readiness_readable, 2}}), sizeof(ReadinessInterest));
  EXPECT_EQ(error_, Errno::success);
  EXPECT_EQ(change({{99, readiness_readable, 2}}), 0u);
  EXPECT_EQ(error_, Errno::badf);
  change({{set_, readiness_readable, 2}});
  EXPECT_EQ(error_, Errno::badf);
  change({{fd, readiness_hangup, 2}});
  EXPECT_EQ(error_, Errno::inval);
  change({{0, readiness_readable, 2}});  // a file, which is always ready
  EXPECT_EQ(error_, Errno::perm);
  EXPECT_EQ(change({{fd, readiness_writable, 3}}, 5), sizeof(ReadinessInterest));  // part of a record is none
  ASSERT_EQ(ready().size(), 1u);
}

TEST_F(ReadinessSetTest, RecordsAndEventsLieInOnePiece) {
  const auto place = guest_.allocate(64);
  const auto vectors = guest_.put_array<Iovec>({{place, 16}, {place + 16, 16}});
  const auto size = guest_.place<Size>();
  EXPECT_EQ(fd_read(context(), caller(), set_, vectors, 2, size), Errno::inval);
  const auto changes = guest_.put_array<Ciovec>({{place, 16}, {place + 16, 16}});
  EXPECT_EQ(fd_write(context(), caller(), set_, changes, 2, size), Errno::inval);
}

}  // namespace
}  // namespace shallop::wasi
