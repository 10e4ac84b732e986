// SPDX-License-Identifier: Apache-2.0
// A TCP echo server as one writes it for POSIX: one thread, poll(), no word about WebAssembly.
//   tcp_echo [PORT]      default 7007
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { max_clients = 1000, buffer_bytes = 4096 };

// What a client sent and has not been given back yet lies in buffer[begin, end).
struct client {
  size_t begin, end;
  int at_end;  // it sends no more: close once everything is returned
  char buffer[buffer_bytes];
};

static struct pollfd entries[1 + max_clients];  // the listener, then the clients
static struct client* clients[1 + max_clients];
static nfds_t count = 1;

static int open_listener(unsigned short port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return -1;
  int on = 1;
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
      bind(fd, (struct sockaddr*)&address, sizeof address) < 0 || listen(fd, SOMAXCONN) < 0 ||
      fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
    int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

static void accept_client(void) {
  struct sockaddr_in peer;
  socklen_t length = sizeof peer;
  int fd = accept(entries[0].fd, (struct sockaddr*)&peer, &length);
  if (fd < 0) return;
  struct client* client = calloc(1, sizeof *client);
  if (client == NULL || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
    free(client);
    close(fd);
    return;
  }
  char host[INET_ADDRSTRLEN];
  if (inet_ntop(AF_INET, &peer.sin_addr, host, sizeof host) != NULL) {
    printf("client %s:%u\n", host, (unsigned)ntohs(peer.sin_port));
  }
  entries[count] = (struct pollfd){.fd = fd, .events = POLLIN, .revents = 0};
  clients[count] = client;
  count++;
}

static void drop(nfds_t index) {
  close(entries[index].fd);
  free(clients[index]);
  count--;
  entries[index] = entries[count];
  clients[index] = clients[count];
}

// Reads what there is if the buffer is empty, and writes back what the peer takes. Returns 0 when the client is done.
static int echo(nfds_t index) {
  struct client* client = clients[index];
  int fd = entries[index].fd;
  if (client->begin == client->end && !client->at_end) {
    ssize_t received = recv(fd, client->buffer, sizeof client->buffer, 0);
    if (received < 0) return errno == EAGAIN || errno == EINTR;
    client->begin = 0;
    client->end = (size_t)received;
    client->at_end = received == 0;
  }
  while (client->begin < client->end) {
    ssize_t sent = send(fd, client->buffer + client->begin, client->end - client->begin, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return 0;
    if (sent < 0) break;
    client->begin += (size_t)sent;
  }
  entries[index].events = client->begin < client->end ? POLLOUT : POLLIN;
  return client->begin < client->end || !client->at_end;
}

static int port_from(const char* text) {
  char* end;
  errno = 0;
  unsigned long port = strtoul(text, &end, 10);
  return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && port >= 1 && port <= 65535 ? (int)port : -1;
}

int main(int argc, char** argv) {
  int port = argc > 1 ? port_from(argv[1]) : 7007;
  if (port < 0 || argc > 2) {
    fprintf(stderr, "tcp_echo: usage: tcp_echo [PORT], with a port from 1 to 65535\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
  int listener = open_listener((unsigned short)port);
  if (listener < 0) {
    fprintf(stderr, "tcp_echo: cannot listen on port %d: %s\n", port, strerror(errno));
    return 1;
  }
  printf("listening on port %d\n", port);
  entries[0].fd = listener;
  for (;;) {
    entries[0].events = count <= max_clients ? POLLIN : 0;
    if (poll(entries, count, -1) < 0 && errno != EINTR) {
      perror("tcp_echo: poll");
      return 1;
    }
    for (nfds_t i = count; i-- > 1;) {  // downwards: drop() moves the last entry into the place of a dropped one
      if (entries[i].revents != 0 && !echo(i)) drop(i);
    }
    if (entries[0].revents & POLLIN) accept_client();
  }
}
