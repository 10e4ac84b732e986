// SPDX-License-Identifier: Apache-2.0
// A server in the manner of mio on WasmEdge: non-blocking, first-generation calls, at every poll the complete list of
// subscriptions (listener for both directions, each connection for reading, for writing after it has sent) and a clock.
// Any event error ends it, as it ends tokio. Answers each line with a head and a body in two sends; on "trap" it traps,
// on "loop" it computes for ever, what begins with "part" is awaited the rest of, and to "who" it answers with a number
// of its own.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "wasmedge_sockets.h"

enum { max_connections = 600 };

static struct {
  uint32_t fd;
  int is_open, wants_write;
} connections[max_connections];

static uint32_t identity;

static void fail(const char* what, int error) {
  fprintf(stderr, "%s: %d\n", what, error);
  exit(1);
}

static void must(const char* what, int error) {
  if (error != 0) fail(what, error);
}

static uint32_t listen_on(uint32_t port) {
  static const uint8_t loopback_bytes[] = {127, 0, 0, 1};
  const struct address loopback = {loopback_bytes, 4};
  uint32_t listener;
  must("open", sock_open(inet4, stream, &listener));
  const int32_t on = 1;
  must("setsockopt", sock_setsockopt(listener, 0, 0, &on, sizeof on));
  must("bind", sock_bind(listener, &loopback, port));
  must("listen", sock_listen(listener, 1024));
  must("set flags", fd_set_flags(listener, nonblock));
  return listener;
}

// As many as there is room for; the rest waits with the host.
static void accept_all(uint32_t listener) {
  for (;;) {
    int slot = 0;
    while (slot < max_connections && connections[slot].is_open) ++slot;
    if (slot == max_connections) return;
    uint32_t fd;
    const int error = sock_accept_v1(listener, &fd);
    if (error == again) return;
    must("accept", error);
    must("set flags", fd_set_flags(fd, nonblock));
    connections[slot].fd = fd;
    connections[slot].is_open = 1;
    connections[slot].wants_write = 0;
  }
}

static void close_connection(int slot) {
  sock_shutdown(connections[slot].fd, 3);
  must("close", fd_close(connections[slot].fd));
  connections[slot].is_open = 0;
}

// False when the connection is broken; whatever the reason, the server goes on.
static int send_text(int slot, const char* text, uint32_t size) {
  const struct iovec_ vector = {text, size};
  uint32_t sent;
  return sock_send(connections[slot].fd, &vector, 1, 0, &sent) == 0 && sent == size;
}

static void serve(int slot) {
  char text[512];
  const struct iovec_ vector = {text, sizeof text};
  for (;;) {
    uint32_t size;
    uint16_t flags;
    const int error = sock_recv(connections[slot].fd, &vector, 1, 0, &size, &flags);
    if (error == again) return;
    if (error != 0 || size == 0) {
      close_connection(slot);
      return;
    }
    if (size == 4 && memcmp(text, "trap", 4) == 0) __builtin_trap();
    if (size == 4 && memcmp(text, "loop", 4) == 0)
      for (;;) __asm__ volatile("");
    if (size >= 4 && memcmp(text, "part", 4) == 0) continue;
    if (size == 3 && memcmp(text, "who", 3) == 0) size = (uint32_t)snprintf(text, sizeof text, "%08x", identity);
    if (!send_text(slot, "head:", 5) || !send_text(slot, text, size)) {
      close_connection(slot);
      return;
    }
    connections[slot].wants_write = 1;
  }
}

int main(int argc, char** argv) {
  must("identity", getentropy(&identity, sizeof identity));
  const uint32_t listener = listen_on(argc > 1 ? (uint32_t)atoi(argv[1]) : 0);
  puts("listening");
  fflush(stdout);
  static struct subscription subscriptions[2 * max_connections + 3];
  static struct event events[2 * max_connections + 3];
  for (;;) {
    uint32_t count = 0;
    subscriptions[count++] = (struct subscription){.userdata = max_connections, .tag = fd_read, .fd = listener};
    subscriptions[count++] = (struct subscription){.userdata = max_connections, .tag = fd_write, .fd = listener};
    for (uint32_t slot = 0; slot < max_connections; ++slot) {
      if (!connections[slot].is_open) continue;
      subscriptions[count++] = (struct subscription){.userdata = slot, .tag = fd_read, .fd = connections[slot].fd};
      if (connections[slot].wants_write) {
        subscriptions[count++] = (struct subscription){.userdata = slot, .tag = fd_write, .fd = connections[slot].fd};
      }
    }
    subscriptions[count++] = (struct subscription){
        .userdata = max_connections + 1, .tag = 0, .clock = {.id = 1, .timeout = 60000000000, .precision = 1000000}};
    uint32_t happened;
    must("poll", poll_oneoff(subscriptions, events, count, &happened));
    for (uint32_t i = 0; i < happened; ++i) {
      const struct event* event = &events[i];
      must("event", event->error);
      if (event->type == 0) continue;
      const int slot = (int)event->userdata;
      if (slot == max_connections)
        accept_all(listener);
      else if (!connections[slot].is_open)
        continue;  // closed by an earlier event of this poll
      else if (event->type == fd_write)
        connections[slot].wants_write = 0;
      else
        serve(slot);
    }
  }
}
