// SPDX-License-Identifier: Apache-2.0
// Numeric hosts and localhost only: no test asks a name server.
#include "unit/wasi/socket_guest.hpp"

namespace shallop::wasi {
namespace {

class GetaddrinfoTest : public SocketTest {
 protected:
  using SocketTest::SocketTest;

  // A list of nodes as the Rust crate lays it out: 26 bytes of room that are said to be 14.
  GuestPointer<Pointer> nodes(Size count, Size canonname_len = 30) {
    Pointer next = 0;
    for (Size i = 0; i < count; ++i) {
      const auto address = guest_.put(Sockaddr{AddressFamily::unspec, 14, guest_.allocate(26)});
      next = guest_
                 .put(Addrinfo{.flags = Aiflags::none,
                               .family = AddressFamily::unspec,
                               .socktype = SocketType::any,
                               .protocol = IpProtocol::ip,
                               .addrlen = 0,
                               .addr = address.address,
                               .canonname = guest_.allocate(canonname_len),
                               .canonname_len = canonname_len,
                               .next = next})
                 .address;
    }
    return guest_.put(next);
  }
  Errno look_up(std::string_view node, std::string_view service, Addrinfo hints, GuestPointer<Pointer> list,
                Size capacity) {
    const auto node_text = guest_.text(node);
    const auto service_text = guest_.text(service);
    const auto count = guest_.put<Size>(0);
    const Errno error = sock_getaddrinfo(context(), caller(), node_text.pointer, node_text.size, service_text.pointer,
                                         service_text.size, guest_.put(hints), list, capacity, count);
    count_ = guest_.get(count);
    return error;
  }
  Addrinfo node_at(GuestPointer<Pointer> list, Size index) {
    GuestPointer<Addrinfo> pointer{guest_.get(list)};
    for (Size i = 0; i < index; ++i) pointer = {guest_.get(pointer).next};
    return guest_.get(pointer);
  }
  static Addrinfo stream_hints(AddressFamily family = AddressFamily::unspec, Aiflags flags = Aiflags::none) {
    Addrinfo hints{};
    hints.flags = flags;
    hints.family = family;
    hints.socktype = SocketType::stream;
    return hints;
  }
};

TEST_F(GetaddrinfoTest, ANumericIpv4Address) {
  const auto list = nodes(3);
  ASSERT_EQ(look_up(std::string_view("127.0.0.1\0", 10), std::string_view("8080\0", 5), stream_hints(), list, 3),
            Errno::success);
  ASSERT_EQ(count_, 1u);
  const Addrinfo node = node_at(list, 0);
  EXPECT_EQ(node.family, AddressFamily::inet4);
  EXPECT_EQ(node.socktype, SocketType::stream);
  EXPECT_EQ(node.protocol, IpProtocol::tcp);
  EXPECT_EQ(node.addrlen, 16u);
  EXPECT_EQ(node.canonname_len, 0u);
  EXPECT_NE(node.next, 0u);
  const auto address = guest_.get(GuestPointer<Sockaddr>{node.addr});
  EXPECT_EQ(address.family, AddressFamily::inet4);
  EXPECT_EQ(address.data_len, 14u);
  EXPECT_EQ(guest_.string(address.data, 15), std::string("\x1F\x90\x7F\0\0\1\0\0\0\0\0\0\0\0\xA5", 15));
}

TEST_F(GetaddrinfoTest, ANumericIpv6AddressIsWrittenWhole) {
  const auto list = nodes(1);
  ASSERT_EQ(look_up("2001:db8::7", "80", stream_hints(), list, 1), Errno::success);
  const Addrinfo node = node_at(list, 0);
  EXPECT_EQ(node.family, AddressFamily::inet6);
  EXPECT_EQ(node.addrlen, 28u);
  const auto address = guest_.get(GuestPointer<Sockaddr>{node.addr});
  EXPECT_EQ(address.data_len, 26u);
  EXPECT_EQ(guest_.string(address.data, 26),
            std::string("\0\x50\0\0\0\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7\0\0\0\0", 26));
}

TEST_F(GetaddrinfoTest, AnyTypeGivesStreamsAndDatagramsOnly) {
  const auto list = nodes(5);
  ASSERT_EQ(look_up("127.0.0.1", "", Addrinfo{}, list, 5), Errno::success);
  ASSERT_EQ(count_, 2u);
  for (Size i = 0; i < 2; ++i) EXPECT_NE(node_at(list, i).socktype, SocketType::any);
}

TEST_F(GetaddrinfoTest, OnlyAsManyAsThereIsRoom) {
  const auto list = nodes(1);
  ASSERT_EQ(look_up("127.0.0.1", "", Addrinfo{}, list, 1), Errno::success);
  EXPECT_EQ(count_, 1u);
}

TEST_F(GetaddrinfoTest, PassiveWithoutNodeIsForServers) {
  const auto list = nodes(4);
  ASSERT_EQ(look_up("", "8080", stream_hints(AddressFamily::inet4, Aiflags::passive), list, 4), Errno::success);
  ASSERT_EQ(count_, 1u);
  const auto address = guest_.get(GuestPointer<Sockaddr>{node_at(list, 0).addr});
  EXPECT_EQ(guest_.string(address.data, 6), std::string("\x1F\x90\0\0\0\0", 6));
}

TEST_F(GetaddrinfoTest, CanonicalNamesNeverExceedTheirBuffer) {
  const auto hints = stream_hints(AddressFamily::inet4, Aiflags::canonname | Aiflags::numerichost);
  const auto roomy = nodes(1, 30);
  ASSERT_EQ(look_up("127.0.0.1", "", hints, roomy, 1), Errno::success);
  EXPECT_EQ(node_at(roomy, 0).canonname_len, 9u);
  EXPECT_EQ(guest_.string(node_at(roomy, 0).canonname, 10), std::string("127.0.0.1\0", 10));
  const auto tight = nodes(1, 4);
  ASSERT_EQ(look_up("127.0.0.1", "", hints, tight, 1), Errno::success);
  EXPECT_EQ(node_at(tight, 0).canonname_len, 4u);
  EXPECT_EQ(guest_.string(node_at(tight, 0).canonname, 5), "127.\xA5");
}

TEST_F(GetaddrinfoTest, WrongQuestions) {
  const auto list = nodes(1);
  EXPECT_EQ(look_up("127.0.0.1", "80", stream_hints(), list, 0), Errno::aimemory);
  EXPECT_EQ(look_up("", "", stream_hints(), list, 1), Errno::ainoname);
  EXPECT_EQ(look_up("", std::string_view("\0", 1), stream_hints(), list, 1), Errno::ainoname);
  EXPECT_EQ(look_up("127.0.0.1", "", stream_hints(AddressFamily::unspec, Aiflags{128}), list, 1), Errno::aibadflag);
  EXPECT_EQ(look_up("", "80", stream_hints(AddressFamily::unspec, Aiflags::canonname), list, 1), Errno::aibadflag);
  EXPECT_EQ(look_up("127.0.0.1", "", stream_hints(AddressFamily{3}), list, 1), Errno::aifamily);
  Addrinfo hints{};
  hints.protocol = IpProtocol{3};
  EXPECT_EQ(look_up("127.0.0.1", "", hints, list, 1), Errno::nosys);
  hints = {};
  hints.socktype = SocketType{3};
  EXPECT_EQ(look_up("127.0.0.1", "", hints, list, 1), Errno::nosys);
  EXPECT_EQ(look_up("not numeric", "", stream_hints(AddressFamily::unspec, Aiflags::numerichost), list, 1),
            Errno::ainoname);
  EXPECT_EQ(look_up("::1", "", stream_hints(AddressFamily::inet4), list, 1), Errno::aiaddrfamily);
  EXPECT_EQ(look_up("127.0.0.1", "no-such-service", stream_hints(), list, 1), Errno::aiservice);
  EXPECT_EQ(look_up(std::string(5'000, 'x'), "", stream_hints(), list, 1), Errno::ainoname);
}

TEST_F(GetaddrinfoTest, TheListIsCheckedBeforeAnything) {
  const auto list = nodes(2);
  EXPECT_EQ(look_up("127.0.0.1", "", stream_hints(), {Guest::memory_size - 3}, 2), Errno::fault);
  EXPECT_EQ(look_up("127.0.0.1", "", stream_hints(), guest_.put<Pointer>(Guest::memory_size - 27), 1), Errno::fault);
  EXPECT_EQ(look_up("127.0.0.1", "", stream_hints(), list, 0xFFFF'FFFF), Errno::fault);
  Addrinfo node = node_at(list, 0);
  node.addr = Guest::memory_size - 11;
  EXPECT_EQ(look_up("127.0.0.1", "", stream_hints(), guest_.put(guest_.put(node).address), 1), Errno::fault);
  node = node_at(list, 0);
  node.canonname_len = 0xFFFF'FFFF;
  EXPECT_EQ(look_up("127.0.0.1", "", stream_hints(), guest_.put(guest_.put(node).address), 1), Errno::fault);
  // 26 bytes beyond what the guest said, and beyond the memory.
  node = node_at(list, 0);
  node.addr = guest_.put(Sockaddr{AddressFamily::unspec, 14, Guest::memory_size - 14}).address;
  EXPECT_EQ(look_up("127.0.0.1", "", stream_hints(), guest_.put(guest_.put(node).address), 1), Errno::success);
  EXPECT_EQ(look_up("::1", "", stream_hints(), guest_.put(guest_.put(node).address), 1), Errno::fault);
  // A ring of one node.
  const auto ring = guest_.put(node_at(list, 0));
  Addrinfo self = guest_.get(ring);
  self.next = ring.address;
  std::memcpy(guest_.at(ring.address), &self, sizeof(self));
  EXPECT_EQ(look_up("127.0.0.1", "", Addrinfo{}, guest_.put(ring.address), 100), Errno::success);
  EXPECT_EQ(count_, 2u);
}

class RuledGetaddrinfoTest : public GetaddrinfoTest {
 protected:
  RuledGetaddrinfoTest() : GetaddrinfoTest({.network = NetworkPolicy::parse("connect:allowed.invalid:80").value()}) {}
};

TEST_F(RuledGetaddrinfoTest, NamesAreResolvedAsTheRulesSay) {
  const auto list = nodes(2);
  EXPECT_EQ(look_up("127.0.0.1", "80", stream_hints(), list, 2), Errno::success);
  // Whether the host knows the name is its own matter: a bare root has no /etc/hosts.
  EXPECT_NE(look_up("localhost", "80", stream_hints(AddressFamily::inet4), list, 2), Errno::acces);
  EXPECT_EQ(look_up("other.invalid", "80", stream_hints(), list, 2), Errno::acces);
}

class ClosedGetaddrinfoTest : public GetaddrinfoTest {
 protected:
  ClosedGetaddrinfoTest() : GetaddrinfoTest(ContextOptions{}) {}
};

TEST_F(ClosedGetaddrinfoTest, IsRefused) {
  EXPECT_EQ(look_up("127.0.0.1", "80", stream_hints(), nodes(1), 1), Errno::acces);
}

}  // namespace
}  // namespace shallop::wasi
