// SPDX-License-Identifier: Apache-2.0
// Opening, binding, connecting, datagrams, addresses: the vectors of WasmEdge with our corrections; and the network
// policy.
#include <netinet/in.h>
#include <poll.h>

#include "unit/wasi/socket_guest.hpp"

namespace shallop::wasi {
namespace {

class SockExtensionTest : public SocketTest {
 protected:
  using SocketTest::SocketTest;

  Errno try_open(uint32_t family, uint32_t type) {
    return sock_open(context(), caller(), {family}, {type}, guest_.place<Fd>());
  }
  Errno bind(Fd fd, GuestPointer<Address> address, uint32_t port) {
    return sock_bind(context(), caller(), fd, address, port);
  }
  Errno connect(Fd fd, GuestPointer<Address> address, uint32_t port) {
    return sock_connect(context(), caller(), fd, address, port);
  }
  uint32_t local_port(Fd fd) {
    const auto port = guest_.place<uint32_t>();
    EXPECT_EQ(sock_getlocaladdr_v2(context(), caller(), fd, buffer(128), port), Errno::success);
    return guest_.get(port);
  }
  int32_t pending_error(Fd fd) {
    const auto value = guest_.place<int32_t>();
    EXPECT_EQ(sock_getsockopt(context(), caller(), fd, SocketOptionLevel::socket, SocketOption::error, {value.address},
                              guest_.put<Size>(4)),
              Errno::success);
    return guest_.get(value);
  }
};

TEST_F(SockExtensionTest, OpenChecksInWasmEdgesOrder) {
  EXPECT_EQ(try_open(0, 2), Errno::inval);
  EXPECT_EQ(try_open(4, 2), Errno::inval);
  EXPECT_EQ(try_open(257, 2), Errno::inval);
  EXPECT_EQ(try_open(1, 0), Errno::inval);
  EXPECT_EQ(try_open(1, 3), Errno::inval);
  EXPECT_EQ(try_open(3, 2), Errno::nosys);
  EXPECT_EQ(sock_open(context(), caller(), {0}, {0}, {Guest::memory_size - 3}), Errno::fault);
}

TEST_F(SockExtensionTest, OpenedSocketsReportTypeAndRights) {
  const auto result = guest_.place<Fdstat>();
  ASSERT_EQ(fd_fdstat_get(context(), caller(), open(inet6, stream), result), Errno::success);
  EXPECT_EQ(guest_.get(result).filetype, Filetype::socket_stream);
  EXPECT_EQ(bits(guest_.get(result).rights_base) & 0xF'F800'004A, 0xF'F800'004Au);
  ASSERT_EQ(fd_fdstat_get(context(), caller(), open(inet4, dgram), result), Errno::success);
  EXPECT_EQ(guest_.get(result).filetype, Filetype::socket_dgram);
}

TEST_F(SockExtensionTest, BindTakesTheThreeFormsOfAddresses) {
  EXPECT_EQ(bind(open(inet4), loopback4(), 0), Errno::success);
  EXPECT_EQ(bind(open(inet6), loopback6(), 0), Errno::success);
  EXPECT_EQ(bind(open(inet4), storage(AddressFamily::inet4, {127, 0, 0, 1}), 0), Errno::success);
  EXPECT_EQ(bind(open(inet6), storage(AddressFamily::inet6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), 0),
            Errno::success);
  EXPECT_EQ(bind(open(), storage(AddressFamily::unix_, {'/', 't'}), 0), Errno::afnosupport);
  EXPECT_EQ(bind(open(), storage(AddressFamily::unspec, {}), 0), Errno::afnosupport);
}

TEST_F(SockExtensionTest, BindRefusals) {
  uint16_t port = 0;
  const Fd listener = listening(&port);
  EXPECT_EQ(bind(open(), loopback4(), port), Errno::addrinuse);
  EXPECT_EQ(bind(listener, loopback4(), 0), Errno::inval);
  const Fd fd = open();
  EXPECT_EQ(bind(fd, buffer(0), 0), Errno::inval);
  EXPECT_EQ(bind(fd, buffer(5), 0), Errno::inval);
  EXPECT_EQ(bind(fd, {Guest::memory_size - 7}, 0), Errno::fault);
  EXPECT_EQ(bind(fd, guest_.put(Address{Guest::memory_size - 3, 4}), 0), Errno::fault);
  EXPECT_EQ(bind(99, loopback4(), 0), Errno::badf);
  EXPECT_EQ(bind(1, loopback4(), 0), Errno::notsock);
  const auto elsewhere = guest_.put_array<uint8_t>({192, 0, 2, 1});
  EXPECT_EQ(bind(fd, guest_.put(Address{elsewhere.address, 4}), 0), Errno::addrnotavail);
}

TEST_F(SockExtensionTest, APortIsItsLow16Bits) {
  const HostSocket taken = HostSocket::listener(SocketAddress::parse("127.0.0.1", 0).value());
  EXPECT_EQ(bind(open(), loopback4(), 0x1'0000 + taken.port()), Errno::addrinuse);
}

TEST_F(SockExtensionTest, AServerStartsAgainWhileItsLastConnectionLingers) {
  uint16_t port = 0;
  const Fd listener = listening(&port);
  HostSocket client = HostSocket::connected_to(port);
  const auto accepted = guest_.place<Fd>();
  ASSERT_EQ(sock_accept_v1(context(), caller(), listener, accepted), Errno::success);
  // Who closes first keeps the port in TIME_WAIT.
  ASSERT_EQ(fd_close(context(), caller(), guest_.get(accepted)), Errno::success);
  EXPECT_EQ(client.receive(), "");
  client.close();
  ASSERT_EQ(fd_close(context(), caller(), listener), Errno::success);
  const Fd again = open();
  EXPECT_EQ(bind(again, loopback4(), port), Errno::success);
  EXPECT_EQ(sock_listen(context(), caller(), again, 0), Errno::success);
}

TEST_F(SockExtensionTest, ListenClampsItsBacklog) {
  for (const int32_t backlog : {0, -1, 1'024}) {
    const Fd fd = open();
    ASSERT_EQ(bind(fd, loopback4(), 0), Errno::success);
    EXPECT_EQ(sock_listen(context(), caller(), fd, backlog), Errno::success);
    const HostSocket client = HostSocket::connected_to(static_cast<uint16_t>(local_port(fd)));
  }
  EXPECT_EQ(sock_listen(context(), caller(), open(inet4, dgram), 1), Errno::notsup);
  EXPECT_EQ(sock_listen(context(), caller(), 1, 1), Errno::notsock);
}

TEST_F(SockExtensionTest, ConnectBlocksOrAnswersInProgress) {
  const HostSocket server = HostSocket::listener(SocketAddress::parse("127.0.0.1", 0).value());
  const Fd blocking = open();
  EXPECT_EQ(connect(blocking, loopback4(), server.port()), Errno::success);
  EXPECT_EQ(connect(blocking, loopback4(), server.port()), Errno::isconn);
  const Fd nonblocking = open();
  set_nonblocking(nonblocking);
  const Errno error = connect(nonblocking, loopback4(), server.port());
  EXPECT_TRUE(error == Errno::inprogress || error == Errno::success);
  pollfd wait{.fd = host_fd(nonblocking), .events = POLLOUT, .revents = 0};
  EXPECT_EQ(::poll(&wait, 1, 5'000), 1);
  EXPECT_EQ(pending_error(nonblocking), 0);
}

TEST_F(SockExtensionTest, ARefusedConnectionIsConnrefused) {
  uint16_t free_port = 0;
  {
    HostSocket server = HostSocket::listener(SocketAddress::parse("127.0.0.1", 0).value());
    free_port = server.port();
  }
  EXPECT_EQ(connect(open(), loopback4(), free_port), Errno::connrefused);
  const Fd fd = open();
  set_nonblocking(fd);
  const Errno error = connect(fd, loopback4(), free_port);
  EXPECT_TRUE(error == Errno::inprogress || error == Errno::connrefused);
  if (error == Errno::inprogress) {
    pollfd wait{.fd = host_fd(fd), .events = POLLOUT, .revents = 0};
    EXPECT_EQ(::poll(&wait, 1, 5'000), 1);
    EXPECT_EQ(pending_error(fd), 14);
    EXPECT_EQ(pending_error(fd), 0);  // reading it clears it
  }
}

TEST_F(SockExtensionTest, LocalAndPeerAddressV1) {
  const HostSocket server = HostSocket::listener(SocketAddress::parse("127.0.0.1", 0).value());
  const Fd fd = open();
  ASSERT_EQ(connect(fd, loopback4(), server.port()), Errno::success);
  const auto kind = guest_.place<AddressKind>();
  const auto port = guest_.place<uint32_t>();
  const auto call = [&](GuestPointer<Address> address) {
    return sock_getpeeraddr_v1(context(), caller(), fd, address, kind, port);
  };
  const auto sixteen = buffer(16);
  ASSERT_EQ(call(sixteen), Errno::success);
  EXPECT_EQ(guest_.get(kind), AddressKind::inet4);
  EXPECT_EQ(guest_.get(port), server.port());
  std::vector<uint8_t> expected(16, 0xA5);
  expected[0] = 127, expected[1] = 0, expected[2] = 0, expected[3] = 1;
  EXPECT_EQ(bytes_of(sixteen), expected);
  EXPECT_EQ(call(buffer(4)), Errno::success);
  EXPECT_EQ(call(buffer(8)), Errno::inval);
  EXPECT_EQ(call(buffer(128)), Errno::inval);
  EXPECT_EQ(call({Guest::memory_size - 7}), Errno::fault);

  const Fd six = open(inet6);
  ASSERT_EQ(bind(six, loopback6(), 0), Errno::success);
  EXPECT_EQ(sock_getlocaladdr_v1(context(), caller(), six, buffer(4), kind, port), Errno::nomem);
  ASSERT_EQ(sock_getlocaladdr_v1(context(), caller(), six, buffer(16), kind, port), Errno::success);
  EXPECT_EQ(guest_.get(kind), AddressKind::inet6);
  EXPECT_EQ(sock_getpeeraddr_v1(context(), caller(), six, buffer(16), kind, port), Errno::notconn);
}

TEST_F(SockExtensionTest, LocalAndPeerAddressV2) {
  auto [fd, peer] = connection();
  const auto port = guest_.place<uint32_t>();
  const auto address = buffer(128);
  ASSERT_EQ(sock_getpeeraddr_v2(context(), caller(), fd, address, port), Errno::success);
  EXPECT_EQ(guest_.get(port), peer.port());
  std::vector<uint8_t> expected(128, 0xA5);  // what lies behind the address is left alone
  expected[0] = 1, expected[1] = 0, expected[2] = 127, expected[3] = 0, expected[4] = 0, expected[5] = 1;
  EXPECT_EQ(bytes_of(address), expected);
  EXPECT_EQ(sock_getlocaladdr_v2(context(), caller(), fd, buffer(16), port), Errno::inval);
  EXPECT_EQ(sock_getpeeraddr_v2(context(), caller(), open(), buffer(128), port), Errno::notconn);
}

class DatagramTest : public SockExtensionTest {
 protected:
  DatagramTest() : peer_(HostSocket::datagram(SocketAddress::parse("127.0.0.1", 0).value())), fd_(open(inet4, dgram)) {
    EXPECT_EQ(bind(fd_, loopback4(), 0), Errno::success);
  }
  void from_peer(std::string_view text) {
    const SocketAddress to = SocketAddress::parse("127.0.0.1", static_cast<uint16_t>(local_port(fd_))).value();
    ASSERT_EQ(::sendto(peer_.fd(), text.data(), text.size(), 0, to.data(), to.size()),
              static_cast<ssize_t>(text.size()));
  }
  Errno receive_v2(GuestPointer<Address> address, Size capacity = 100) {
    const auto vectors = guest_.buffers({capacity});
    const auto count = guest_.put<Size>(0);
    const auto port = guest_.put<uint32_t>(0);
    const auto roflags = guest_.place<Roflags>();
    const Errno error =
        sock_recv_from_v2(context(), caller(), fd_, vectors, 1, address, {0}, {port.address}, count, roflags);
    received_ = guest_.string(guest_.get(vectors).buf, guest_.get(count));
    port_ = guest_.get(port);
    roflags_ = guest_.get(roflags);
    return error;
  }

  HostSocket peer_;
  Fd fd_;
  uint32_t port_ = 0;
};

TEST_F(DatagramTest, SendToReachesItsPeer) {
  const auto count = guest_.place<Size>();
  ASSERT_EQ(
      sock_send_to(context(), caller(), fd_, guest_.texts({"he", "llo"}), 2, loopback4(), peer_.port(), {0}, count),
      Errno::success);
  EXPECT_EQ(guest_.get(count), 5u);
  EXPECT_EQ(peer_.receive(), "hello");
  const auto text = guest_.texts({"x"});
  EXPECT_EQ(sock_send_to(context(), caller(), fd_, text, 1, buffer(5), 1, {0}, count), Errno::inval);
  EXPECT_EQ(sock_send_to(context(), caller(), fd_, text, 1, loopback4(), peer_.port(), {1}, count), Errno::inval);
  EXPECT_EQ(sock_send_to(context(), caller(), fd_, text, 1, {Guest::memory_size}, 1, {0}, count), Errno::fault);
}

TEST_F(DatagramTest, ReceiveFromTellsThePortInHostOrder) {
  from_peer("abc");
  const auto address = buffer(128);
  ASSERT_EQ(receive_v2(address), Errno::success);
  EXPECT_EQ(received_, "abc");
  EXPECT_EQ(port_, peer_.port());
  const auto bytes = bytes_of(address);
  EXPECT_EQ(std::vector<uint8_t>(bytes.begin(), bytes.begin() + 6), (std::vector<uint8_t>{1, 0, 127, 0, 0, 1}));

  from_peer("def");
  const auto bare = buffer(16);
  ASSERT_EQ(receive_v2(bare), Errno::success);
  EXPECT_EQ(bytes_of(bare)[0], 127);
  EXPECT_EQ(port_, peer_.port());
  EXPECT_EQ(receive_v2(buffer(5)), Errno::inval);
}

TEST_F(DatagramTest, ALongDatagramIsTruncatedAndSaysSo) {
  from_peer("12345");
  ASSERT_EQ(receive_v2(buffer(128), 3), Errno::success);
  EXPECT_EQ(received_, "123");
  EXPECT_EQ(roflags_, Roflags::recv_data_truncated);
  from_peer("12345");
  ASSERT_EQ(recv(fd_, 3), Errno::success);
  EXPECT_EQ(received_, "123");
  EXPECT_EQ(roflags_, Roflags::recv_data_truncated);
}

TEST_F(DatagramTest, ReceiveFromV1StoresBareAddresses) {
  from_peer("abc");
  const auto address = buffer(16);
  const auto count = guest_.place<Size>();
  ASSERT_EQ(sock_recv_from_v1(context(), caller(), fd_, guest_.buffers({10}), 1, address, {0}, count,
                              guest_.place<Roflags>()),
            Errno::success);
  EXPECT_EQ(guest_.get(count), 3u);
  const auto bytes = bytes_of(address);
  EXPECT_EQ(std::vector<uint8_t>(bytes.begin(), bytes.begin() + 5), (std::vector<uint8_t>{127, 0, 0, 1, 0xA5}));
  from_peer("abc");
  const auto small = buffer(2);
  EXPECT_EQ(
      sock_recv_from_v1(context(), caller(), fd_, guest_.buffers({10}), 1, small, {0}, count, guest_.place<Roflags>()),
      Errno::success);
  EXPECT_EQ(bytes_of(small), (std::vector<uint8_t>{0xA5, 0xA5}));
}

TEST_F(SockExtensionTest, AStreamTellsNoSender) {
  auto [fd, peer] = connection();
  peer.send("x");
  const auto address = buffer(128);
  const auto port = guest_.put<uint16_t>(9);
  ASSERT_EQ(sock_recv_from_v2(context(), caller(), fd, guest_.buffers({10}), 1, address, {0}, port,
                              guest_.place<Size>(), guest_.place<Roflags>()),
            Errno::success);
  EXPECT_EQ(guest_.get(port), 0u);
  EXPECT_EQ(bytes_of(address)[0], 0u);
  EXPECT_EQ(bytes_of(address)[2], 0xA5);
}

class ClosedNetworkTest : public SockExtensionTest {
 protected:
  explicit ClosedNetworkTest(NetworkPolicy policy = {})
      : SockExtensionTest({.network = std::move(policy), .on_network_refusal = [this](const NetworkRefusal& refusal) {
                             refusals_.push_back(refusal);
                           }}) {}
  std::vector<NetworkRefusal> refusals_;
};

TEST_F(ClosedNetworkTest, RefusesAndTellsOnce) {
  EXPECT_EQ(try_open(1, 2), Errno::acces);
  EXPECT_EQ(try_open(1, 1), Errno::acces);
  ASSERT_EQ(refusals_.size(), 1u);
  EXPECT_EQ(refusals_[0].what, "open a socket");
  EXPECT_TRUE(refusals_[0].closed);
  EXPECT_EQ(try_open(0, 2), Errno::inval);  // a wrong call is wrong on any network
}

class RuledNetworkTest : public ClosedNetworkTest {
 protected:
  RuledNetworkTest() : ClosedNetworkTest(NetworkPolicy::parse("listen:127.0.0.1:0,connect:127.0.0.1:9").value()) {}
};

TEST_F(RuledNetworkTest, AllowsWhatTheRulesName) {
  const Fd fd = open();
  EXPECT_EQ(bind(fd, loopback4(), 0), Errno::success);
  EXPECT_EQ(sock_listen(context(), caller(), fd, 1), Errno::success);  // whatever port the system chose
  EXPECT_TRUE(refusals_.empty());
  EXPECT_EQ(bind(open(), loopback4(), 4'711), Errno::acces);
  EXPECT_EQ(sock_listen(context(), caller(), open(), 1), Errno::acces);  // would listen on all addresses
  const HostSocket server = HostSocket::listener(SocketAddress::parse("127.0.0.1", 0).value());
  EXPECT_EQ(connect(open(), loopback4(), server.port()), Errno::acces);
  EXPECT_EQ(sock_send_to(context(), caller(), open(inet4, dgram), guest_.texts({"x"}), 1, loopback4(), 53, {0},
                         guest_.place<Size>()),
            Errno::acces);
  EXPECT_EQ(sock_send_to(context(), caller(), open(inet4, dgram), guest_.texts({"x"}), 1, loopback4(), 9, {0},
                         guest_.place<Size>()),
            Errno::success);
  ASSERT_EQ(refusals_.size(), 1u);
  EXPECT_EQ(refusals_[0].what, "listen on 127.0.0.1:4711");
  EXPECT_FALSE(refusals_[0].closed);
}

}  // namespace
}  // namespace shallop::wasi
