// SPDX-License-Identifier: Apache-2.0
// A guest that attacks its host through the socket and poll functions: pointers that lead out of its memory in every
// place where there is one, counts that overflow, a hundred thousand subscriptions, descriptors that are closed and
// reused between polls. Each is an errno, and afterwards all works as before.
#include <stdlib.h>

#include "check.h"
#include "wasmedge_sockets.h"

enum { badf = 8, fault = 21, many = 100000 };

static const uint8_t loopback_bytes[16] = {127, 0, 0, 1};
static const struct address loopback = {loopback_bytes, 4};
static uint8_t storage_bytes[128] = {inet4, 0, 127, 0, 0, 1};
static const struct address storage = {storage_bytes, 128};
static char bytes[64];
static const struct iovec_ into = {bytes, sizeof bytes};
static const struct iovec_ text = {"x", 1};
static uint32_t size, number, port;
static uint16_t roflags;

static uint32_t listener, client, server, datagrams;

// The last bytes of the memory and what lies beyond: too few for whatever is there to be read or written.
static void* outside(int which) {
  const uint32_t end = (uint32_t)(__builtin_wasm_memory_size(0) * 65536);
  const uint32_t places[] = {end - 1, end, end + 65535, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF8, 0xFFFFFFFF};
  return (void*)places[which];
}
enum { outside_places = 7 };

// Nothing may succeed; what is refused first is told by other tests.
#define REFUSED(call) CHECK((call) != 0)

static void pointers(void* bad) {
  const struct address bad_address = {bad, 16}, long_address = {loopback_bytes, 0xFFFFFFFF};
  const struct iovec_ bad_vector = {bad, 64}, long_vector = {bytes, 0xFFFFFFFF}, both[] = {text, bad_vector};
  REFUSED(sock_open(inet4, stream, bad));
  REFUSED(sock_open_v2(inet4, stream, bad));
  const struct address* const addresses[] = {bad, &bad_address, &long_address};
  for (int i = 0; i < 3; ++i) {
    REFUSED(sock_bind(datagrams, addresses[i], 0));
    REFUSED(sock_bind_v2(datagrams, addresses[i], 0));
    REFUSED(sock_connect(datagrams, addresses[i], 1));
    REFUSED(sock_connect_v2(datagrams, addresses[i], 1));
    REFUSED(sock_send_to(datagrams, &text, 1, addresses[i], 9, 0, &size));
    REFUSED(sock_send_to_v2(datagrams, &text, 1, addresses[i], 9, 0, &size));
    REFUSED(sock_recv_from_v1(datagrams, &into, 1, addresses[i], 0, &size, &roflags));
    REFUSED(sock_recv_from_plain_v2(datagrams, &into, 1, addresses[i], 0, &port, &size, &roflags));
    REFUSED(sock_recv_from_v2(datagrams, &into, 1, addresses[i], 0, &port, &size, &roflags));
    REFUSED(sock_getlocaladdr_v1(client, addresses[i], &number, &port));
    REFUSED(sock_getlocaladdr_v2(client, addresses[i], &port));
    REFUSED(sock_getpeeraddr_v1(client, addresses[i], &number, &port));
    REFUSED(sock_getpeeraddr_v2(client, addresses[i], &port));
  }
  const struct iovec_* const vectors[] = {bad, &bad_vector, &long_vector};
  for (int i = 0; i < 3; ++i) {
    REFUSED(sock_send(client, vectors[i], 1, 0, &size));
    REFUSED(sock_send_v2(client, vectors[i], 1, 0, &size));
    REFUSED(sock_send_to(datagrams, vectors[i], 1, &loopback, 9, 0, &size));
    REFUSED(sock_recv(server, vectors[i], 1, 0, &size, &roflags));
    REFUSED(sock_recv_v2(server, vectors[i], 1, 0, &size, &roflags));
    REFUSED(sock_recv_from_v2(datagrams, vectors[i], 1, &storage, 0, &port, &size, &roflags));
    REFUSED(fd_read_vectors(server, vectors[i], 1, &size));
    REFUSED(fd_write_vectors(client, vectors[i], 1, &size));
  }
  REFUSED(sock_send(client, both, 2, 0, &size));
  REFUSED(sock_send(client, &text, 0xFFFFFFFF, 0, &size));
  REFUSED(sock_send(client, &text, 1, 0, bad));
  REFUSED(sock_send_to(datagrams, &text, 1, &loopback, 9, 0, bad));
  REFUSED(sock_recv(server, &into, 0x80000001, 0, &size, &roflags));
  REFUSED(sock_recv(server, &into, 1, 0, bad, &roflags));
  REFUSED(sock_recv(server, &into, 1, 0, &size, bad));
  REFUSED(sock_recv_from_v2(datagrams, &into, 1, &storage, 0, bad, &size, &roflags));
  REFUSED(sock_recv_from_v2(datagrams, &into, 1, &storage, 0, &port, bad, &roflags));
  REFUSED(sock_recv_from_v2(datagrams, &into, 1, &storage, 0, &port, &size, bad));
  REFUSED(sock_accept_v1(listener, bad));
  REFUSED(sock_accept_standard(listener, nonblock, bad));
  REFUSED(sock_accept_v2(listener, nonblock, bad));
  REFUSED(sock_getlocaladdr_v1(client, &loopback, bad, &port));
  REFUSED(sock_getlocaladdr_v1(client, &loopback, &number, bad));
  REFUSED(sock_getpeeraddr_v2(client, &storage, bad));
  REFUSED(sock_setsockopt(client, 0, 5, bad, 4));
  REFUSED(sock_setsockopt(client, 0, 5, &number, 0xFFFFFFFF));
  size = 4;
  REFUSED(sock_getsockopt(client, 0, 5, bad, &size));
  REFUSED(sock_getsockopt(client, 0, 5, &number, bad));
  size = 0xFFFFFFFF;
  REFUSED(sock_getsockopt(client, 0, 5, &number, &size));
  const struct subscription good = {.tag = fd_write, .fd = client};
  struct event event;
  REFUSED(poll_oneoff(bad, &event, 1, &number));
  REFUSED(poll_oneoff(&good, bad, 1, &number));
  REFUSED(poll_oneoff(&good, &event, 1, bad));
  REFUSED(poll_oneoff(&good, &event, 0xFFFFFFFF, &number));
  REFUSED(epoll_oneoff(bad, &event, 1, &number));
  REFUSED(epoll_oneoff(&good, bad, 1, &number));
}

static struct subscription* subscriptions;
static struct event* events;

static void fill(struct subscription one) {
  for (int i = 0; i < many; ++i) {
    subscriptions[i] = one;
    subscriptions[i].userdata = (uint64_t)i;
  }
}

static uint32_t happened(void) {
  number = 0;
  CHECK(poll_oneoff(subscriptions, events, many, &number) == 0);
  for (uint32_t i = 1; i < number; ++i) CHECK(events[i - 1].userdata < events[i].userdata);
  return number;
}

static void hundred_thousand(void) {
  subscriptions = calloc(many, sizeof *subscriptions);
  events = calloc(many, sizeof *events);
  CHECK(subscriptions != NULL && events != NULL);
  fill((struct subscription){.tag = fd_write, .fd = client});
  CHECK(happened() == many);
  fill((struct subscription){.tag = fd_read, .fd = 12345678});
  CHECK(happened() == many && events[many - 1].error == badf);
  fill((struct subscription){.tag = 0, .clock = {.id = 1, .timeout = 1000}});
  CHECK(happened() >= 1);
  // None is ready but the last, which is the clock.
  fill((struct subscription){.tag = fd_read, .fd = server});
  subscriptions[many - 1] = (struct subscription){.userdata = many, .tag = 0, .clock = {.id = 1, .timeout = 1000000}};
  CHECK(happened() == 1 && events[0].userdata == many);
  subscriptions[many - 1].tag = 3;
  CHECK(poll_oneoff(subscriptions, events, many, &number) != 0);
}

// A connection of the guest with itself.
static void connect_pair(uint32_t* one, uint32_t* other) {
  CHECK(sock_open(inet4, stream, one) == 0);
  CHECK(sock_connect(*one, &loopback, port) == 0);
  CHECK(sock_accept_standard(listener, 0, other) == 0);
}

static uint32_t poll_both(uint32_t one, uint32_t other, struct event result[3]) {
  const struct subscription wanted[] = {{.userdata = 1, .tag = fd_read, .fd = one},
                                        {.userdata = 2, .tag = fd_read, .fd = other},
                                        {.userdata = 3, .tag = 0, .clock = {.id = 1, .timeout = 1000000}}};
  CHECK(poll_oneoff(wanted, result, 3, &number) == 0);
  return number;
}

static void closed_while_polled(void) {
  struct event result[3];
  for (int round = 0; round < 100; ++round) {
    uint32_t one, other, next, peer;
    connect_pair(&one, &other);
    CHECK(poll_both(one, other, result) == 1 && result[0].userdata == 3);
    CHECK(fd_close(other) == 0);  // which `one` sees, and its number is unknown
    CHECK(poll_both(one, other, result) >= 1);
    CHECK(result[number - 1].error == badf || result[0].userdata == 1);
    // The number goes to another connection, which has nothing to say yet.
    connect_pair(&next, &peer);
    CHECK(next == other || peer == other);
    CHECK(sock_send(next, &text, 1, 0, &size) == 0);
    CHECK(poll_both(one, peer, result) >= 2 && result[0].userdata == 1 && result[1].userdata == 2);
    CHECK(result[1].error == 0);
    CHECK(fd_renumber(peer, one) == 0);
    CHECK(poll_both(one, next, result) >= 1 && result[0].userdata == 1);
    CHECK(fd_close(one) == 0 && fd_close(next) == 0);
  }
}

int main(void) {
  CHECK(sock_open(inet4, stream, &listener) == 0 && sock_bind(listener, &loopback, 0) == 0);
  CHECK(sock_listen(listener, 16) == 0);
  static uint8_t place[16];
  const struct address local = {place, sizeof place};
  CHECK(sock_getlocaladdr_v1(listener, &local, &number, &port) == 0);
  const uint32_t listening_port = port;
  connect_pair(&client, &server);
  CHECK(sock_open(inet4, dgram, &datagrams) == 0);
  CHECK(fd_set_flags(listener, nonblock) == 0 && fd_set_flags(server, nonblock) == 0);
  CHECK(fd_set_flags(datagrams, nonblock) == 0);
  for (int i = 0; i < outside_places; ++i) pointers(outside(i));
  port = listening_port;
  hundred_thousand();
  CHECK(fd_set_flags(listener, 0) == 0);
  closed_while_polled();
  // Nothing of all that was sent.
  CHECK(sock_recv(server, &into, 1, 0, &size, &roflags) == again);
  CHECK(sock_send(client, &text, 1, 0, &size) == 0 && sock_recv(server, &into, 1, 0, &size, &roflags) == 0 &&
        size == 1);
  if (failed_checks == 0) puts("all checks passed");
  return failed_checks != 0;
}
