// SPDX-License-Identifier: Apache-2.0
// What a guest sees of a drain: in the calls in which it waits, and on its connections.
#include "wasi/drain.hpp"

#include <chrono>
#include <thread>

#include "abi/readiness_set.hpp"
#include "runtime/interruption.hpp"
#include "unit/wasi/socket_guest.hpp"

namespace shallop::wasi {
namespace {

using namespace std::chrono_literals;

class DrainTest : public SocketTest {
 protected:
  DrainTest() : SocketTest({.network = NetworkPolicy::open(), .worker = &state_}) {}

  Fd open_set() {
    const auto opened = guest_.place<Fd>();
    EXPECT_EQ(sock_open(context(), caller(), {readiness_set_family}, {0}, opened), Errno::success);
    return guest_.get(opened);
  }
  void watch(Fd set, const ReadinessInterest& interest) {
    const auto record = guest_.put(interest);
    const auto vector = guest_.put(Ciovec{record.address, sizeof interest});
    EXPECT_EQ(fd_write(context(), caller(), set, vector, 1, guest_.place<Size>()), Errno::success);
  }
  std::vector<ReadinessEvent> wait(Fd set, std::chrono::nanoseconds timeout) {
    const Timestamp now = read_system_clock(Clockid::monotonic);
    watch(set, {.fd = readiness_clock, .interest = 0, .userdata = now + static_cast<Timestamp>(timeout.count())});
    const auto vectors = guest_.buffers({16 * sizeof(ReadinessEvent)});
    const auto size = guest_.put<Size>(0);
    EXPECT_EQ(fd_read(context(), caller(), set, vectors, 1, size), Errno::success);
    std::vector<ReadinessEvent> events(guest_.get(size) / sizeof(ReadinessEvent));
    std::memcpy(events.data(), guest_.at(guest_.get(vectors).buf), events.size() * sizeof(ReadinessEvent));
    return events;
  }
  bool comes_to_its_end(Connection& connection, std::chrono::milliseconds within = 5s) {
    const auto deadline = std::chrono::steady_clock::now() + within;
    while (std::chrono::steady_clock::now() < deadline) {
      context().drain.step(context());
      if (recv(connection.fd, 64) == Errno::success && received_.empty()) return true;
      std::this_thread::sleep_for(Drain::interval);
    }
    return false;
  }

  // That ends a connection whatever else there is to do.
  static constexpr std::chrono::milliseconds longest_silence = Drain::silence(1) + 200ms;

  WorkerState state_;
};

TEST_F(DrainTest, ARetiredListenerLeavesReadinessSets) {
  uint16_t port = 0;
  const Fd listener = listening(&port, true);
  Connection connection = this->connection();
  connection.peer.send("request");  // keeps the guest from its end
  ASSERT_EQ(recv(connection.fd, 64), Errno::success);
  const Fd set = open_set();
  watch(set, {.fd = listener, .interest = readiness_readable, .userdata = 1});
  state_.draining = true;
  const uint64_t waits = state_.counters.waits.read();
  const auto events = wait(set, 300ms);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ready, readiness_time) << "the listener is ready for ever";
  EXPECT_LT(state_.counters.waits.read() - waits, 40u);
  watch(set, {.fd = listener, .interest = readiness_readable, .userdata = 1});
  EXPECT_EQ(wait(set, 50ms).front().ready, readiness_time) << "it has come back";
}

TEST_F(DrainTest, ARequestThatHasBegunKeepsItsConnection) {
  Connection connection = this->connection();
  connection.peer.send("request");
  ASSERT_EQ(recv(connection.fd, 64), Errno::success);
  ASSERT_EQ(send(connection.fd, "answer"), Errno::success);
  connection.peer.send("half of ");
  ASSERT_EQ(recv(connection.fd, 64), Errno::success);
  state_.draining = true;
  EXPECT_FALSE(comes_to_its_end(connection, longest_silence));
  ASSERT_EQ(send(connection.fd, "answer"), Errno::success);
  EXPECT_EQ(connection.peer.receive(), "answeranswer");
  EXPECT_TRUE(comes_to_its_end(connection));
}

TEST_F(DrainTest, AResponseThatPausesKeepsItsConnection) {
  Connection connection = this->connection();
  connection.peer.send("GET / HTTP/1.1\r\n\r\n");
  ASSERT_EQ(recv(connection.fd, 64), Errno::success);
  ASSERT_EQ(send(connection.fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), Errno::success);
  EXPECT_FALSE(connection.peer.receive().empty());
  state_.draining = true;
  EXPECT_FALSE(comes_to_its_end(connection, longest_silence));
  ASSERT_EQ(send(connection.fd, "3\r\nabc\r\n0\r\n\r\n"), Errno::success);
  EXPECT_FALSE(connection.peer.receive().empty());
  EXPECT_TRUE(comes_to_its_end(connection));
}

TEST_F(DrainTest, ARequestThatIsToBeContinuedKeepsItsConnection) {
  Connection connection = this->connection();
  connection.peer.send("POST / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_EQ(recv(connection.fd, 64), Errno::success);
  ASSERT_EQ(send(connection.fd, "HTTP/1.1 100 Continue\r\n\r\n"), Errno::success);
  EXPECT_FALSE(connection.peer.receive().empty());
  state_.draining = true;
  EXPECT_FALSE(comes_to_its_end(connection, longest_silence));
}

TEST(Drain, WaitsLongerForAClientWhereProcessorsAreContended) {
  EXPECT_EQ(Drain::silence(0), 200ms);
  EXPECT_EQ(Drain::silence(0.5), 600ms);
  EXPECT_EQ(Drain::silence(1), 1s);
}

TEST_F(DrainTest, AnEndedConnectionIsToldOncePerWait) {
  Connection connection = this->connection();
  const Fd set = open_set();
  watch(set, {.fd = connection.fd, .interest = readiness_readable | readiness_writable, .userdata = 7});
  state_.draining = true;
  ASSERT_TRUE(comes_to_its_end(connection));
  const auto events = wait(set, 1s);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].userdata, 7u);
  EXPECT_EQ(events[0].ready, readiness_readable | readiness_writable);
}

TEST_F(DrainTest, AServerThatWaitsByAReadinessSetIsCounted) {
  wait(open_set(), 1ms);
  EXPECT_EQ(state_.counters.polls.read(), 1u);
  EXPECT_EQ(state_.counters.memory_bytes.read(), Guest::memory_size);
}

}  // namespace
}  // namespace shallop::wasi
