// SPDX-License-Identifier: Apache-2.0
// preview1's own socket calls over loopback: the vectors of WasmEdge with our corrections.
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include <csignal>
#include <thread>

#include "unit/wasi/socket_guest.hpp"

namespace shallop::wasi {
namespace {

class SockTest : public SocketTest {
 protected:
  Errno accept(Fd fd, Unchecked<Fdflags> flags) {
    const auto accepted = guest_.place<Fd>();
    const Errno error = sock_accept(context(), caller(), fd, flags, accepted);
    fd_ = guest_.get(accepted);
    return error;
  }
  Errno accept_v1(Fd fd) {
    const auto accepted = guest_.place<Fd>();
    const Errno error = sock_accept_v1(context(), caller(), fd, accepted);
    fd_ = guest_.get(accepted);
    return error;
  }
  Fdstat fdstat(Fd fd) {
    const auto result = guest_.place<Fdstat>();
    EXPECT_EQ(fd_fdstat_get(context(), caller(), fd, result), Errno::success);
    return guest_.get(result);
  }
  bool host_is_nonblocking(Fd fd) { return (::fcntl(host_fd(fd), F_GETFL) & O_NONBLOCK) != 0; }
};

TEST_F(SockTest, AcceptAppliesItsFlagToTheNewSocketOnly) {
  uint16_t port = 0;
  const Fd listener = listening(&port);
  const HostSocket first = HostSocket::connected_to(port);
  ASSERT_EQ(accept(listener, raw(Fdflags::nonblock)), Errno::success);
  EXPECT_EQ(fd_, listener + 1);
  EXPECT_EQ(fdstat(fd_).flags, Fdflags::nonblock);
  EXPECT_TRUE(host_is_nonblocking(fd_));
  EXPECT_FALSE(host_is_nonblocking(listener));
  EXPECT_EQ(fdstat(listener).flags, Fdflags::none);
  EXPECT_EQ(fdstat(fd_).filetype, Filetype::socket_stream);
}

TEST_F(SockTest, AcceptV1GivesABlockingSocketWhateverTheListenerIs) {
  uint16_t port = 0;
  const Fd listener = listening(&port, true);
  const HostSocket client = HostSocket::connected_to(port);
  ASSERT_EQ(accept_v1(listener), Errno::success);
  EXPECT_EQ(fdstat(fd_).flags, Fdflags::none);
  EXPECT_FALSE(host_is_nonblocking(fd_));
  EXPECT_TRUE(host_is_nonblocking(listener));
}

TEST_F(SockTest, EveryTcpSocketHasNodelayAndIsCloseOnExec) {
  uint16_t port = 0;
  const Fd listener = listening(&port);
  const HostSocket client = HostSocket::connected_to(port);
  ASSERT_EQ(accept_v1(listener), Errno::success);
  for (const Fd fd : {listener, fd_, open()}) {
    EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_NE(::fcntl(host_fd(fd), F_GETFD) & FD_CLOEXEC, 0);
  }
}

TEST_F(SockTest, AcceptRefusesWhatItCannotDo) {
  uint16_t port = 0;
  const Fd listener = listening(&port, true);
  EXPECT_EQ(accept(listener, {0}), Errno::again);
  EXPECT_EQ(accept_v1(listener), Errno::again);
  EXPECT_EQ(accept(listener, {64}), Errno::inval);
  EXPECT_EQ(accept(listener, {8'080}), Errno::inval);  // the oldest guests pass a port here
  EXPECT_EQ(accept(open(), {0}), Errno::inval);
  EXPECT_EQ(accept(1, {0}), Errno::notsock);
  EXPECT_EQ(accept(99, {0}), Errno::badf);
  EXPECT_EQ(sock_accept(context(), caller(), listener, {0}, {Guest::memory_size - 3}), Errno::fault);
}

TEST_F(SockTest, NumbersAreTheLowestFree) {
  EXPECT_EQ(open(), 3u);
  EXPECT_EQ(open(), 4u);
  ASSERT_EQ(fd_close(context(), caller(), 3), Errno::success);
  EXPECT_EQ(open(), 3u);
}

TEST_F(SockTest, SendAndReceive) {
  auto [fd, peer] = connection();
  ASSERT_EQ(send(fd, "hello"), Errno::success);
  EXPECT_EQ(count_, 5u);
  EXPECT_EQ(peer.receive(), "hello");
  peer.send("world!");
  ASSERT_EQ(recv(fd, 3), Errno::success);
  EXPECT_EQ(received_, "wor");
  EXPECT_EQ(roflags_, Roflags::none);
  ASSERT_EQ(recv(fd, 100, Riflags::recv_peek), Errno::success);
  EXPECT_EQ(received_, "ld!");
  ASSERT_EQ(recv(fd, 100, Riflags::recv_waitall), Errno::success);
  EXPECT_EQ(received_, "ld!");
  EXPECT_EQ(recv(fd, 100), Errno::again);
  peer.close();
  ASSERT_EQ(recv(fd, 100), Errno::success);
  EXPECT_EQ(received_, "");
}

TEST_F(SockTest, VectorsAreScatteredAndGathered) {
  auto [fd, peer] = connection();
  const auto count = guest_.place<Size>();
  ASSERT_EQ(sock_send(context(), caller(), fd, guest_.texts({"ab", "", "cde"}), 3, {0}, count), Errno::success);
  EXPECT_EQ(guest_.get(count), 5u);
  EXPECT_EQ(peer.receive(), "abcde");
  peer.send("12345");
  const auto vectors = guest_.buffers({2, 0, 10});
  ASSERT_EQ(sock_recv(context(), caller(), fd, vectors, 3, {0}, count, guest_.place<Roflags>()), Errno::success);
  EXPECT_EQ(guest_.string(guest_.get(vectors, 0).buf, 2), "12");
  EXPECT_EQ(guest_.string(guest_.get(vectors, 2).buf, 4), "345\xA5");
}

TEST_F(SockTest, RoflagsAreTwoBytes) {
  auto [fd, peer] = connection();
  peer.send("x");
  const auto roflags = guest_.put<uint32_t>(0xFFFF'FFFF);
  ASSERT_EQ(sock_recv(context(), caller(), fd, guest_.buffers({4}), 1, {0}, guest_.place<Size>(), {roflags.address}),
            Errno::success);
  EXPECT_EQ(guest_.get(roflags), 0xFFFF'0000);
}

TEST_F(SockTest, ReceiveChecksItsArguments) {
  auto [fd, peer] = connection();
  peer.send("data");
  const auto vectors = guest_.buffers({4});
  const auto count = guest_.place<Size>();
  const auto roflags = guest_.place<Roflags>();
  const auto call = [&](Fd socket, GuestPointer<Iovec> iovecs, Size n, uint32_t flags, GuestPointer<Size> size,
                        GuestPointer<Roflags> result) {
    return sock_recv(context(), caller(), socket, iovecs, n, {flags}, size, result);
  };
  EXPECT_EQ(call(fd, vectors, 1, 4, count, roflags), Errno::inval);
  EXPECT_EQ(call(fd, vectors, 1, 0x1'0000, count, roflags), Errno::inval);
  EXPECT_EQ(call(fd, vectors, 1'025, 0, count, roflags), Errno::inval);
  EXPECT_EQ(call(99, vectors, 1, 0, count, roflags), Errno::badf);
  EXPECT_EQ(call(0, vectors, 1, 0, count, roflags), Errno::notsock);
  EXPECT_EQ(call(fd, {Guest::memory_size - 7}, 1, 0, count, roflags), Errno::fault);
  EXPECT_EQ(call(fd, vectors, 1, 0, {Guest::memory_size - 3}, roflags), Errno::fault);
  EXPECT_EQ(call(fd, vectors, 1, 0, count, {Guest::memory_size - 1}), Errno::fault);
  EXPECT_EQ(call(fd, guest_.put(Iovec{Guest::memory_size - 3, 4}), 1, 0, count, roflags), Errno::fault);
  // None of them took the bytes.
  ASSERT_EQ(recv(fd, 10), Errno::success);
  EXPECT_EQ(received_, "data");
  const Fd unconnected = open();
  EXPECT_EQ(recv(unconnected, 4), Errno::notconn);
}

TEST_F(SockTest, SendRefusesWhatItCannotDo) {
  auto [fd, peer] = connection();
  const auto text = guest_.texts({"x"});
  const auto count = guest_.place<Size>();
  EXPECT_EQ(sock_send(context(), caller(), fd, text, 1, {1}, count), Errno::inval);
  EXPECT_EQ(sock_send(context(), caller(), fd, text, 1'025, {0}, count), Errno::inval);
  EXPECT_EQ(sock_send(context(), caller(), 2, text, 1, {0}, count), Errno::notsock);
  EXPECT_EQ(sock_send(context(), caller(), 99, text, 1, {0}, count), Errno::badf);
  EXPECT_EQ(sock_send(context(), caller(), fd, text, 1, {0}, {Guest::memory_size}), Errno::fault);
  EXPECT_EQ(send(open(), "x"), Errno::pipe);
}

// Every way to write, with SIGPIPE at its default: one signal would end this test.
TEST_F(SockTest, WritingAfterAResetIsAnErrnoAndNoSignal) {
  ASSERT_EQ(std::signal(SIGPIPE, SIG_DFL), SIG_DFL);
  auto [fd, peer] = connection();
  peer.reset_connection();
  EXPECT_EQ(recv(fd, 1), Errno::connreset);
  EXPECT_EQ(send(fd, "x"), Errno::pipe);
  const auto count = guest_.place<Size>();
  EXPECT_EQ(sock_send(context(), caller(), fd, guest_.texts({"x", "y"}), 2, {0}, count), Errno::pipe);
  EXPECT_EQ(fd_write(context(), caller(), fd, guest_.texts({"x"}), 1, count), Errno::pipe);
  EXPECT_EQ(fd_write(context(), caller(), fd, guest_.texts({"x", "y"}), 2, count), Errno::pipe);
}

TEST_F(SockTest, FileCallsWorkOnSockets) {
  auto [fd, peer] = connection();
  const auto count = guest_.place<Size>();
  ASSERT_EQ(fd_write(context(), caller(), fd, guest_.texts({"he", "llo"}), 2, count), Errno::success);
  EXPECT_EQ(peer.receive(), "hello");
  peer.send("world");
  const auto vectors = guest_.buffers({8});
  ASSERT_EQ(fd_read(context(), caller(), fd, vectors, 1, count), Errno::success);
  EXPECT_EQ(guest_.string(guest_.get(vectors).buf, guest_.get(count)), "world");
  EXPECT_EQ(fd_read(context(), caller(), fd, vectors, 1, count), Errno::again);
  EXPECT_EQ(fd_seek(context(), caller(), fd, 0, raw(Whence::set), guest_.place<Filesize>()), Errno::notcapable);
  EXPECT_EQ(fd_sync(context(), caller(), fd), Errno::notcapable);
  const auto stat = guest_.place<Filestat>();
  ASSERT_EQ(fd_filestat_get(context(), caller(), fd, stat), Errno::success);
  EXPECT_EQ(guest_.get(stat).filetype, Filetype::socket_stream);
  EXPECT_EQ(guest_.get(stat).size, 0u);
}

TEST_F(SockTest, FlagsOfSockets) {
  const Fd fd = open();
  EXPECT_EQ(fd_fdstat_set_flags(context(), caller(), fd, raw(Fdflags::dsync)), Errno::notcapable);
  EXPECT_EQ(fd_fdstat_set_flags(context(), caller(), fd, {0x20}), Errno::inval);
  ASSERT_EQ(fd_fdstat_set_flags(context(), caller(), fd, raw(Fdflags::nonblock | Fdflags::append)), Errno::success);
  EXPECT_EQ(fdstat(fd).flags, Fdflags::nonblock | Fdflags::append);
  EXPECT_TRUE(host_is_nonblocking(fd));
  ASSERT_EQ(fd_fdstat_set_flags(context(), caller(), fd, {0}), Errno::success);
  EXPECT_FALSE(host_is_nonblocking(fd));
}

TEST_F(SockTest, CloseAndRenumber) {
  auto [fd, peer] = connection();
  const Fd other = open();
  EXPECT_EQ(fd_renumber(context(), caller(), fd, 77), Errno::badf);
  ASSERT_EQ(fd_renumber(context(), caller(), fd, other), Errno::success);
  EXPECT_EQ(send(other, "moved"), Errno::success);
  EXPECT_EQ(peer.receive(), "moved");
  EXPECT_EQ(fd_close(context(), caller(), other), Errno::success);
  EXPECT_EQ(fd_close(context(), caller(), other), Errno::badf);
  EXPECT_EQ(recv(other, 1), Errno::badf);
  EXPECT_EQ(peer.receive(), "");
}

TEST_F(SockTest, ShutdownTakesASide) {
  auto [fd, peer] = connection();
  EXPECT_EQ(sock_shutdown(context(), caller(), fd, {0}), Errno::inval);
  EXPECT_EQ(sock_shutdown(context(), caller(), fd, {4}), Errno::inval);
  ASSERT_EQ(sock_shutdown(context(), caller(), fd, raw(Sdflags::wr)), Errno::success);
  EXPECT_EQ(peer.receive(), "");
  peer.send("still");
  EXPECT_EQ(recv(fd, 10), Errno::success);
  EXPECT_EQ(received_, "still");
  EXPECT_EQ(sock_shutdown(context(), caller(), fd, raw(Sdflags::all)), Errno::success);
  EXPECT_EQ(sock_shutdown(context(), caller(), open(), raw(Sdflags::wr)), Errno::notconn);
  EXPECT_EQ(sock_shutdown(context(), caller(), 1, raw(Sdflags::wr)), Errno::notsock);
}

// A signal every millisecond, as a debugger or job control might send: no call may show it.
class InterruptedSockTest : public SockTest {
 protected:
  InterruptedSockTest() {
    struct sigaction action{};
    action.sa_handler = [](int) {};  // without SA_RESTART
    ::sigaction(SIGALRM, &action, &before_);
    const itimerval every_millisecond{{0, 1'000}, {0, 1'000}};
    ::setitimer(ITIMER_REAL, &every_millisecond, nullptr);
  }
  ~InterruptedSockTest() override {
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before_, nullptr);
  }
  struct sigaction before_{};
};

TEST_F(InterruptedSockTest, BlockingCallsGoOn) {
  uint16_t port = 0;
  const Fd listener = listening(&port);
  // Signals go to any thread; this one must not take them.
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &alarm, nullptr);
  std::thread client([port] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    HostSocket peer = HostSocket::connected_to(port);
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    peer.send("late");
    peer.receive();
  });
  pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
  ASSERT_EQ(accept(listener, {0}), Errno::success);
  ASSERT_EQ(recv(fd_, 10), Errno::success);
  EXPECT_EQ(received_, "late");
  EXPECT_EQ(fd_close(context(), caller(), fd_), Errno::success);
  client.join();
}

}  // namespace
}  // namespace shallop::wasi
