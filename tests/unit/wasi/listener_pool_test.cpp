// SPDX-License-Identifier: Apache-2.0
// Listening sockets that workers share: by the pool's own calls, and as guests of two workers see them.
#include "wasi/listener_pool.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "unit/wasi/socket_guest.hpp"

namespace shallop::wasi {
namespace {

SocketAddress loopback(uint16_t port) { return *SocketAddress::parse("127.0.0.1", port); }

// A client whose connection is made, or being made where the host takes no more for now.
UniqueFd client_of(uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const SocketAddress address = loopback(port);
  const int result = ::connect(socket.get(), address.data(), address.size());
  if (result != 0 && errno != EINPROGRESS) return {};
  pollfd connected{.fd = socket.get(), .events = POLLOUT, .revents = 0};
  ::poll(&connected, 1, 100);
  return (connected.revents & POLLERR) != 0 ? UniqueFd() : std::move(socket);
}

class ListenerPoolTest : public testing::Test {
 protected:
  using Share = std::unique_ptr<ListenerPool::Share>;

  // `worker` listens on `port`, 0: on one of the host's choice.
  Share listen(uint32_t worker, uint16_t port, int backlog = 16) {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    SocketAddress address = loopback(port);
    const bool is_free = ::bind(socket.get(), address.data(), address.size()) == 0;
    socklen_t size = SocketAddress::capacity;
    if (is_free) ::getsockname(socket.get(), address.out(), &size);
    auto share = is_free ? pool_.share(worker, socket, address) : pool_.share_of_others(worker, socket, address);
    if (!share) return nullptr;
    EXPECT_EQ((*share)->listen(backlog), Errno::success);
    port_ = address.port();
    return *std::move(share);
  }
  bool is_readable() {
    pollfd readable{.fd = pool_.readable_fd(), .events = POLLIN, .revents = 0};
    return ::poll(&readable, 1, 0) == 1;
  }

  std::array<WorkerState, 2> states_;
  ListenerPool pool_{{&states_[0], &states_[1]}};
  uint16_t port_ = 0;  // of the last listener
};

TEST_F(ListenerPoolTest, ConnectionsGoToWhoeverHoldsTheFewest) {
  const Share first = listen(0, 0);
  const Share second = listen(1, port_);
  std::array<UniqueFd, 4> clients;
  for (UniqueFd& each : clients) each = client_of(port_);
  EXPECT_TRUE(pool_.accept());
  EXPECT_EQ(first->connections()->waiting(), 2u);
  EXPECT_EQ(second->connections()->waiting(), 2u);
}

TEST_F(ListenerPoolTest, OneWithoutWorkersKeepsNoOtherFromItsClients) {
  Share abandoned = listen(0, 0);
  const uint16_t abandoned_port = port_;
  abandoned.reset();  // its worker has trapped
  const Share other = listen(1, 0);
  const UniqueFd waits = client_of(abandoned_port);
  const UniqueFd served = client_of(port_);
  EXPECT_TRUE(pool_.accept());
  EXPECT_TRUE(pool_.accept());
  EXPECT_EQ(other->connections()->waiting(), 1u);
  EXPECT_FALSE(is_readable()) << "the supervisor would be busy with nothing";

  const Share replacement = listen(0, abandoned_port);
  ASSERT_NE(replacement, nullptr);
  EXPECT_TRUE(pool_.accept());
  EXPECT_EQ(replacement->connections()->waiting(), 1u) << "who has waited meanwhile is served";
}

TEST_F(ListenerPoolTest, TakesNoMoreConnectionsThanThereIsRoomFor) {
  const Share share = listen(0, 0, 2);
  std::array<UniqueFd, 5> clients;
  for (size_t i = 0; i < 2; ++i) clients[i] = client_of(port_);
  EXPECT_TRUE(pool_.accept());
  for (size_t i = 2; i < 5; ++i) clients[i] = client_of(port_);
  EXPECT_TRUE(pool_.accept());
  EXPECT_EQ(share->connections()->waiting(), 2u);
  EXPECT_FALSE(is_readable()) << "the supervisor would be busy with nothing";

  EXPECT_TRUE(share->take());
  EXPECT_TRUE(is_readable()) << "nobody would notice that there is room again";
  EXPECT_TRUE(pool_.accept());
  EXPECT_EQ(share->connections()->waiting(), 2u);
}

// No lock is held between finding the queue full and ceasing to watch, nor between emptying it and looking whether that
// has been done.
TEST_F(ListenerPoolTest, NobodyWaitsForEverWhileAQueueFillsAndEmpties) {
  constexpr int clients = 2'000;
  constexpr int most_waiting = 2;  // what the host's own queue of one place holds
  const Share share = listen(0, 0, 1);
  std::atomic<int> taken = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto goes_on = [&] { return taken < clients && std::chrono::steady_clock::now() < deadline; };
  const auto wait_readable = [](int fd) {
    pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
    ::poll(&readable, 1, 10);
  };
  {
    const std::jthread worker([&] {
      while (goes_on()) {
        wait_readable(share->connections()->readable_fd());
        if (share->take()) ++taken;
      }
    });
    const std::jthread others([&] {
      for (int begun = 0; begun < clients && goes_on(); ++begun) {
        while (begun - taken == most_waiting && goes_on()) std::this_thread::yield();
        client_of(port_);
      }
    });
    while (goes_on()) {
      wait_readable(pool_.readable_fd());
      pool_.accept();
    }
  }
  EXPECT_EQ(taken, clients);
}

TEST_F(ListenerPoolTest, TheEndTakesAllWhoHaveConnected) {
  const Share share = listen(0, 0, 2);
  std::array<UniqueFd, 4> clients;
  for (UniqueFd& each : clients) {
    each = client_of(port_);
    pool_.accept();
  }
  pool_.stop_connecting();
  pool_.finish();
  EXPECT_EQ(share->connections()->waiting(), clients.size());
  EXPECT_TRUE(share->connections()->finished());
  EXPECT_FALSE(client_of(port_));
}

TEST_F(ListenerPoolTest, WhoListensAfterTheEndHasNoClients) {
  pool_.finish();
  const Share share = listen(0, 0);
  EXPECT_FALSE(client_of(port_));
  EXPECT_TRUE(share->connections()->finished());
}

TEST_F(ListenerPoolTest, WhatAllGuestsGiveUpIsClosed) {
  Share first = listen(0, 0);
  Share second = listen(1, port_);
  first->leave();
  first.reset();
  const UniqueFd client = client_of(port_);
  EXPECT_TRUE(pool_.accept());
  EXPECT_EQ(second->connections()->waiting(), 1u);
  second->leave();
  second.reset();
  EXPECT_FALSE(client_of(port_));
  const Share again = listen(0, port_);
  ASSERT_NE(again, nullptr) << "the port is still taken";
}

TEST_F(ListenerPoolTest, AnAddressThatAnotherProcessHasIsInUse) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto share = pool_.share_of_others(0, socket, loopback(1));
  ASSERT_FALSE(share);
  EXPECT_EQ(share.error(), Errno::addrinuse);
}

// --- As guests see it ---

class PoolGuest : public SocketTest {
 public:
  PoolGuest(ListenerPool& pool, WorkerState& state, uint32_t index)
      : SocketTest(
            {.network = NetworkPolicy::open(), .worker = &state, .listener_pool = &pool, .worker_index = index}) {}
  void TestBody() override {}

  using SocketTest::host_fd;
  using SocketTest::open;
  Errno bind(Fd fd, uint16_t port) { return sock_bind(context(), caller(), fd, loopback4(), port); }
  Errno listen(Fd fd) { return sock_listen(context(), caller(), fd, 16); }
  Errno connect(Fd fd, uint16_t port) { return sock_connect(context(), caller(), fd, loopback4(), port); }
  Errno close(Fd fd) { return fd_close(context(), caller(), fd); }
  Errno shut_down(Fd fd) { return sock_shutdown(context(), caller(), fd, raw(Sdflags::rd)); }
  Errno set_flags(Fd fd, Fdflags flags) { return fd_fdstat_set_flags(context(), caller(), fd, raw(flags)); }
  uint16_t port(Fd fd) {
    const auto port = guest_.place<uint32_t>();
    EXPECT_EQ(sock_getlocaladdr_v2(context(), caller(), fd, buffer(128), port), Errno::success);
    return static_cast<uint16_t>(guest_.get(port));
  }
  Errno accept(Fd fd) { return sock_accept(context(), caller(), fd, raw(Fdflags::nonblock), guest_.place<Fd>()); }
};

class PoolGuestsTest : public testing::Test {
 protected:
  std::array<WorkerState, 2> states_;
  ListenerPool pool_{{&states_[0], &states_[1]}};
  std::optional<PoolGuest> first_{std::in_place, pool_, states_[0], 0u};
  std::optional<PoolGuest> second_{std::in_place, pool_, states_[1], 1u};

  uint16_t free_port() {
    const Fd fd = first_->open();
    EXPECT_EQ(first_->bind(fd, 0), Errno::success);
    const uint16_t port = first_->port(fd);
    EXPECT_EQ(first_->close(fd), Errno::success);
    return port;
  }
};

TEST_F(PoolGuestsTest, ASocketThatIsBoundToConnectFromThereIsEachGuestsOwn) {
  const HostSocket peers[] = {HostSocket::listener(loopback(0)), HostSocket::listener(loopback(0))};
  const Fd first = first_->open();
  const Fd second = second_->open();
  ASSERT_EQ(first_->bind(first, 0), Errno::success);
  ASSERT_EQ(second_->bind(second, 0), Errno::success);
  EXPECT_EQ(first_->connect(first, peers[0].port()), Errno::success);
  EXPECT_EQ(second_->connect(second, peers[1].port()), Errno::success);
  EXPECT_NE(first_->port(first), second_->port(second));
}

TEST_F(PoolGuestsTest, WhoAsksForThePortOfAnyIsToldTheSameOne) {
  const Fd first = first_->open();
  const Fd second = second_->open();
  ASSERT_EQ(first_->bind(first, 0), Errno::success);
  ASSERT_EQ(second_->bind(second, 0), Errno::success);
  EXPECT_EQ(first_->port(first), second_->port(second));
  EXPECT_EQ(second_->listen(second), Errno::success);
  EXPECT_EQ(first_->listen(first), Errno::success);
  EXPECT_EQ(first_->port(first), second_->port(second));
}

TEST_F(PoolGuestsTest, BothMayBindBeforeEitherListens) {
  const uint16_t port = free_port();
  const Fd one = first_->open();
  const Fd other = second_->open();
  ASSERT_EQ(first_->bind(one, port), Errno::success);
  ASSERT_EQ(second_->bind(other, port), Errno::success);
  ASSERT_EQ(first_->listen(one), Errno::success);
  ASSERT_EQ(second_->listen(other), Errno::success);
  const UniqueFd clients[] = {client_of(port), client_of(port)};
  EXPECT_TRUE(pool_.accept());
  EXPECT_EQ(first_->accept(one), Errno::success);
  EXPECT_EQ(second_->accept(other), Errno::success);
}

TEST_F(PoolGuestsTest, FlagsOfASharedSocketDoNotReachTheHosts) {
  const Fd fd = first_->open();
  ASSERT_EQ(first_->bind(fd, 0), Errno::success);
  ASSERT_EQ(first_->listen(fd), Errno::success);
  ASSERT_EQ(first_->set_flags(fd, Fdflags::nonblock), Errno::success);
  ASSERT_EQ(first_->set_flags(fd, Fdflags::none), Errno::success);
  EXPECT_NE(::fcntl(first_->host_fd(fd), F_GETFL) & O_NONBLOCK, 0) << "the supervisor would wait in accept";
}

TEST_F(PoolGuestsTest, OneGuestsShutdownLeavesTheOthersListening) {
  const uint16_t port = free_port();
  const Fd first = first_->open();
  ASSERT_EQ(first_->bind(first, port), Errno::success);
  ASSERT_EQ(first_->listen(first), Errno::success);
  const Fd second = second_->open();
  ASSERT_EQ(second_->bind(second, port), Errno::success);
  ASSERT_EQ(second_->listen(second), Errno::success);
  EXPECT_EQ(first_->shut_down(first), Errno::success);
  const UniqueFd client = client_of(port);
  EXPECT_TRUE(pool_.accept());
  EXPECT_EQ(second_->accept(second), Errno::success);
}

TEST_F(PoolGuestsTest, AClosedListenerLeavesNoDescriptorBehind) {
  const Fd first = first_->open();
  ASSERT_EQ(first_->bind(first, 0), Errno::success);
  ASSERT_EQ(first_->listen(first), Errno::success);
  const uint16_t port = first_->port(first);
  ASSERT_EQ(first_->close(first), Errno::success);
  EXPECT_FALSE(client_of(port));
}

// A guest that traps closes nothing by itself.
TEST_F(PoolGuestsTest, AGuestThatEndsLeavesTheSocketToItsReplacement) {
  const uint16_t port = free_port();
  const Fd first = first_->open();
  ASSERT_EQ(first_->bind(first, port), Errno::success);
  ASSERT_EQ(first_->listen(first), Errno::success);
  first_.reset();
  const UniqueFd client = client_of(port);
  EXPECT_TRUE(client);
  first_.emplace(pool_, states_[0], 0u);
  const Fd again = first_->open();
  ASSERT_EQ(first_->bind(again, port), Errno::success);
  ASSERT_EQ(first_->listen(again), Errno::success);
  EXPECT_TRUE(pool_.accept());
  EXPECT_EQ(first_->accept(again), Errno::success);
}

}  // namespace
}  // namespace shallop::wasi
