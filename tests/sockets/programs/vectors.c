// SPDX-License-Identifier: Apache-2.0
// What WasmEdge answers, call by call, by the names of one generation after the other; ours where WasmEdge is at fault.
// Unix sockets and UDP's details are in both_generations.c and the unit tests.
#include "check.h"
#include "wasmedge_sockets.h"

enum {
  success = 0,
  addrinuse = 3,
  badf = 8,
  connrefused = 14,
  fault = 21,
  inprogress = 26,
  inval = 28,
  nomem = 48,
  noprotoopt = 50,
  nosys = 52,
  notconn = 53,
  notsock = 57,
  pipe_ = 64,
  notcapable = 76
};
enum { unix_ = 3, dsync = 2, standard_output = 1, nowhere = 999 };
enum { option_type = 1, option_error = 2, option_sndbuf = 5, option_linger = 9, option_rcvtimeo = 11 };
enum { option_acceptconn = 13, option_bindtodevice = 14 };

#define OUTSIDE ((void*)0xFFFFFFF8u)
#define IS(error, call) CHECK((call) == (error))

static uint32_t plain_accept(uint32_t fd, uint32_t flags, uint32_t* accepted) {
  if (flags == nonblock) return (uint32_t)sock_accept_standard(fd, flags, accepted);
  return (uint32_t)sock_accept_v1(fd, accepted);
}
static uint32_t v2_accept(uint32_t fd, uint32_t flags, uint32_t* accepted) {
  return (uint32_t)sock_accept_v2(fd, flags, accepted);
}

// The names of a generation. What both write alike stands by its plain name below.
static const struct generation {
  int (*open)(uint32_t family, uint32_t type, uint32_t* fd);
  int (*bind)(uint32_t fd, const struct address*, uint32_t port);
  int (*listen)(uint32_t fd, uint32_t backlog);
  int (*connect)(uint32_t fd, const struct address*, uint32_t port);
  uint32_t (*accept)(uint32_t fd, uint32_t flags, uint32_t* accepted);
  int (*recv)(uint32_t fd, const struct iovec_*, uint32_t count, uint32_t flags, uint32_t* size, uint16_t* roflags);
  int (*send)(uint32_t fd, const struct iovec_*, uint32_t count, uint32_t flags, uint32_t* size);
} generations[] = {
    {sock_open, sock_bind, sock_listen, sock_connect, plain_accept, sock_recv, sock_send},
    {sock_open_v2, sock_bind_v2, sock_listen_v2, sock_connect_v2, v2_accept, sock_recv_v2, sock_send_v2},
};

static const uint8_t loopback_bytes[16] = {127, 0, 0, 1};
static const struct address loopback = {loopback_bytes, 4};
static uint8_t storage_bytes[128] = {inet4, 0, 127, 0, 0, 1};
static const struct address storage = {storage_bytes, 128};
static char bytes[64];
static const struct iovec_ into = {bytes, sizeof bytes};
static const struct iovec_ text = {"hello world", 11};
static uint32_t size;
static uint16_t roflags;

static uint32_t opened(const struct generation* calls, uint32_t type) {
  uint32_t fd = nowhere;
  IS(success, calls->open(inet4, type, &fd));
  return fd;
}
static uint32_t port_of(uint32_t fd) {
  uint8_t buffer[16];
  const struct address address = {buffer, sizeof buffer};
  uint32_t type = 0, port = 0;
  IS(success, sock_getlocaladdr_v1(fd, &address, &type, &port));
  return port;
}
static uint32_t listening(const struct generation* calls) {
  const uint32_t fd = opened(calls, stream);
  IS(success, calls->bind(fd, &loopback, 0));
  IS(success, calls->listen(fd, 16));
  return fd;
}
// A port of loopback where nobody listens.
static uint32_t closed_port(const struct generation* calls) {
  const uint32_t fd = listening(calls);
  const uint32_t port = port_of(fd);
  IS(success, fd_close(fd));
  return port;
}
static void connection(const struct generation* calls, uint32_t* client, uint32_t* server) {
  const uint32_t listener = listening(calls);
  *client = opened(calls, stream);
  IS(success, calls->connect(*client, &loopback, port_of(listener)));
  IS(success, (int)calls->accept(listener, 0, server));
  IS(success, fd_close(listener));
}
static void reset(uint32_t fd) {
  const uint32_t at_once[2] = {1, 0};
  IS(success, sock_setsockopt(fd, 0, option_linger, at_once, sizeof at_once));
  IS(success, fd_close(fd));
}

static void opening(const struct generation* calls) {
  uint32_t fd = nowhere;
  IS(inval, calls->open(0, stream, &fd));
  IS(inval, calls->open(4, stream, &fd));
  IS(inval, calls->open(256 + inet4, stream, &fd));
  IS(inval, calls->open(inet4, 0, &fd));
  IS(inval, calls->open(inet4, 3, &fd));
  IS(nosys, calls->open(unix_, stream, &fd));
  IS(fault, calls->open(inet4, stream, OUTSIDE + 5));
}

static void binding(const struct generation* calls) {
  const uint32_t holder = listening(calls), fd = opened(calls, stream);
  const struct address empty = {loopback_bytes, 0}, odd = {loopback_bytes, 5}, outside = {OUTSIDE, 16};
  IS(addrinuse, calls->bind(fd, &loopback, port_of(holder)));
  IS(inval, calls->bind(fd, &empty, 0));
  IS(inval, calls->bind(fd, &odd, 0));
  IS(fault, calls->bind(fd, &outside, 0));
  IS(fault, calls->bind(fd, OUTSIDE + 5, 0));
  IS(badf, calls->bind(nowhere, &loopback, 0));
  IS(notsock, calls->bind(standard_output, &loopback, 0));
  IS(success, calls->bind(fd, &storage, 0));
  IS(inval, calls->bind(fd, &loopback, 0));
  IS(success, fd_close(fd));
  IS(success, fd_close(holder));
}

static void accepting(const struct generation* calls) {
  uint32_t accepted = nowhere;
  const uint32_t listener = listening(calls), other = opened(calls, stream);
  IS(inval, (int)calls->accept(other, nonblock, &accepted));
  IS(success, fd_set_flags(listener, nonblock));
  IS(again, (int)calls->accept(listener, 0, &accepted));
  IS(again, (int)calls->accept(listener, nonblock, &accepted));
  IS(inval, sock_accept_standard(listener, 64, &accepted));
  IS(inval, sock_accept_v2(listener, 64, &accepted));
  IS(success, fd_close(other));
  IS(success, fd_close(listener));
}

static void connecting(const struct generation* calls) {
  const uint32_t port = closed_port(calls);
  uint32_t fd = opened(calls, stream);
  IS(connrefused, calls->connect(fd, &loopback, port));
  IS(success, fd_close(fd));

  fd = opened(calls, stream);
  IS(success, fd_set_flags(fd, nonblock));
  const int error = calls->connect(fd, &storage, port);
  CHECK(error == inprogress || error == connrefused);
  if (error == inprogress) {
    const struct subscription writable = {.tag = fd_write, .fd = fd};
    struct event event;
    uint32_t count = 0, pending = 0, capacity = 4;
    IS(success, poll_oneoff(&writable, &event, 1, &count));
    CHECK(count == 1 && event.error == 0 && event.flags == 1);  // readiness and hangup; the option has the error
    IS(success, sock_getsockopt(fd, 0, option_error, &pending, &capacity));
    CHECK(pending == connrefused && capacity == 4);
  }
  IS(success, fd_close(fd));
}

static void transferring(const struct generation* calls) {
  static struct iovec_ many[1025];
  uint32_t client = nowhere, server = nowhere;
  connection(calls, &client, &server);
  IS(success, fd_set_flags(client, nonblock));
  IS(again, calls->recv(client, &into, 1, 0, &size, &roflags));
  IS(inval, calls->recv(client, &into, 1, 4, &size, &roflags));
  IS(inval, calls->recv(client, many, 1025, 0, &size, &roflags));
  IS(inval, calls->send(client, &text, 1, 1, &size));
  IS(inval, sock_shutdown(client, 4));
  IS(inval, sock_shutdown(client, 0));
  IS(notcapable, fd_set_flags(client, dsync));
  IS(inval, fd_set_flags(client, 0x20));
  reset(server);
  size = 0;
  const struct subscription both[] = {{.userdata = 1, .tag = fd_read, .fd = client},
                                      {.userdata = 2, .tag = fd_write, .fd = client}};
  struct event events[2];
  uint32_t count = 0;
  IS(success, poll_oneoff(both, events, 2, &count));
  CHECK(count == 2 && events[0].flags == 1 && events[1].flags == 1 && events[0].error == 0 && events[1].error == 0);
  CHECK(calls->recv(client, &into, 1, 0, &size, &roflags) != success);
  IS(pipe_, calls->send(client, &text, 1, 0, &size));
  IS(success, fd_close(client));
  IS(badf, fd_close(client));
  IS(badf, calls->recv(client, &into, 1, 0, &size, &roflags));

  const uint32_t alone = opened(calls, stream);
  IS(pipe_, calls->send(alone, &text, 1, 0, &size));
  IS(notconn, calls->recv(alone, &into, 1, 0, &size, &roflags));
  IS(notconn, sock_shutdown(alone, 3));
  IS(badf, fd_renumber(alone, nowhere));
  IS(success, fd_close(alone));
}

static void options(const struct generation* calls) {
  const uint32_t fd = listening(calls);
  uint32_t value = 0, capacity = 4;
  IS(success, sock_getsockopt(fd, 0, option_type, &value, &capacity));
  CHECK(value == stream && capacity == 4);
  capacity = 16;
  IS(success, sock_getsockopt(fd, 0, option_acceptconn, bytes, &capacity));
  CHECK(bytes[0] == 1 && capacity == 4);
  capacity = 16;
  IS(success, sock_getsockopt(fd, 0, option_bindtodevice, bytes, &capacity));
  CHECK(capacity == 0);
  capacity = 1;
  IS(success, sock_getsockopt(fd, 0, option_sndbuf, bytes, &capacity));
  CHECK(capacity == 1);
  capacity = 4;
  IS(inval, sock_getsockopt(fd, 0, 15, &value, &capacity));
  IS(inval, sock_getsockopt(fd, 6, 2, &value, &capacity));
  IS(notsock, sock_getsockopt(standard_output, 0, option_type, &value, &capacity));
  IS(noprotoopt, sock_setsockopt(fd, 0, option_type, &value, 4));
  IS(inval, sock_setsockopt(fd, 0, option_rcvtimeo, bytes, 8));
  IS(inval, sock_setsockopt(fd, 0, option_sndbuf, bytes, 1));
  IS(success, fd_close(fd));
}

static void addresses(const struct generation* calls) {
  static uint8_t buffer[128];
  const struct address four = {buffer, 4}, eight = {buffer, 8}, sixteen = {buffer, 16}, all = {buffer, 128};
  uint32_t type = 0, port = 0, six = nowhere;
  const uint32_t fd = listening(calls);
  IS(success, sock_getlocaladdr_v1(fd, &sixteen, &type, &port));
  CHECK(type == 4 && port != 0 && memcmp(buffer, loopback_bytes, 4) == 0);
  IS(success, sock_getlocaladdr_v1(fd, &four, &type, &port));
  IS(inval, sock_getlocaladdr_v1(fd, &eight, &type, &port));
  IS(inval, sock_getlocaladdr_v1(fd, &all, &type, &port));
  IS(inval, sock_getlocaladdr_plain_v2(fd, &sixteen, &port));
  IS(success, sock_getlocaladdr_v2(fd, &all, &port));
  CHECK(buffer[0] == inet4 && buffer[1] == 0 && memcmp(buffer + 2, loopback_bytes, 4) == 0);
  IS(notconn, sock_getpeeraddr_v1(fd, &sixteen, &type, &port));
  IS(notconn, sock_getpeeraddr_v2(fd, &all, &port));
  IS(success, fd_close(fd));
  IS(success, calls->open(inet6, stream, &six));
  IS(nomem, sock_getlocaladdr_v1(six, &four, &type, &port));
  IS(success, sock_getlocaladdr_v1(six, &sixteen, &type, &port));
  CHECK(type == 6);
  IS(success, fd_close(six));
}

static void truncation(const struct generation* calls) {
  const uint32_t one = opened(calls, dgram), two = opened(calls, dgram);
  IS(success, calls->bind(one, &loopback, 0));
  IS(success, calls->bind(two, &storage, 0));
  const struct iovec_ five = {"12345", 5}, three = {bytes, 3};
  static uint8_t sender_bytes[16];
  const struct address sender = {sender_bytes, sizeof sender_bytes};
  uint32_t port = 0;
  IS(success, sock_send_to(one, &five, 1, &loopback, port_of(two), 0, &size));
  IS(success, sock_recv_from_v2(two, &three, 1, &storage, 0, &port, &size, &roflags));
  CHECK(size == 3 && roflags == 1 && port == port_of(one));
  IS(success, sock_send_to_v2(one, &five, 1, &storage, port_of(two), 0, &size));
  IS(success, sock_recv_from_v1(two, &three, 1, &sender, 0, &size, &roflags));
  CHECK(size == 3 && roflags == 1);
  IS(success, fd_close(one));
  IS(success, fd_close(two));
}

static struct subscription clock_in(uint64_t timeout, uint16_t flags) {
  return (struct subscription){
      .userdata = 9, .tag = 0, .clock = {.id = 1, .timeout = timeout, .precision = 0, .flags = flags}};
}

static void polling(const struct generation* calls) {
  struct event events[3];
  uint32_t count = 0, client = nowhere, server = nowhere;
  connection(calls, &client, &server);
  IS(success, calls->send(client, &text, 1, 0, &size));
  const struct subscription read = {.userdata = 1, .tag = fd_read, .fd = server};
  IS(success, poll_oneoff(&read, events, 1, &count));
  CHECK(count == 1 && events[0].nbytes == 1 && events[0].flags == 0);
  const struct subscription amount[] = {read, clock_in(0, 0)};  // as a libc asks how much there is
  IS(success, poll_oneoff(amount, events, 2, &count));
  CHECK(count >= 1 && events[0].nbytes == 11);
  IS(success, calls->recv(server, &into, 1, 0, &size, &roflags));

  IS(success, sock_shutdown(client, 2));
  const struct subscription both[] = {read, {.userdata = 2, .tag = fd_write, .fd = server}};
  IS(success, poll_oneoff(both, events, 2, &count));
  CHECK(count == 2 && events[0].flags == 0 && events[1].flags == 0);  // a peer that only sends no more

  const struct subscription bad = {.userdata = 3, .tag = fd_read, .fd = nowhere};
  IS(success, poll_oneoff(&bad, events, 1, &count));
  CHECK(count == 1 && events[0].error == badf);
  const struct subscription bad_and_ready[] = {bad, read};
  IS(success, poll_oneoff(bad_and_ready, events, 2, &count));
  CHECK(count == 2 && events[0].error == badf && events[1].error == 0);

  const uint32_t listener = listening(calls);
  const struct subscription idle[] = {{.userdata = 4, .tag = fd_read, .fd = listener}, clock_in(2000000, 0)};
  IS(success, poll_oneoff(idle, events, 2, &count));
  CHECK(count == 1 && events[0].type == 0 && events[0].userdata == 9);
  const struct subscription past[] = {idle[0], clock_in(1, 1)}, at_once[] = {idle[0], clock_in(0, 0)};
  IS(success, poll_oneoff(past, events, 2, &count));
  CHECK(count == 1 && events[0].userdata == 9);
  IS(success, poll_oneoff(at_once, events, 2, &count));
  CHECK(count == 1 && events[0].userdata == 9);
  const struct subscription never[] = {clock_in(UINT64_MAX, 0), clock_in(3000000, 0)};
  IS(success, poll_oneoff(never, events, 2, &count));
  CHECK(count == 1);
  IS(inval, poll_oneoff(never, events, 0, &count));
  const struct subscription input[] = {{.userdata = 5, .tag = fd_read, .fd = 0}, clock_in(60000000000, 0)};
  IS(success, poll_oneoff(input, events, 2, &count));  // /dev/null
  CHECK(count == 1 && events[0].error == 0 && events[0].userdata == 5);
  IS(success, fd_close(listener));
  IS(success, fd_close(client));
  IS(success, fd_close(server));
}

int main(void) {
  for (unsigned i = 0; i < sizeof generations / sizeof generations[0]; ++i) {
    const int before = failed_checks;
    opening(&generations[i]);
    binding(&generations[i]);
    accepting(&generations[i]);
    connecting(&generations[i]);
    transferring(&generations[i]);
    options(&generations[i]);
    addresses(&generations[i]);
    truncation(&generations[i]);
    polling(&generations[i]);
    if (failed_checks != before) fprintf(stderr, "in generation %u\n", i + 1);
  }
  if (failed_checks == 0) puts("all checks passed");
  return failed_checks != 0;
}
