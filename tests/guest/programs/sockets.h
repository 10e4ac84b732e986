// SPDX-License-Identifier: Apache-2.0
// Pairs of sockets over loopback.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

static struct sockaddr_in loopback(unsigned short port) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static unsigned short port_of(int fd) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  CHECK(getsockname(fd, (struct sockaddr*)&address, &length) == 0);
  CHECK(length == sizeof address);
  CHECK(address.sin_family == AF_INET);
  return ntohs(address.sin_port);
}

// Bound to a port that the system chose; a stream socket listens.
static int bound_socket(int type) {
  int fd = socket(AF_INET, type, 0);
  CHECK(fd >= 0);
  struct sockaddr_in address = loopback(0);
  CHECK(bind(fd, (struct sockaddr*)&address, sizeof address) == 0);
  if ((type & SOCK_STREAM) == SOCK_STREAM) CHECK(listen(fd, 8) == 0);
  return fd;
}

static int readable_within(int fd, int timeout_ms) {
  struct pollfd entry = {.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&entry, 1, timeout_ms) == 1 && (entry.revents & POLLIN) != 0;
}
