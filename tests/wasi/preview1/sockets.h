// SPDX-License-Identifier: Apache-2.0
// Sockets themselves come from the extension, as preview1 cannot make any: by their raw imports, and on loopback.
#pragma once

#include "expect.h"

struct address {
  const void* buf;
  uint32_t size;
};
IMPORT(sock_open) uint32_t sock_open(uint32_t family, uint32_t type, uint32_t* fd);
IMPORT(sock_bind) uint32_t sock_bind(uint32_t fd, const struct address*, uint32_t port);
IMPORT(sock_listen) uint32_t sock_listen(uint32_t fd, uint32_t backlog);
IMPORT(sock_connect) uint32_t sock_connect(uint32_t fd, const struct address*, uint32_t port);
IMPORT(sock_getlocaladdr)
uint32_t sock_getlocaladdr(uint32_t fd, const struct address*, uint32_t* type, uint32_t* port);
IMPORT(sock_setsockopt)
uint32_t sock_setsockopt(uint32_t fd, uint32_t level, uint32_t name, const void* value, uint32_t size);

enum { inet4 = 1, dgram = 1, stream = 2, option_linger = 9 };

static uint8_t local_bytes[16] = {127, 0, 0, 1};
static const struct address loopback = {local_bytes, 4};

static uint32_t open_socket(uint32_t type) {
  uint32_t fd = no_fd;
  CHECK(sock_open(inet4, type, &fd) == 0);
  return fd;
}
static uint32_t open_listener(void) {
  const uint32_t fd = open_socket(stream);
  CHECK(sock_bind(fd, &loopback, 0) == 0 && sock_listen(fd, 16) == 0);
  return fd;
}
static uint32_t port_of(uint32_t fd) {
  uint8_t storage[16];
  const struct address address = {storage, sizeof storage};
  uint32_t type = 0, port = 0;
  CHECK(sock_getlocaladdr(fd, &address, &type, &port) == 0);
  return port;
}
static uint32_t connect_to(uint32_t listener) {
  const uint32_t fd = open_socket(stream);
  CHECK(sock_connect(fd, &loopback, port_of(listener)) == 0);
  return fd;
}
