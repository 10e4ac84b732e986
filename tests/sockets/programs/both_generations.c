// SPDX-License-Identifier: Apache-2.0
// One module that imports the socket functions of both generations, the same names with different types among them, and
// talks to itself over loopback through each.
#include "check.h"
#include "wasmedge_sockets.h"

static const uint8_t loopback_bytes[16] = {127, 0, 0, 1};
static const struct address loopback = {loopback_bytes, 4};
// 128 bytes: the family, then the address.
static uint8_t storage_bytes[128] = {inet4, 0, 127, 0, 0, 1};
static const struct address storage = {storage_bytes, 128};

static uint32_t port_of(uint32_t fd) {
  uint8_t bytes[16];
  const struct address address = {bytes, sizeof bytes};
  uint32_t type = 0, port = 0, port_v2 = 0;
  CHECK(sock_getlocaladdr_v1(fd, &address, &type, &port) == 0 && type == 4);
  CHECK(sock_getlocaladdr_plain_v2(fd, &storage, &port_v2) == 0 && port_v2 == port);
  return port;
}

static void check_exchange(uint32_t from, uint32_t to, const char* text) {
  const struct iovec_ out = {text, 5};
  uint32_t size = 0;
  CHECK(sock_send(from, &out, 1, 0, &size) == 0 && size == 5);
  char buffer[16];
  const struct iovec_ in = {buffer, sizeof buffer};
  uint16_t roflags = 1;
  CHECK(sock_recv(to, &in, 1, 0, &size, &roflags) == 0 && size == 5 && roflags == 0);
  CHECK(memcmp(buffer, text, 5) == 0);
}

static void check_streams(void) {
  uint32_t listener = 0, client = 0, accepted = 0;
  CHECK(sock_open(inet4, stream, &listener) == 0 && listener == 3);
  CHECK(sock_bind(listener, &loopback, 0) == 0 && sock_listen(listener, 16) == 0);
  const uint32_t port = port_of(listener);

  CHECK(sock_open_v2(inet4, stream, &client) == 0 && sock_connect(client, &loopback, port) == 0);
  CHECK(sock_accept_v1(listener, &accepted) == 0);
  check_exchange(client, accepted, "first");
  uint8_t bytes[16];
  const struct address peer = {bytes, sizeof bytes};
  uint32_t type = 0, peer_port = 0, peer_port_v2 = 0;
  CHECK(sock_getpeeraddr_v1(accepted, &peer, &type, &peer_port) == 0 && peer_port == port_of(client));
  CHECK(sock_getpeeraddr_v2(accepted, &storage, &peer_port_v2) == 0 && peer_port_v2 == peer_port);
  CHECK(sock_shutdown(client, 3) == 0 && fd_close(client) == 0 && fd_close(accepted) == 0);

  storage_bytes[0] = inet4;
  CHECK(sock_open(inet4, stream, &client) == 0 && sock_connect_v2(client, &storage, port) == 0);
  CHECK(sock_accept_standard(listener, nonblock, &accepted) == 0);
  check_exchange(client, accepted, "other");
  char buffer[4];
  const struct iovec_ in = {buffer, sizeof buffer};
  uint32_t size;
  uint16_t roflags;
  CHECK(sock_recv(accepted, &in, 1, 0, &size, &roflags) == again);
  CHECK(fd_close(client) == 0 && fd_close(accepted) == 0);

  // The listener is still a blocking one.
  CHECK(sock_open(inet4, stream, &client) == 0 && sock_connect(client, &loopback, port) == 0);
  CHECK(sock_accept_v2(listener, 0, &accepted) == 0);
  check_exchange(accepted, client, "third");
  CHECK(fd_close(client) == 0 && fd_close(accepted) == 0 && fd_close(listener) == 0);
}

static void check_datagrams(void) {
  uint32_t one = 0, two = 0;
  CHECK(sock_open(inet4, dgram, &one) == 0 && sock_bind_v2(one, &storage, 0) == 0);
  CHECK(sock_open(inet4, dgram, &two) == 0 && sock_bind(two, &loopback, 0) == 0);
  CHECK(sock_listen_v2(one, 1) != 0);
  const uint32_t port_one = port_of(one), port_two = port_of(two);
  const struct iovec_ out = {"datagram", 8};
  char buffer[16];
  const struct iovec_ in = {buffer, sizeof buffer};
  uint8_t bytes[16] = {0};
  const struct address sender = {bytes, sizeof bytes};
  uint32_t size = 0, port = 0;
  uint16_t roflags = 0;

  CHECK(sock_send_to(one, &out, 1, &loopback, port_two, 0, &size) == 0 && size == 8);
  CHECK(sock_recv_from_v1(two, &in, 1, &sender, 0, &size, &roflags) == 0 && size == 8);
  CHECK(memcmp(bytes, loopback_bytes, 4) == 0);

  CHECK(sock_send_to(one, &out, 1, &storage, port_two, 0, &size) == 0);
  CHECK(sock_recv_from_plain_v2(two, &in, 1, &storage, 0, &port, &size, &roflags) == 0 && port == port_one);
  CHECK(storage_bytes[0] == inet4 && memcmp(storage_bytes + 2, loopback_bytes, 4) == 0);

  port = 0;
  CHECK(sock_send_to(two, &out, 1, &loopback, port_one, 0, &size) == 0);
  CHECK(sock_recv_from_v2(one, &in, 1, &sender, 0, &port, &size, &roflags) == 0 && port == port_two);
  CHECK(fd_close(one) == 0 && fd_close(two) == 0);
}

static void check_edge_triggered_poll(void) {
  uint32_t fd = 0, count = 0;
  CHECK(sock_open(inet4, dgram, &fd) == 0);
  const struct subscription writable = {.userdata = 7, .tag = fd_write, .fd = fd};
  struct event event;
  CHECK(epoll_oneoff(&writable, &event, 1, &count) == 0 && count == 1 && event.userdata == 7 && event.error == 0);
  CHECK(fd_close(fd) == 0);
}

int main(void) {
  check_streams();
  check_datagrams();
  check_edge_triggered_poll();
  if (failed_checks == 0) puts("all checks passed");
  return failed_checks != 0;
}
