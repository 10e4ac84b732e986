// SPDX-License-Identifier: Apache-2.0
// TCP over loopback through the POSIX calls, as a program written for any Unix makes them.
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "sockets.h"

struct pair {
  int listener, client, server;
};

static struct pair connected_pair(void) {
  struct pair pair;
  pair.listener = bound_socket(SOCK_STREAM);
  unsigned short port = port_of(pair.listener);
  pair.client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  CHECK(pair.client >= 0);
  struct sockaddr_in address = loopback(port);
  CHECK(connect(pair.client, (struct sockaddr*)&address, sizeof address) == 0 || errno == EINPROGRESS);
  struct pollfd writable = {.fd = pair.client, .events = POLLOUT, .revents = 0};
  CHECK(poll(&writable, 1, 5000) == 1 && (writable.revents & POLLOUT) != 0);
  int error = -1;
  socklen_t length = sizeof error;
  CHECK(getsockopt(pair.client, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0);

  struct sockaddr_in peer;
  length = sizeof peer;
  CHECK(readable_within(pair.listener, 5000));
  pair.server = accept(pair.listener, (struct sockaddr*)&peer, &length);
  CHECK(pair.server >= 0);
  CHECK(length == sizeof peer && peer.sin_family == AF_INET);
  CHECK(peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
  CHECK(ntohs(peer.sin_port) == port_of(pair.client));
  CHECK(port_of(pair.server) == port);
  length = sizeof peer;
  CHECK(getpeername(pair.client, (struct sockaddr*)&peer, &length) == 0 && ntohs(peer.sin_port) == port);
  return pair;
}

static void close_pair(struct pair pair) {
  CHECK(close(pair.client) == 0);
  CHECK(close(pair.server) == 0);
  CHECK(close(pair.listener) == 0);
}

static void test_transfer(void) {
  struct pair pair = connected_pair();
  char buffer[32];
  CHECK_ERRNO(recv(pair.client, buffer, sizeof buffer, 0), EAGAIN);
  CHECK_ERRNO(recv(pair.server, buffer, sizeof buffer, MSG_DONTWAIT), EAGAIN);
  CHECK(send(pair.client, "hello", 5, MSG_NOSIGNAL) == 5);
  CHECK(readable_within(pair.server, 5000));
  CHECK(recv(pair.server, buffer, sizeof buffer, MSG_PEEK) == 5);
  CHECK(recv(pair.server, buffer, 2, MSG_DONTWAIT) == 2 && memcmp(buffer, "he", 2) == 0);
  CHECK(recv(pair.server, buffer, 3, MSG_WAITALL) == 3 && memcmp(buffer, "llo", 3) == 0);
  CHECK(write(pair.server, "again", 5) == 5);
  CHECK(readable_within(pair.client, 5000));
  CHECK(read(pair.client, buffer, sizeof buffer) == 5 && memcmp(buffer, "again", 5) == 0);

  struct iovec out[2] = {{.iov_base = "ab", .iov_len = 2}, {.iov_base = "cde", .iov_len = 3}};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = out;
  message.msg_iovlen = 2;
  CHECK(sendmsg(pair.server, &message, 0) == 5);
  char first[1], rest[8];
  struct iovec in[2] = {{.iov_base = first, .iov_len = 1}, {.iov_base = rest, .iov_len = sizeof rest}};
  message.msg_iov = in;
  CHECK(readable_within(pair.client, 5000));
  CHECK(recvmsg(pair.client, &message, 0) == 5 && first[0] == 'a' && memcmp(rest, "bcde", 4) == 0);

  CHECK(shutdown(pair.client, SHUT_WR) == 0);
  CHECK(readable_within(pair.server, 5000));
  CHECK(recv(pair.server, buffer, sizeof buffer, 0) == 0);
  CHECK(send(pair.server, "half", 4, 0) == 4);
  CHECK(readable_within(pair.client, 5000));
  CHECK(recv(pair.client, buffer, sizeof buffer, 0) == 4);
  close_pair(pair);
}

static void test_writing_to_a_closed_peer(void) {
  struct sigaction ignore;
  memset(&ignore, 0, sizeof ignore);
  ignore.sa_handler = SIG_IGN;
  sigemptyset(&ignore.sa_mask);
  CHECK(sigaction(SIGPIPE, &ignore, NULL) == 0);
  struct sigaction now;
  CHECK(sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_IGN);

  struct pair pair = connected_pair();
  CHECK(close(pair.client) == 0);
  // The first octets go out; the reset that answers them takes a moment.
  for (int i = 0; i < 1000 && send(pair.server, "x", 1, 0) == 1; ++i) poll(NULL, 0, 1);
  CHECK(send(pair.server, "x", 1, 0) == -1 && (errno == EPIPE || errno == ECONNRESET));
  CHECK(close(pair.server) == 0 && close(pair.listener) == 0);
}

static void test_accept(void) {
  int listener = bound_socket(SOCK_STREAM | SOCK_NONBLOCK);
  CHECK_ERRNO(accept(listener, NULL, NULL), EAGAIN);
  CHECK_ERRNO(accept4(listener, NULL, NULL, 0x40000000), EINVAL);
  struct sockaddr_in address = loopback(port_of(listener));
  int client = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect(client, (struct sockaddr*)&address, sizeof address) == 0);
  CHECK(readable_within(listener, 5000));
  int server = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  CHECK(server >= 0);
  CHECK((fcntl(server, F_GETFL) & O_NONBLOCK) != 0);
  CHECK((fcntl(client, F_GETFL) & O_NONBLOCK) == 0);
  CHECK(fcntl(client, F_SETFL, fcntl(client, F_GETFL) | O_NONBLOCK) == 0);
  CHECK((fcntl(client, F_GETFL) & O_NONBLOCK) != 0);
  int off = 0;
  CHECK(ioctl(client, FIONBIO, &off) == 0);
  CHECK((fcntl(client, F_GETFL) & O_NONBLOCK) == 0);
  CHECK(close(client) == 0 && close(server) == 0 && close(listener) == 0);
}

static int int_option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  CHECK(getsockopt(fd, level, name, &value, &length) == 0);
  CHECK(length == sizeof value);
  return value;
}

static void test_options(void) {
  struct pair pair = connected_pair();
  int on = 1;
  CHECK(int_option(pair.client, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
  CHECK(int_option(pair.listener, SOL_SOCKET, SO_ACCEPTCONN) == 1);
  CHECK(int_option(pair.client, SOL_SOCKET, SO_ACCEPTCONN) == 0);
  CHECK(int_option(pair.client, SOL_SOCKET, SO_KEEPALIVE) == 0);
  CHECK(setsockopt(pair.client, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) == 0);
  CHECK(int_option(pair.client, SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(setsockopt(pair.client, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
  CHECK(int_option(pair.client, SOL_SOCKET, SO_REUSEADDR) == 1);
  int size = 32 * 1024;
  CHECK(setsockopt(pair.client, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) == 0);
  CHECK(int_option(pair.client, SOL_SOCKET, SO_RCVBUF) >= size);
  CHECK(setsockopt(pair.client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
  CHECK(int_option(pair.client, IPPROTO_TCP, TCP_NODELAY) != 0);

  struct linger linger = {.l_onoff = 1, .l_linger = 7};
  CHECK(setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0);
  memset(&linger, 0, sizeof linger);
  socklen_t length = sizeof linger;
  CHECK(getsockopt(pair.client, SOL_SOCKET, SO_LINGER, &linger, &length) == 0);
  CHECK(linger.l_onoff != 0 && linger.l_linger == 7);

  struct timeval patience = {.tv_sec = 0, .tv_usec = 30 * 1000};
  CHECK(setsockopt(pair.server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
  char octet;
  CHECK_ERRNO(recv(pair.server, &octet, 1, 0), EAGAIN);

  CHECK_ERRNO(setsockopt(pair.client, SOL_SOCKET, 9999, &on, sizeof on), ENOPROTOOPT);
  CHECK_ERRNO(setsockopt(pair.client, SOL_SOCKET, SO_TYPE, &on, sizeof on), ENOPROTOOPT);
  CHECK_ERRNO(setsockopt(-1, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on), EBADF);
  close_pair(pair);
}

static void test_errors(void) {
  CHECK_ERRNO(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
  CHECK_ERRNO(socket(9999, SOCK_STREAM, 0), EAFNOSUPPORT);
  struct sockaddr_in address = loopback(0);
  CHECK_ERRNO(bind(-1, (struct sockaddr*)&address, sizeof address), EBADF);
  CHECK_ERRNO(listen(-1, 1), EBADF);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK_ERRNO(bind(fd, (struct sockaddr*)&address, 4), EINVAL);
  CHECK_ERRNO(accept(fd, NULL, NULL), EINVAL);
  socklen_t length = sizeof address;
  CHECK_ERRNO(getpeername(fd, (struct sockaddr*)&address, &length), ENOTCONN);

  int listener = bound_socket(SOCK_STREAM);
  address = loopback(port_of(listener));
  CHECK_ERRNO(bind(fd, (struct sockaddr*)&address, sizeof address), EADDRINUSE);
  CHECK(close(listener) == 0);
  CHECK_ERRNO(connect(fd, (struct sockaddr*)&address, sizeof address), ECONNREFUSED);
  CHECK(close(fd) == 0);
}

static void test_truncated_names(void) {
  int listener = bound_socket(SOCK_STREAM);
  struct sockaddr_in address;
  memset(&address, 0x55, sizeof address);
  socklen_t length = 2;
  CHECK(getsockname(listener, (struct sockaddr*)&address, &length) == 0);
  CHECK(length == sizeof address && address.sin_family == AF_INET);
  CHECK(address.sin_port == 0x5555);
  CHECK(close(listener) == 0);
}

static void test_ipv6(void) {
  int fd = socket(AF_INET6, SOCK_STREAM, 0);
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  if (fd < 0 || bind(fd, (struct sockaddr*)&address, sizeof address) != 0) return;  // a host without IPv6
  CHECK(listen(fd, 1) == 0);
  socklen_t length = sizeof address;
  CHECK(getsockname(fd, (struct sockaddr*)&address, &length) == 0);
  CHECK(length == sizeof address && address.sin6_family == AF_INET6 && address.sin6_port != 0);
  int client = socket(AF_INET6, SOCK_STREAM, 0);
  CHECK(connect(client, (struct sockaddr*)&address, sizeof address) == 0);
  struct sockaddr_in6 peer;
  length = sizeof peer;
  int server = accept(fd, (struct sockaddr*)&peer, &length);
  CHECK(server >= 0);
  CHECK(memcmp(&peer.sin6_addr, &in6addr_loopback, sizeof peer.sin6_addr) == 0);
  CHECK(close(server) == 0 && close(client) == 0 && close(fd) == 0);
}

int main(void) {
  test_transfer();
  test_writing_to_a_closed_peer();
  test_accept();
  test_options();
  test_errors();
  test_truncated_names();
  test_ipv6();
  if (failed_checks == 0) puts("stream sockets: all checks passed");
  return failed_checks != 0;
}
