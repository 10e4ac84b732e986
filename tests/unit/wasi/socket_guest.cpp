// SPDX-License-Identifier: Apache-2.0
#include "unit/wasi/socket_guest.hpp"

#include <netinet/in.h>
#include <poll.h>

#include <stdexcept>
#include <system_error>

namespace shallop::wasi {
namespace {

int must(int result) {
  if (result < 0) throw std::system_error(errno, std::generic_category());
  return result;
}

}  // namespace

HostSocket::HostSocket(int fd) : fd_(must(fd)) {}

HostSocket HostSocket::listener(const SocketAddress& address, int backlog) {
  HostSocket socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  must(::bind(socket.fd(), address.data(), address.size()));
  must(::listen(socket.fd(), backlog));
  return socket;
}

HostSocket HostSocket::datagram(const SocketAddress& address) {
  HostSocket socket(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  must(::bind(socket.fd(), address.data(), address.size()));
  return socket;
}

HostSocket HostSocket::connected_to(uint16_t port) {
  HostSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const SocketAddress address = SocketAddress::parse("127.0.0.1", port).value();
  must(::connect(socket.fd(), address.data(), address.size()));
  return socket;
}

HostSocket HostSocket::accept() const { return HostSocket(::accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC)); }

uint16_t HostSocket::port() const {
  SocketAddress address;
  socklen_t size = SocketAddress::capacity;
  must(::getsockname(fd(), address.out(), &size));
  return address.port();
}

void HostSocket::send(std::string_view text) const {
  must(static_cast<int>(::send(fd(), text.data(), text.size(), MSG_NOSIGNAL)));
}

std::string HostSocket::receive(size_t capacity) const {
  std::string text(capacity, '\0');
  text.resize(static_cast<size_t>(must(static_cast<int>(::recv(fd(), text.data(), text.size(), 0)))));
  return text;
}

void HostSocket::reset_connection() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  must(::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)));
  fd_.reset();
}

Fd SocketTest::open(Unchecked<AddressFamily> family, Unchecked<SocketType> type) {
  const auto opened = guest_.place<Fd>();
  EXPECT_EQ(sock_open(context(), caller(), family, type, opened), Errno::success);
  return guest_.get(opened);
}

void SocketTest::set_nonblocking(Fd fd) {
  EXPECT_EQ(fd_fdstat_set_flags(context(), caller(), fd, raw(Fdflags::nonblock)), Errno::success);
}

Fd SocketTest::listening(uint16_t* port, bool nonblocking) {
  const Fd fd = open();
  EXPECT_EQ(sock_bind(context(), caller(), fd, loopback4(), 0), Errno::success);
  EXPECT_EQ(sock_listen(context(), caller(), fd, 16), Errno::success);
  const auto chosen = guest_.place<uint32_t>();
  EXPECT_EQ(sock_getlocaladdr_v1(context(), caller(), fd, buffer(4), guest_.place<AddressKind>(), chosen),
            Errno::success);
  *port = static_cast<uint16_t>(guest_.get(chosen));
  if (nonblocking) set_nonblocking(fd);
  return fd;
}

SocketTest::Connection SocketTest::connection(bool nonblocking) {
  uint16_t port = 0;
  const Fd listener = listening(&port);
  HostSocket peer = HostSocket::connected_to(port);
  const auto accepted = guest_.place<Fd>();
  EXPECT_EQ(sock_accept(context(), caller(), listener, raw(nonblocking ? Fdflags::nonblock : Fdflags::none), accepted),
            Errno::success);
  EXPECT_EQ(fd_close(context(), caller(), listener), Errno::success);
  return {guest_.get(accepted), std::move(peer)};
}

GuestPointer<Address> SocketTest::loopback4() {
  const auto bytes = guest_.put_array<uint8_t>({127, 0, 0, 1});
  return guest_.put(Address{bytes.address, 4});
}

GuestPointer<Address> SocketTest::loopback6() {
  const auto bytes = guest_.put_array<uint8_t>({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  return guest_.put(Address{bytes.address, 16});
}

GuestPointer<Address> SocketTest::storage(AddressFamily family, const std::vector<uint8_t>& bytes) {
  std::vector<uint8_t> all(sizeof(AddressStorage));
  all[0] = bits(family);
  std::copy(bytes.begin(), bytes.end(), all.begin() + 2);
  return guest_.put(Address{guest_.put_array(all).address, sizeof(AddressStorage)});
}

GuestPointer<Address> SocketTest::buffer(Size size) { return guest_.put(Address{guest_.allocate(size), size}); }

std::vector<uint8_t> SocketTest::bytes_of(GuestPointer<Address> pointer) {
  const Address address = guest_.get(pointer);
  std::vector<uint8_t> bytes(address.buf_len);
  std::memcpy(bytes.data(), guest_.at(address.buf), bytes.size());
  return bytes;
}

Errno SocketTest::recv(Fd fd, Size capacity, Riflags flags) {
  const auto vectors = guest_.buffers({capacity});
  const auto count = guest_.put<Size>(0);
  const auto roflags = guest_.place<Roflags>();
  const Errno error = sock_recv(context(), caller(), fd, vectors, 1, raw(flags), count, roflags);
  received_ = guest_.string(guest_.get(vectors).buf, guest_.get(count));
  roflags_ = guest_.get(roflags);
  return error;
}

Errno SocketTest::send(Fd fd, std::string_view text) {
  const auto count = guest_.put<Size>(0);
  const Errno error = sock_send(context(), caller(), fd, guest_.texts({text}), 1, {0}, count);
  count_ = guest_.get(count);
  return error;
}

int SocketTest::option(Fd fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);
  must(::getsockopt(host_fd(fd), level, name, &value, &size));
  return value;
}

}  // namespace shallop::wasi
