// SPDX-License-Identifier: Apache-2.0
// The socket functions as WasmEdge's guests import them, in both generations: names in the first, types in the second
// argument of the import. A wrong pair would be a link error.
#pragma once

#include <stdint.h>

#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))

struct address {
  const void* buf;
  uint32_t len;
};
struct iovec_ {
  const void* buf;
  uint32_t len;
};
struct subscription {
  uint64_t userdata;
  uint8_t tag;
  union {
    uint32_t fd;
    struct {
      uint32_t id;
      uint64_t timeout, precision;
      uint16_t flags;
    } clock;
  };
};
struct event {
  uint64_t userdata;
  uint16_t error;
  uint8_t type;
  uint64_t nbytes;
  uint16_t flags;
};
_Static_assert(sizeof(struct subscription) == 48 && sizeof(struct event) == 32, "as preview1 lays them out");

enum { inet4 = 1, inet6 = 2, dgram = 1, stream = 2 };
enum { again = 6, nonblock = 4, fd_read = 1, fd_write = 2 };

IMPORT(sock_open) int sock_open(uint32_t family, uint32_t type, uint32_t* fd);
IMPORT(sock_open_v2) int sock_open_v2(uint32_t family, uint32_t type, uint32_t* fd);
IMPORT(sock_bind) int sock_bind(uint32_t fd, const struct address* address, uint32_t port);
IMPORT(sock_bind_v2) int sock_bind_v2(uint32_t fd, const struct address* address, uint32_t port);
IMPORT(sock_listen) int sock_listen(uint32_t fd, uint32_t backlog);
IMPORT(sock_listen_v2) int sock_listen_v2(uint32_t fd, uint32_t backlog);
IMPORT(sock_connect) int sock_connect(uint32_t fd, const struct address* address, uint32_t port);
IMPORT(sock_connect_v2) int sock_connect_v2(uint32_t fd, const struct address* address, uint32_t port);
IMPORT(sock_accept) int sock_accept_v1(uint32_t fd, uint32_t* accepted);
IMPORT(sock_accept) int sock_accept_standard(uint32_t fd, uint32_t flags, uint32_t* accepted);
IMPORT(sock_accept_v2) int sock_accept_v2(uint32_t fd, uint32_t flags, uint32_t* accepted);
IMPORT(sock_recv)
int sock_recv(uint32_t fd, const struct iovec_*, uint32_t count, uint32_t flags, uint32_t* size, uint16_t* roflags);
IMPORT(sock_recv_v2)
int sock_recv_v2(uint32_t fd, const struct iovec_*, uint32_t count, uint32_t flags, uint32_t* size, uint16_t* roflags);
IMPORT(sock_recv_from)
int sock_recv_from_v1(uint32_t fd, const struct iovec_*, uint32_t count, const struct address*, uint32_t flags,
                      uint32_t* size, uint16_t* roflags);
IMPORT(sock_recv_from)
int sock_recv_from_plain_v2(uint32_t fd, const struct iovec_*, uint32_t count, const struct address*, uint32_t flags,
                            uint32_t* port, uint32_t* size, uint16_t* roflags);
IMPORT(sock_recv_from_v2)
int sock_recv_from_v2(uint32_t fd, const struct iovec_*, uint32_t count, const struct address*, uint32_t flags,
                      uint32_t* port, uint32_t* size, uint16_t* roflags);
IMPORT(sock_send) int sock_send(uint32_t fd, const struct iovec_*, uint32_t count, uint32_t flags, uint32_t* size);
IMPORT(sock_send_v2)
int sock_send_v2(uint32_t fd, const struct iovec_*, uint32_t count, uint32_t flags, uint32_t* size);
IMPORT(sock_send_to)
int sock_send_to(uint32_t fd, const struct iovec_*, uint32_t count, const struct address*, uint32_t port,
                 uint32_t flags, uint32_t* size);
IMPORT(sock_send_to_v2)
int sock_send_to_v2(uint32_t fd, const struct iovec_*, uint32_t count, const struct address*, uint32_t port,
                    uint32_t flags, uint32_t* size);
IMPORT(sock_shutdown) int sock_shutdown(uint32_t fd, uint32_t how);
IMPORT(sock_getlocaladdr) int sock_getlocaladdr_v1(uint32_t fd, const struct address*, uint32_t* type, uint32_t* port);
IMPORT(sock_getlocaladdr) int sock_getlocaladdr_plain_v2(uint32_t fd, const struct address*, uint32_t* port);
IMPORT(sock_getlocaladdr_v2) int sock_getlocaladdr_v2(uint32_t fd, const struct address*, uint32_t* port);
IMPORT(sock_getpeeraddr) int sock_getpeeraddr_v1(uint32_t fd, const struct address*, uint32_t* type, uint32_t* port);
IMPORT(sock_getpeeraddr_v2) int sock_getpeeraddr_v2(uint32_t fd, const struct address*, uint32_t* port);
IMPORT(sock_setsockopt)
int sock_setsockopt(uint32_t fd, uint32_t level, uint32_t name, const void* value, uint32_t size);
IMPORT(sock_getsockopt)
int sock_getsockopt(uint32_t fd, uint32_t level, uint32_t name, void* value, uint32_t* size);
IMPORT(poll_oneoff) int poll_oneoff(const struct subscription*, struct event*, uint32_t count, uint32_t* events);
IMPORT(epoll_oneoff) int epoll_oneoff(const struct subscription*, struct event*, uint32_t count, uint32_t* events);
IMPORT(fd_fdstat_set_flags) int fd_set_flags(uint32_t fd, uint32_t flags);
IMPORT(fd_close) int fd_close(uint32_t fd);
IMPORT(fd_renumber) int fd_renumber(uint32_t from, uint32_t to);
IMPORT(fd_read) int fd_read_vectors(uint32_t fd, const struct iovec_*, uint32_t count, uint32_t* size);
IMPORT(fd_write) int fd_write_vectors(uint32_t fd, const struct iovec_*, uint32_t count, uint32_t* size);
