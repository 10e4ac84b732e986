// SPDX-License-Identifier: Apache-2.0
#include <netinet/tcp.h>

#include "unit/wasi/socket_guest.hpp"

namespace shallop::wasi {
namespace {

class SockOptionsTest : public SocketTest {
 protected:
  // The value is in value_, its size in size_.
  Errno get(Fd fd, SocketOption name, Size capacity, SocketOptionLevel level = SocketOptionLevel::socket) {
    const GuestBytes value{guest_.allocate(capacity)};
    const auto size = guest_.put(capacity);
    const Errno error = sock_getsockopt(context(), caller(), fd, level, name, value, size);
    size_ = guest_.get(size);
    value_ = guest_.string(value.address, capacity);
    return error;
  }
  int32_t integer() const {
    int32_t value = 0;
    std::memcpy(&value, value_.data(), sizeof(value));
    return value;
  }
  template <class T>
  Errno set(Fd fd, SocketOption name, const T& value, SocketOptionLevel level = SocketOptionLevel::socket) {
    return sock_setsockopt(context(), caller(), fd, level, name, {guest_.put(value).address}, sizeof(T));
  }

  std::string value_;
  Size size_ = 0;
};

TEST_F(SockOptionsTest, TypeIsTheGuestsNumber) {
  ASSERT_EQ(get(open(), SocketOption::type, 4), Errno::success);
  EXPECT_EQ(integer(), 2);
  ASSERT_EQ(get(open(inet4, dgram), SocketOption::type, 4), Errno::success);
  EXPECT_EQ(integer(), 1);
}

TEST_F(SockOptionsTest, SizesAreInAndOut) {
  uint16_t port = 0;
  const Fd listener = listening(&port);
  ASSERT_EQ(get(listener, SocketOption::acceptconn, 16), Errno::success);
  EXPECT_EQ(size_, 4u);
  EXPECT_EQ(integer(), 1);
  EXPECT_EQ(value_[4], '\xA5');
  ASSERT_EQ(get(listener, SocketOption::sndbuf, 1), Errno::success);
  EXPECT_EQ(size_, 1u);
  ASSERT_EQ(get(listener, SocketOption::bindtodevice, 16), Errno::success);
  EXPECT_EQ(size_, 0u);
}

TEST_F(SockOptionsTest, UnknownLevelsAndNamesAreInvalid) {
  const Fd fd = open();
  EXPECT_EQ(get(fd, SocketOption{15}, 4), Errno::inval);
  EXPECT_EQ(get(fd, SocketOption{0xFFFF'FFFF}, 4), Errno::inval);
  EXPECT_EQ(get(fd, SocketOption::type, 4, SocketOptionLevel{1}), Errno::inval);
  EXPECT_EQ(get(fd, SocketOption{2}, 4, SocketOptionLevel::tcp), Errno::inval);
  EXPECT_EQ(get(1, SocketOption::type, 4), Errno::notsock);
  EXPECT_EQ(get(99, SocketOption::type, 4), Errno::badf);
  EXPECT_EQ(sock_getsockopt(context(), caller(), fd, SocketOptionLevel::socket, SocketOption::type, {64},
                            {Guest::memory_size - 3}),
            Errno::fault);
  EXPECT_EQ(sock_getsockopt(context(), caller(), fd, SocketOptionLevel::socket, SocketOption::type,
                            {Guest::memory_size - 3}, guest_.put<Size>(4)),
            Errno::fault);
  EXPECT_EQ(sock_setsockopt(context(), caller(), fd, SocketOptionLevel::socket, SocketOption::sndbuf,
                            {Guest::memory_size - 3}, 4),
            Errno::fault);
}

TEST_F(SockOptionsTest, IntegersAreSetAndRead) {
  const Fd fd = open();
  for (const SocketOption name : {SocketOption::reuseaddr, SocketOption::dontroute, SocketOption::broadcast,
                                  SocketOption::keepalive, SocketOption::oobinline}) {
    for (const int32_t value : {1, 0}) {
      ASSERT_EQ(set(fd, name, value), Errno::success);
      ASSERT_EQ(get(fd, name, 4), Errno::success);
      EXPECT_EQ(integer(), value) << static_cast<uint32_t>(name);
    }
  }
  ASSERT_EQ(set(fd, SocketOption::rcvbuf, int32_t{8'192}), Errno::success);
  ASSERT_EQ(get(fd, SocketOption::rcvbuf, 4), Errno::success);
  EXPECT_EQ(integer(), 16'384);  // doubled, as Linux does
  ASSERT_EQ(set(fd, SocketOption::rcvlowat, int32_t{7}), Errno::success);
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_RCVLOWAT), 7);
  EXPECT_EQ(set(fd, SocketOption::sndbuf, int8_t{1}), Errno::inval);
  for (const SocketOption name : {SocketOption::type, SocketOption::error, SocketOption::acceptconn}) {
    EXPECT_EQ(set(fd, name, int32_t{1}), Errno::noprotoopt);
  }
}

TEST_F(SockOptionsTest, LingerAndTimeouts) {
  const Fd fd = open();
  ASSERT_EQ(set(fd, SocketOption::linger, Linger{1, 5}), Errno::success);
  ASSERT_EQ(get(fd, SocketOption::linger, 8), Errno::success);
  EXPECT_EQ(size_, 8u);
  EXPECT_EQ(value_, std::string("\1\0\0\0\5\0\0\0", 8));
  ASSERT_EQ(set(fd, SocketOption::rcvtimeo, SocketTimeout{3, 500'000}), Errno::success);
  ASSERT_EQ(get(fd, SocketOption::rcvtimeo, 16), Errno::success);
  SocketTimeout timeout{};
  std::memcpy(&timeout, value_.data(), sizeof(timeout));
  EXPECT_EQ(timeout.seconds, 3);
  EXPECT_EQ(timeout.microseconds, 500'000);
  EXPECT_EQ(set(fd, SocketOption::rcvtimeo, int64_t{1}), Errno::inval);
  EXPECT_EQ(get(fd, SocketOption::sndtimeo, 8), Errno::inval);
  ASSERT_EQ(set(fd, SocketOption::rcvtimeo, SocketTimeout{0, 1'000}), Errno::success);
  auto [blocking, peer] = connection(false);
  ASSERT_EQ(set(blocking, SocketOption::rcvtimeo, SocketTimeout{0, 2'000}), Errno::success);
  EXPECT_EQ(recv(blocking, 1), Errno::again);
}

TEST_F(SockOptionsTest, LibcsLevelIsTheSocketLevel) {
  const Fd fd = open();
  ASSERT_EQ(set(fd, SocketOption::keepalive, int32_t{1}, SocketOptionLevel::libc_socket), Errno::success);
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
}

TEST_F(SockOptionsTest, NodelayIsTheGuestsChoice) {
  const Fd fd = open();
  const SocketOption nodelay{tcp_option_nodelay};
  ASSERT_EQ(get(fd, nodelay, 4, SocketOptionLevel::tcp), Errno::success);
  EXPECT_EQ(integer(), 1);
  ASSERT_EQ(set(fd, nodelay, int32_t{0}, SocketOptionLevel::tcp), Errno::success);
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
}

TEST_F(SockOptionsTest, DeviceNamesHaveTheirLength) {
  const Fd fd = open();
  const auto name = guest_.text("no-such-device");
  EXPECT_NE(sock_setsockopt(context(), caller(), fd, SocketOptionLevel::socket, SocketOption::bindtodevice,
                            name.pointer, name.size),
            Errno::success);
  const auto loopback = guest_.text("lo");
  const Errno error = sock_setsockopt(context(), caller(), fd, SocketOptionLevel::socket, SocketOption::bindtodevice,
                                      loopback.pointer, loopback.size);
  if (error == Errno::perm) GTEST_SKIP() << "binding to a device needs a privilege here";
  ASSERT_EQ(error, Errno::success);
  ASSERT_EQ(get(fd, SocketOption::bindtodevice, 16), Errno::success);
  EXPECT_EQ(value_.substr(0, 2), "lo");
}

}  // namespace
}  // namespace shallop::wasi
