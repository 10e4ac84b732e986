// SPDX-License-Identifier: Apache-2.0
// poll_oneoff: the vectors of WasmEdge with our corrections.
#include <fcntl.h>
#include <poll.h>
#include <sys/time.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "unit/wasi/poll_guest.hpp"

namespace shallop::wasi {
namespace {

using namespace std::chrono_literals;

TEST_F(PollTest, ArgumentsAreChecked) {
  EXPECT_TRUE(poll({}).empty());
  EXPECT_EQ(error_, Errno::inval);
  const auto subscription = guest_.put(timer(0));
  const auto event = guest_.place<Event>();
  const auto count = guest_.place<Size>();
  EXPECT_EQ(poll_oneoff(context(), caller(), {Guest::memory_size - 47}, event, 1, count), Errno::fault);
  EXPECT_EQ(poll_oneoff(context(), caller(), subscription, {Guest::memory_size - 31}, 1, count), Errno::fault);
  EXPECT_EQ(poll_oneoff(context(), caller(), subscription, event, 1, {Guest::memory_size - 3}), Errno::fault);
  EXPECT_EQ(poll_oneoff(context(), caller(), subscription, event, 0x8000'0001, count), Errno::fault);
  Subscription unknown = timer(0);
  unknown.tag = Eventtype{3};
  poll({unknown});
  EXPECT_EQ(error_, Errno::inval);
}

TEST_F(PollTest, EventsAreInTheOrderOfSubscriptionsAndCompact) {
  auto [fd, peer] = connection();
  const Fd idle = open(inet4, dgram);
  peer.send("x");
  const auto events = poll({timer(0, Clockid::monotonic, {}, 10), reads(idle, 11), writes(fd, 12), reads(fd, 13)});
  ASSERT_EQ(error_, Errno::success);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].userdata, 10u);
  EXPECT_EQ(events[0].type, Eventtype::clock);
  EXPECT_EQ(events[1].userdata, 12u);
  EXPECT_EQ(events[1].type, Eventtype::fd_write);
  EXPECT_GT(events[1].fd_readwrite.nbytes, 0u);
  EXPECT_EQ(events[2].userdata, 13u);
  EXPECT_EQ(events[2].type, Eventtype::fd_read);
}

TEST_F(PollTest, OnlyTheReportedEventsAreWritten) {
  auto [fd, peer] = connection();
  const auto in = guest_.put_array<Subscription>({reads(fd), timer(0)});
  const GuestPointer<Event> out{guest_.allocate(2 * sizeof(Event))};
  ASSERT_EQ(poll_oneoff(context(), caller(), in, out, 2, guest_.place<Size>()), Errno::success);
  EXPECT_EQ(guest_.get(out, 0).userdata, 3u);
  EXPECT_EQ(guest_.get(out, 1).userdata, 0xA5A5'A5A5'A5A5'A5A5u);
}

TEST_F(PollTest, EventsMayLieOverTheSubscriptions) {
  auto [fd, peer] = connection();
  peer.send("x");
  const auto in = guest_.put_array<Subscription>({reads(fd, 1), writes(fd, 2), reads(fd, 3)});
  const auto count = guest_.place<Size>();
  ASSERT_EQ(poll_oneoff(context(), caller(), in, {in.address}, 3, count), Errno::success);
  ASSERT_EQ(guest_.get(count), 3u);
  for (Size i = 0; i < 3; ++i) EXPECT_EQ(guest_.get(GuestPointer<Event>{in.address}, i).userdata, i + 1);
}

TEST_F(PollTest, ReadableIsOneByteUnlessTheGuestAsksHowMany) {
  auto [fd, peer] = connection();
  peer.send("hello world");
  auto events = poll({reads(fd)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].error, Errno::success);
  EXPECT_EQ(events[0].fd_readwrite.nbytes, 1u);
  EXPECT_EQ(events[0].fd_readwrite.flags, Eventrwflags::none);
  events = poll({reads(fd), timer(0)});  // as wasi-libc's ioctl(FIONREAD) does
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].fd_readwrite.nbytes, 11u);
  ASSERT_EQ(recv(fd, 100), Errno::success);
  events = poll({reads(fd), timer(0)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].type, Eventtype::clock);
}

TEST_F(PollTest, APeerThatStoppedSendingIsReadableAndNoHangup) {
  auto [fd, peer] = connection();
  ASSERT_EQ(::shutdown(peer.fd(), SHUT_WR), 0);
  const auto events = poll({reads(fd), writes(fd)});
  ASSERT_EQ(events.size(), 2u);
  for (const Event& event : events) {
    EXPECT_EQ(event.error, Errno::success);
    EXPECT_EQ(event.fd_readwrite.flags, Eventrwflags::none);
  }
}

TEST_F(PollTest, AResetIsReadinessWithHangupAndNoError) {
  auto [fd, peer] = connection();
  peer.reset_connection();
  const auto events = poll({reads(fd), writes(fd)});
  ASSERT_EQ(events.size(), 2u);
  for (const Event& event : events) {
    EXPECT_EQ(event.error, Errno::success);
    EXPECT_EQ(event.fd_readwrite.flags, hung_up);
  }
  EXPECT_EQ(recv(fd, 1), Errno::connreset);
}

TEST_F(PollTest, ARefusedConnectionIsReadinessWithHangup) {
  uint16_t port = 0;
  {
    port = HostSocket::listener(SocketAddress::parse("127.0.0.1", 0).value()).port();
  }
  const Fd fd = open();
  set_nonblocking(fd);
  const Errno error = sock_connect(context(), caller(), fd, loopback4(), port);
  ASSERT_TRUE(error == Errno::inprogress || error == Errno::connrefused);
  const auto events = poll({reads(fd), writes(fd)});
  ASSERT_EQ(events.size(), 2u);
  for (const Event& event : events) {
    EXPECT_EQ(event.error, Errno::success);
    EXPECT_EQ(event.fd_readwrite.flags, hung_up);
  }
}

TEST_F(PollTest, ANeverConnectedStreamHangsUp) {
  const auto events = poll({writes(open())});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].error, Errno::success);
  EXPECT_EQ(events[0].fd_readwrite.flags, hung_up);
}

TEST_F(PollTest, AListenerIsReadableWhenSomebodyCalls) {
  uint16_t port = 0;
  const Fd listener = listening(&port, true);
  auto events = poll({reads(listener), timer(2 * ms)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].type, Eventtype::clock);
  EXPECT_GE(elapsed_, 2ms);
  const HostSocket client = HostSocket::connected_to(port);
  events = poll({reads(listener), writes(listener), timer(10'000 * ms)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].type, Eventtype::fd_read);
  EXPECT_LT(elapsed_, 5s);
}

TEST_F(PollTest, AWaitEndsWhenDataComes) {
  auto [fd, peer] = connection();
  std::thread sender([&socket = peer] {
    std::this_thread::sleep_for(20ms);
    socket.send("x");
  });
  const auto events = poll({reads(fd), timer(10'000 * ms)});
  sender.join();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].type, Eventtype::fd_read);
  EXPECT_GE(elapsed_, 15ms);
  EXPECT_LT(elapsed_, 5s);
}

TEST_F(PollTest, ClocksFireAtTheirTime) {
  EXPECT_EQ(poll({timer(0)}).size(), 1u);
  EXPECT_LT(elapsed_, 1s);
  EXPECT_EQ(poll({timer(1, Clockid::monotonic, absolute)}).size(), 1u);
  EXPECT_EQ(poll({timer(1, Clockid::realtime, absolute)}).size(), 1u);
  for (const Clockid clock : {Clockid::realtime, Clockid::monotonic}) {
    EXPECT_EQ(poll({timer(3 * ms, clock)}).size(), 1u);
    EXPECT_GE(elapsed_, 3ms);
    EXPECT_EQ(poll({timer(read_system_clock(clock) + 3 * ms, clock, absolute)}).size(), 1u);
    EXPECT_GE(elapsed_, 2ms);
  }
  auto events = poll({timer(forever), timer(3 * ms, Clockid::monotonic, {}, 9)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].userdata, 9u);
  events = poll({timer(forever, Clockid::realtime, absolute), timer(3 * ms, Clockid::realtime, {}, 9)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(poll({timer(2 * ms), timer(2 * ms), timer(2'000'000 * ms)}).size(), 2u);
}

TEST_F(PollTest, ClocksThatCannotWaitAreErrors) {
  auto events = poll({timer(0, Clockid{4}), timer(0, Clockid::process_cputime_id), timer(0, Clockid::thread_cputime_id),
                      timer(0, Clockid::monotonic, Subclockflags{2}), timer(10'000 * ms)});
  EXPECT_LT(elapsed_, 5s);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].error, Errno::inval);
  EXPECT_EQ(events[1].error, Errno::notsup);
  EXPECT_EQ(events[2].error, Errno::notsup);
  EXPECT_EQ(events[3].error, Errno::inval);
}

// The wall clock that a test sets; the monotonic one is real.
std::atomic<Timestamp> wall_clock_ns = 0;
Timestamp settable_clock(Clockid clock) noexcept {
  return clock == Clockid::realtime ? wall_clock_ns.load() : read_system_clock(clock);
}

class WallClockTest : public PollTest {
 protected:
  WallClockTest() : PollTest({.network = NetworkPolicy::open(), .read_clock = settable_clock}) {}
};

TEST_F(WallClockTest, SettingTheClockEndsAnAbsoluteWait) {
  wall_clock_ns = 1'000'000 * ms;
  std::thread setter([] {
    std::this_thread::sleep_for(50ms);
    wall_clock_ns = 5'000'000 * ms;
  });
  const auto events = poll({timer(4'000'000 * ms, Clockid::realtime, absolute)});
  setter.join();
  EXPECT_EQ(events.size(), 1u);
  EXPECT_LT(elapsed_, 3s);  // and not in 50 minutes
  // A relative wait is one of elapsed time, whatever the clock says.
  EXPECT_EQ(poll({timer(3 * ms, Clockid::realtime)}).size(), 1u);
}

TEST_F(PollTest, ErrorsAreReportedAtOnceWithWhatIsReady) {
  auto [fd, peer] = connection();
  uint16_t port = 0;
  const Fd listener = listening(&port);
  peer.send("x");
  auto events = poll({reads(99, 1), reads(fd, 2), reads(listener, 3)});
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].error, Errno::badf);
  EXPECT_EQ(events[0].userdata, 1u);
  EXPECT_EQ(events[1].error, Errno::success);
  EXPECT_EQ(events[1].userdata, 2u);
  events = poll({writes(99)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].error, Errno::badf);
  EXPECT_EQ(events[0].type, Eventtype::fd_write);
  events = poll({reads(listener), reads(99)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].error, Errno::badf);
  events = poll({writes(0), reads(1)});  // each stream the wrong way
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].error, Errno::notcapable);
  EXPECT_EQ(events[1].error, Errno::notcapable);
}

TEST_F(PollTest, TheSameSubscriptionTwiceFiresTwice) {
  auto [fd, peer] = connection();
  peer.send("x");
  const auto events = poll({reads(fd, 1), reads(fd, 2), writes(fd, 3), writes(fd, 4)});
  ASSERT_EQ(events.size(), 4u);
  for (const Event& event : events) EXPECT_EQ(event.error, Errno::success);
}

TEST_F(PollTest, WhatNeverBlocksIsReadyAtOnce) {
  TemporaryDirectory host;
  host.write("file", "123456789");
  Guest guest({.preopens = {{.host_path = host.path(), .guest_path = "."}}});
  const auto text = guest.text("file");
  const auto opened = guest.place<Fd>();
  ASSERT_EQ(path_open(guest.context, guest.caller(), 3, {0}, text.pointer, text.size, {0}, Rights::all, Rights::none,
                      {0}, opened),
            Errno::success);
  const Fd file = guest.get(opened);
  for (int round = 0; round < 2; ++round) {
    const auto in = guest.put_array<Subscription>({reads(0), reads(file), writes(file), writes(1), timer(10'000 * ms)});
    const GuestPointer<Event> out{guest.allocate(5 * sizeof(Event))};
    const auto count = guest.place<Size>();
    ASSERT_EQ(poll_oneoff(guest.context, guest.caller(), in, out, 5, count), Errno::success);
    ASSERT_EQ(guest.get(count), 4u);
    for (Size i = 0; i < 4; ++i) EXPECT_EQ(guest.get(out, i).error, Errno::success);
  }
  const auto in = guest.put_array<Subscription>({reads(file), timer(0)});
  const GuestPointer<Event> out{guest.allocate(2 * sizeof(Event))};
  ASSERT_EQ(poll_oneoff(guest.context, guest.caller(), in, out, 2, guest.place<Size>()), Errno::success);
  EXPECT_EQ(guest.get(out).fd_readwrite.nbytes, 9u);
}

TEST_F(PollTest, PipesWork) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  Guest guest({.standard_streams = {ends[0], ends[1], ends[1]}});
  const auto count = guest.place<Size>();
  const auto in = guest.put_array<Subscription>({reads(0), timer(ms)});
  const GuestPointer<Event> out{guest.allocate(2 * sizeof(Event))};
  const auto poll_input = [&] {
    EXPECT_EQ(poll_oneoff(guest.context, guest.caller(), in, out, 2, count), Errno::success);
    return guest.get(out).type;
  };
  EXPECT_EQ(poll_input(), Eventtype::clock);
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  EXPECT_EQ(poll_input(), Eventtype::fd_read);
  char byte;
  ASSERT_EQ(::read(ends[0], &byte, 1), 1);
  EXPECT_EQ(poll_input(), Eventtype::clock);
  write_end.reset();
  ASSERT_EQ(fd_close(guest.context, guest.caller(), 1), Errno::success);
  ASSERT_EQ(fd_close(guest.context, guest.caller(), 2), Errno::success);
  EXPECT_EQ(poll_input(), Eventtype::fd_read);
  EXPECT_EQ(guest.get(out).fd_readwrite.flags, hung_up);
}

// What one poll watched must not disturb the next, whatever the guest does in between.

TEST_F(PollTest, WhatIsNoLongerWantedDoesNotWake) {
  auto [wanted, peer] = connection();
  auto [dropped, other] = connection();
  EXPECT_EQ(poll({reads(wanted), reads(dropped), timer(0)}).size(), 1u);
  other.send("x");  // stays readable throughout
  for (int round = 0; round < 3; ++round) {
    const auto events = poll({reads(wanted), timer(3 * ms)});
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].type, Eventtype::clock);
    EXPECT_GE(elapsed_, 3ms);
  }
  other.close();  // nor does its hangup
  EXPECT_EQ(poll({reads(wanted), timer(3 * ms)}).size(), 1u);
  EXPECT_GE(elapsed_, 3ms);
  EXPECT_EQ(poll({timer(3 * ms)}).size(), 1u);
  EXPECT_GE(elapsed_, 3ms);
  EXPECT_EQ(poll({reads(wanted), reads(dropped)}).size(), 1u);
}

TEST_F(PollTest, AClosedNumberThatIsReusedIsAnotherDescriptor) {
  auto [first, peer] = connection();
  EXPECT_EQ(poll({reads(first), timer(0)}).size(), 1u);
  ASSERT_EQ(fd_close(context(), caller(), first), Errno::success);
  auto [second, other] = connection();
  ASSERT_EQ(second, first);
  EXPECT_EQ(poll({reads(second), timer(2 * ms)})[0].type, Eventtype::clock);
  other.send("x");
  EXPECT_EQ(poll({reads(second), timer(10'000 * ms)})[0].type, Eventtype::fd_read);
}

TEST_F(PollTest, ARenumberedDescriptorIsPolledUnderItsNewNumber) {
  auto [fd, peer] = connection();
  auto [target, other] = connection();
  EXPECT_EQ(poll({reads(fd), reads(target), timer(0)}).size(), 1u);
  ASSERT_EQ(fd_renumber(context(), caller(), fd, target), Errno::success);
  EXPECT_EQ(poll({reads(fd)})[0].error, Errno::badf);
  peer.send("x");
  const auto events = poll({reads(target)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].error, Errno::success);
  EXPECT_EQ(events[0].fd_readwrite.flags, Eventrwflags::none);
}

TEST_F(PollTest, AFullSocketIsNotWritableUntilThePeerReads) {
  auto [fd, peer] = connection();
  EXPECT_EQ(poll({writes(fd)}).size(), 1u);
  const std::string chunk(16'384, 'x');
  const auto text = guest_.texts({chunk});
  const auto count = guest_.place<Size>();
  while (sock_send(context(), caller(), fd, text, 1, {0}, count) == Errno::success) {
  }
  auto events = poll({writes(fd), timer(5 * ms)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].type, Eventtype::clock);
  std::thread reader([&socket = peer] {
    for (size_t total = 0; total < 4'000'000;) {
      pollfd wait{.fd = socket.fd(), .events = POLLIN, .revents = 0};
      if (::poll(&wait, 1, 200) <= 0) break;
      total += socket.receive(65'536).size();
    }
  });
  events = poll({writes(fd), timer(10'000 * ms)});
  reader.join();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].type, Eventtype::fd_write);
}

// A blocking socket is asked each time: a wrong answer would make the next call block.
TEST_F(PollTest, ABlockingSocketIsNotTakenForWritableFromMemory) {
  auto [fd, peer] = connection(false);
  ASSERT_EQ(send(fd, "x"), Errno::success);
  // Fill it behind the guest's back.
  const std::string chunk(65'536, 'x');
  while (::send(host_fd(fd), chunk.data(), chunk.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
  }
  const auto events = poll({writes(fd), timer(2 * ms)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].type, Eventtype::clock);
}

TEST_F(PollTest, ManyDescriptorsAtOnce) {
  constexpr size_t count = 300;  // more than the host reports at once
  std::vector<Connection> connections;
  std::vector<Subscription> subscriptions;
  for (size_t i = 0; i < count; ++i) {
    connections.push_back(connection());
    subscriptions.push_back(reads(connections.back().fd, i));
  }
  for (Connection& each : connections) each.peer.send("x");
  size_t seen = 0;
  for (int round = 0; round < 10 && seen < count; ++round) {
    const auto events = poll(subscriptions);
    ASSERT_FALSE(events.empty());
    for (const Event& event : events) {
      EXPECT_EQ(recv(connections[event.userdata].fd, 1), Errno::success);
      ++seen;
    }
  }
  EXPECT_EQ(seen, count);
}

class InterruptedPollTest : public PollTest {
 protected:
  InterruptedPollTest() {
    struct sigaction action{};
    action.sa_handler = [](int) {};  // without SA_RESTART
    ::sigaction(SIGALRM, &action, &before_);
    const itimerval every_millisecond{{0, 1'000}, {0, 1'000}};
    ::setitimer(ITIMER_REAL, &every_millisecond, nullptr);
  }
  ~InterruptedPollTest() override {
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before_, nullptr);
  }
  struct sigaction before_{};
};

TEST_F(InterruptedPollTest, SignalsNeitherShowNorProlongTheWait) {
  uint16_t port = 0;
  const Fd listener = listening(&port);
  for (const auto& subscriptions : {std::vector{timer(50 * ms)}, std::vector{reads(listener), timer(50 * ms)}}) {
    const auto events = poll(subscriptions);
    ASSERT_EQ(error_, Errno::success);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].error, Errno::success);
    EXPECT_GE(elapsed_, 50ms);
    EXPECT_LT(elapsed_, 2s);
  }
}

}  // namespace
}  // namespace shallop::wasi
