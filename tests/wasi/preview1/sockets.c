// SPDX-License-Identifier: Apache-2.0
// preview1's four sock_* calls, and fd_* calls on sockets.
#include "sockets.h"

static char bytes[64];
static const struct vector into[] = {{bytes, 3}, {bytes + 3, 8}};
static const struct vector text[] = {{"one", 3}, {" two", 4}};
static const struct vector outside[] = {{OUTSIDE, 16}};
static uint32_t count;
static uint16_t roflags;

static void accepting(uint32_t listener, uint32_t file) {
  uint32_t accepted = no_fd;
  EXPECT(fd_fdstat_set_flags, success, listener, fd_nonblock);
  EXPECT(sock_accept, again, listener, 0, &accepted);
  const uint32_t client = connect_to(listener);
  EXPECT(sock_accept, fault, listener, 0, OUTSIDE + 5);
  EXPECT(sock_accept, success, listener, fd_nonblock, &accepted);
  struct fdstat stat;
  EXPECT(fd_fdstat_get, success, accepted, &stat);
  CHECK(stat.type == type_stream && stat.flags == fd_nonblock);
  EXPECT(sock_recv, again, accepted, into, 2, 0, &count, &roflags);
  EXPECT(fd_read, again, accepted, into, 2, &count);
  EXPECT(sock_accept, inval, client, 0, &accepted);  // which does not listen
  EXPECT(sock_accept, inval, listener, 32, &accepted);
  EXPECT(sock_accept, badf, no_fd, 0, &accepted);
  EXPECT(sock_accept, notsock, file, 0, &accepted);
  EXPECT(sock_accept, notsock, 0, 0, &accepted);
  const uint32_t datagrams = open_socket(dgram);
  EXPECT(sock_accept, notsup, datagrams, 0, &accepted);
  EXPECT(fd_fdstat_set_rights, success, datagrams, 0, 0);
  EXPECT(sock_accept, notcapable, datagrams, 0, &accepted);
  EXPECT(sock_recv, notcapable, datagrams, into, 2, 0, &count, &roflags);
  EXPECT(sock_send, notcapable, datagrams, text, 2, 0, &count);
  EXPECT(sock_shutdown, notcapable, datagrams, shut_read);
  EXPECT(fd_close, success, datagrams);
  EXPECT(fd_close, success, client);
  EXPECT(fd_close, success, accepted);
}

static void exchange(uint32_t listener, uint32_t file) {
  const uint32_t client = connect_to(listener);
  uint32_t server = no_fd;
  EXPECT(sock_accept, success, listener, 0, &server);
  EXPECT(sock_send, success, client, text, 2, 0, &count);
  CHECK(count == 7);
  EXPECT(sock_recv, success, server, into, 2, recv_peek, &count, &roflags);
  CHECK(count == 7 && memcmp(bytes, "one two", 7) == 0);
  EXPECT(sock_recv, success, server, into, 1, recv_waitall, &count, &roflags);
  CHECK(count == 3 && roflags == 0);
  EXPECT(fd_read, success, server, into, 2, &count);
  CHECK(count == 4);
  EXPECT(fd_write, success, server, text, 1, &count);
  EXPECT(sock_recv, success, client, into, 2, 0, &count, &roflags);

  EXPECT(sock_recv, inval, client, into, 2, 4, &count, &roflags);
  EXPECT(sock_recv, fault, client, outside, 1, 0, &count, &roflags);
  EXPECT(sock_recv, fault, client, into, 2, 0, OUTSIDE + 5, &roflags);
  EXPECT(sock_recv, badf, no_fd, into, 2, 0, &count, &roflags);
  EXPECT(sock_recv, notsock, file, into, 2, 0, &count, &roflags);
  EXPECT(sock_send, inval, client, text, 2, 1, &count);
  EXPECT(sock_send, fault, client, outside, 1, 0, &count);
  EXPECT(sock_send, badf, no_fd, text, 2, 0, &count);
  EXPECT(sock_send, notsock, file, text, 2, 0, &count);
  EXPECT(sock_shutdown, inval, client, 0);
  EXPECT(sock_shutdown, inval, client, 4);
  EXPECT(sock_shutdown, badf, no_fd, shut_read);
  EXPECT(sock_shutdown, notsock, file, shut_read);
  EXPECT(sock_shutdown, notsock, 1, shut_read);

  // The end of a stream is no error; writing after one's own end is.
  EXPECT(sock_shutdown, success, client, shut_write);
  EXPECT(sock_recv, success, server, into, 2, 0, &count, &roflags);
  CHECK(count == 0);
  EXPECT(sock_send, pipe, client, text, 2, 0, &count);
  EXPECT(fd_write, pipe, client, text, 2, &count);
  EXPECT(fd_close, success, client);
  EXPECT(fd_close, success, server);
}

static void file_calls(uint32_t socket) {
  struct filestat stat;
  struct prestat prestat;
  uint64_t position;
  EXPECT(fd_filestat_get, success, socket, &stat);
  CHECK(stat.type == type_stream);
  EXPECT(fd_seek, notcapable, socket, 0, whence_set, &position);
  EXPECT(fd_tell, notcapable, socket, &position);
  EXPECT(fd_pread, notcapable, socket, into, 2, 0, &count);
  EXPECT(fd_pwrite, notcapable, socket, text, 2, 0, &count);
  EXPECT(fd_allocate, notcapable, socket, 0, 1);
  EXPECT(fd_filestat_set_size, notcapable, socket, 0);
  EXPECT(fd_readdir, notcapable, socket, bytes, sizeof bytes, 0, &count);
  EXPECT(fd_prestat_get, badf, socket, &prestat);
  EXPECT(fd_fdstat_set_flags, notcapable, socket, fd_dsync);
  EXPECT(fd_fdstat_set_flags, inval, socket, 32);
}

// A connection whose other end has gone away with a reset.
static uint32_t reset_connection(uint32_t listener) {
  const uint32_t client = connect_to(listener);
  uint32_t server = no_fd;
  EXPECT(sock_accept, success, listener, 0, &server);
  const uint32_t at_once[2] = {1, 0};
  CHECK(sock_setsockopt(client, 0, option_linger, at_once, sizeof at_once) == 0);
  EXPECT(fd_close, success, client);
  return server;
}

static void resets(uint32_t listener) {
  uint32_t server = reset_connection(listener);
  EXPECT(sock_recv, connreset, server, into, 2, 0, &count, &roflags);
  EXPECT(sock_send, pipe, server, text, 2, 0, &count);
  EXPECT(fd_close, success, server);
  server = reset_connection(listener);
  EXPECT(fd_read, connreset, server, into, 2, &count);
  EXPECT(fd_close, success, server);
  server = reset_connection(listener);
  EXPECT(sock_send, connreset, server, text, 2, 0, &count);
  EXPECT(fd_write, pipe, server, text, 2, &count);
  EXPECT(fd_close, success, server);
}

// What nobody reads fills the buffers of both ends.
static void filling(uint32_t listener) {
  const uint32_t client = connect_to(listener);
  EXPECT(fd_fdstat_set_flags, success, client, fd_nonblock);
  static char block[65536];
  const struct vector all = {block, sizeof block};
  uint32_t error = errno_success;
  for (int i = 0; i < 10000 && error == errno_success; ++i) error = wasi_sock_send(client, &all, 1, 0, &count);
  expect(__FILE__, __LINE__, "sock_send", errno_again, error);
  EXPECT(fd_write, again, client, &all, 1, &count);
  EXPECT(fd_close, success, client);
}

static void unconnected(void) {
  const uint32_t socket = open_socket(stream), datagrams = open_socket(dgram);
  EXPECT(sock_recv, notconn, socket, into, 2, 0, &count, &roflags);
  EXPECT(fd_read, notconn, socket, into, 2, &count);
  EXPECT(sock_send, pipe, socket, text, 2, 0, &count);
  EXPECT(sock_shutdown, notconn, socket, shut_read | shut_write);
  EXPECT(sock_send, destaddrreq, datagrams, text, 2, 0, &count);
  EXPECT(fd_close, success, socket);
  EXPECT(fd_close, success, datagrams);
}

static void datagrams(void) {
  const uint32_t one = open_socket(dgram), two = open_socket(dgram);
  CHECK(sock_bind(one, &loopback, 0) == 0 && sock_connect(two, &loopback, port_of(one)) == 0);
  EXPECT(sock_send, success, two, text, 2, 0, &count);
  EXPECT(sock_recv, success, one, into, 1, 0, &count, &roflags);
  CHECK(count == 3 && roflags == 1);  // the rest is lost, and it says so
  static char large[70000];
  const struct vector all = {large, sizeof large};
  EXPECT(sock_send, msgsize, two, &all, 1, 0, &count);
  EXPECT(fd_close, success, one);
  EXPECT(sock_send, success, two, text, 2, 0, &count);  // nobody is there, which the next call learns
  EXPECT(sock_recv, connrefused, two, into, 1, 0, &count, &roflags);
  EXPECT(fd_close, success, two);
}

int main(void) {
  const uint32_t file = open_at(3, "file", o_creat, FILE_RIGHTS, 0);
  const uint32_t listener = open_listener();
  accepting(listener, file);
  EXPECT(fd_fdstat_set_flags, success, listener, 0);
  exchange(listener, file);
  file_calls(listener);
  resets(listener);
  unconnected();
  datagrams();
  filling(listener);
  return (int)finish();
}
