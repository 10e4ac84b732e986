// SPDX-License-Identifier: Apache-2.0
// What the calls of a busy server cost: no allocation, and no system call beside the operation itself. Its own program,
// because it puts itself between the library and the C library's functions.
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <new>

#include "unit/wasi/poll_guest.hpp"

namespace {

struct Counts {
  int allocations = 0;
  int epoll_ctl = 0;
  int epoll_wait = 0;
  bool refuse_pwait2 = false;
};
thread_local Counts counts;

}  // namespace

void* operator new(size_t size) {
  ++counts.allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

extern "C" {

int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
  ++counts.epoll_ctl;
  return static_cast<int>(syscall(SYS_epoll_ctl, epoll, operation, fd, event));
}
int epoll_wait(int epoll, epoll_event* events, int count, int timeout) {
  ++counts.epoll_wait;
  return static_cast<int>(syscall(SYS_epoll_pwait, epoll, events, count, timeout, nullptr, 8));
}
int epoll_pwait2(int epoll, epoll_event* events, int count, const timespec* timeout, const sigset_t* mask) {
  if (counts.refuse_pwait2) {
    errno = ENOSYS;
    return -1;
  }
  ++counts.epoll_wait;
  return static_cast<int>(syscall(SYS_epoll_pwait2, epoll, events, count, timeout, mask, 8));
}

}  // extern "C"

namespace shallop::wasi {
namespace {

using namespace std::chrono_literals;

// A poll whose arguments lie ready in the guest's memory.
class HotPathTest : public PollTest {
 protected:
  void prepare(const std::vector<Subscription>& subscriptions) {
    in_ = guest_.put_array(subscriptions);
    out_ = {guest_.allocate(subscriptions.size() * sizeof(Event))};
    size_ = static_cast<Size>(subscriptions.size());
  }
  Size poll_again() {
    EXPECT_EQ(poll_oneoff(context(), caller(), in_, out_, size_, event_count_), Errno::success);
    return guest_.get(event_count_);
  }

  GuestPointer<Subscription> in_;
  GuestPointer<Event> out_;
  Size size_ = 0;
  GuestPointer<Size> event_count_ = guest_.place<Size>();
};

TEST_F(HotPathTest, ASteadyPollChangesNothingInTheEpollSet) {
  uint16_t port = 0;
  const Fd listener = listening(&port, true);
  std::vector<Connection> idle;
  std::vector<Subscription> subscriptions{reads(listener), writes(listener)};
  for (int i = 0; i < 50; ++i) {
    idle.push_back(connection());
    subscriptions.push_back(reads(idle.back().fd));
  }
  auto [fd, peer] = connection();
  subscriptions.push_back(reads(fd));
  subscriptions.push_back(timer(10'000 * ms));
  prepare(subscriptions);
  const auto request = guest_.buffers({100});
  const auto response = guest_.texts({"response"});
  const auto count = guest_.place<Size>();
  const auto roflags = guest_.place<Roflags>();
  const auto fdstat = guest_.place<Fdstat>();
  const auto serve = [&] {
    EXPECT_EQ(poll_again(), 1u);
    EXPECT_EQ(sock_recv(context(), caller(), fd, request, 1, {0}, count, roflags), Errno::success);
    EXPECT_EQ(fd_fdstat_get(context(), caller(), fd, fdstat), Errno::success);
    EXPECT_EQ(sock_send(context(), caller(), fd, response, 1, {0}, count), Errno::success);
    EXPECT_EQ(fd_write(context(), caller(), 2, response, 1, count), Errno::success);
    EXPECT_EQ(sock_recv(context(), caller(), fd, request, 1, {0}, count, roflags), Errno::again);
    EXPECT_EQ(fd_read(context(), caller(), fd, request, 1, count), Errno::again);
  };
  peer.send("request");
  serve();
  peer.receive();

  peer.send("request");
  counts = {};
  serve();
  const Counts spent = counts;
  EXPECT_EQ(spent.allocations, 0);
  EXPECT_EQ(spent.epoll_ctl, 0);
  EXPECT_EQ(spent.epoll_wait, 1);
}

// mio asks for writability after each response and drops it again.
TEST_F(HotPathTest, InterestInWritingThatComesAndGoesCostsNoChange) {
  auto [fd, peer] = connection();
  prepare({reads(fd), timer(0)});
  poll_again();
  ASSERT_EQ(send(fd, "response"), Errno::success);
  counts = {};
  prepare({reads(fd), writes(fd)});
  EXPECT_EQ(poll_again(), 1u);
  prepare({reads(fd), timer(0)});
  EXPECT_EQ(poll_again(), 1u);
  EXPECT_EQ(counts.epoll_ctl, 0);
}

// And twice after each response, as its poll is level-triggered: that is answered from what is known. But what else
// happens is told soon.
TEST_F(HotPathTest, WritabilityThatIsKnownIsToldWithoutAskingTheHost) {
  auto [fd, peer] = connection();
  auto [other, other_peer] = connection();
  const std::vector<Subscription> both{reads(fd), writes(fd), reads(other)};
  peer.send("request");
  EXPECT_EQ(poll({reads(fd), reads(other)}).size(), 1u);
  ASSERT_EQ(recv(fd, 100), Errno::success);
  ASSERT_EQ(send(fd, "response"), Errno::success);
  other_peer.send("request");
  prepare(both);
  counts = {};
  EXPECT_EQ(poll_again(), 1u);
  EXPECT_EQ(guest_.get(out_).type, Eventtype::fd_write);
  EXPECT_EQ(poll_again(), 1u);
  EXPECT_EQ(counts.epoll_wait, 0);
  EXPECT_EQ(poll_again(), 2u);
  EXPECT_EQ(counts.epoll_wait, 1);
}

TEST_F(HotPathTest, WhoDoesNotWaitIsToldAllThatIsReady) {
  auto [fd, peer] = connection();
  peer.send("request");
  prepare({reads(fd), writes(fd), timer(0)});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(poll_again(), 3u);
}

TEST_F(HotPathTest, ANewDescriptorCostsOneChange) {
  auto [fd, peer] = connection(false);
  counts = {};
  prepare({reads(fd), writes(fd)});
  EXPECT_EQ(poll_again(), 1u);
  EXPECT_EQ(counts.epoll_ctl, 1);
  poll_again();
  EXPECT_EQ(counts.epoll_ctl, 1);
  counts = {};
  ASSERT_EQ(fd_close(context(), caller(), fd), Errno::success);
  EXPECT_EQ(counts.epoll_ctl, 0);  // the host forgets it by itself
}

TEST_F(HotPathTest, SleepingNeedsNoEpoll) {
  prepare({timer(ms)});
  counts = {};
  EXPECT_EQ(poll_again(), 1u);
  EXPECT_EQ(counts.epoll_wait, 0);
}

// Last: the library remembers that the host has no epoll_pwait2.
TEST_F(HotPathTest, ZWithoutEpollPwait2TimeoutsAreRoundedUp) {
  uint16_t port = 0;
  const Fd listener = listening(&port);
  counts = {.refuse_pwait2 = true};
  for (const Timestamp timeout : {Timestamp{1}, ms / 2, 3 * ms}) {
    const auto events = poll({reads(listener), timer(timeout)});
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].type, Eventtype::clock);
    EXPECT_GE(elapsed_, std::chrono::nanoseconds(timeout));
  }
  EXPECT_EQ(poll({reads(listener), timer(forever), timer(10 * ms)}).size(), 1u);
  EXPECT_GT(counts.epoll_wait, 0);
}

}  // namespace
}  // namespace shallop::wasi
