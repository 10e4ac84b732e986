// SPDX-License-Identifier: Apache-2.0
// UDP, readiness and name resolution through the POSIX calls.
#include <netdb.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <time.h>

#include "sockets.h"

static void test_datagrams(void) {
  int receiver = bound_socket(SOCK_DGRAM);
  int sender = bound_socket(SOCK_DGRAM);
  struct sockaddr_in to = loopback(port_of(receiver));
  CHECK(sendto(sender, "datagram", 8, 0, (struct sockaddr*)&to, sizeof to) == 8);
  char buffer[16];
  struct sockaddr_in from;
  socklen_t length = sizeof from;
  memset(&from, 0, sizeof from);
  CHECK(recvfrom(receiver, buffer, sizeof buffer, 0, (struct sockaddr*)&from, &length) == 8);
  CHECK(memcmp(buffer, "datagram", 8) == 0);
  CHECK(length == sizeof from && from.sin_family == AF_INET);
  CHECK(from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
  CHECK(ntohs(from.sin_port) == port_of(sender));

  CHECK(sendto(receiver, "reply", 5, 0, (struct sockaddr*)&from, length) == 5);
  struct iovec iov = {.iov_base = buffer, .iov_len = 3};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = &iov;
  message.msg_iovlen = 1;
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  CHECK(recvmsg(sender, &message, 0) == 3 && memcmp(buffer, "rep", 3) == 0);
  CHECK((message.msg_flags & MSG_TRUNC) != 0);
  CHECK(ntohs(from.sin_port) == port_of(receiver));

  CHECK(connect(sender, (struct sockaddr*)&to, sizeof to) == 0);
  CHECK(send(sender, "connected", 9, 0) == 9);
  CHECK(recv(receiver, buffer, sizeof buffer, 0) == 9);
  int type = 0;
  length = sizeof type;
  CHECK(getsockopt(sender, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_DGRAM);
  CHECK_ERRNO(recv(receiver, buffer, sizeof buffer, MSG_DONTWAIT), EAGAIN);
  CHECK(close(sender) == 0 && close(receiver) == 0);
}

static long elapsed_ms(struct timespec start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long)((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000);
}

static void test_poll(void) {
  struct timespec start;
  clock_gettime(CLOCK_MONOTONIC, &start);
  CHECK(poll(NULL, 0, 30) == 0);
  CHECK(elapsed_ms(start) >= 29);

  int ready = bound_socket(SOCK_DGRAM);
  int idle = bound_socket(SOCK_DGRAM);
  struct sockaddr_in to = loopback(port_of(ready));
  CHECK(sendto(idle, "x", 1, 0, (struct sockaddr*)&to, sizeof to) == 1);
  CHECK(readable_within(ready, 5000));
  struct pollfd entries[4] = {
      {.fd = idle, .events = POLLIN, .revents = -1},
      {.fd = -1, .events = POLLIN, .revents = -1},
      {.fd = ready, .events = POLLIN | POLLOUT | POLLPRI, .revents = -1},
      {.fd = 1000000, .events = POLLIN, .revents = -1},
  };
  CHECK(poll(entries, 4, 5000) == 2);
  CHECK(entries[0].revents == 0);
  CHECK(entries[1].revents == 0);
  CHECK(entries[2].revents == (POLLIN | POLLOUT));
  CHECK(entries[3].revents == POLLNVAL);
  CHECK(poll(entries, 1, 0) == 0);

  // More entries than a call keeps on the stack.
  enum { many = 200 };
  struct pollfd* list = calloc(many, sizeof *list);
  for (int i = 0; i < many; ++i) list[i] = (struct pollfd){.fd = i == many - 1 ? ready : -1, .events = POLLIN};
  CHECK(poll(list, many, 5000) == 1);
  CHECK(list[many - 1].revents == POLLIN);
  free(list);

  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(ready, &readable);
  FD_SET(idle, &readable);
  struct timeval patience = {.tv_sec = 5, .tv_usec = 0};
  CHECK(select((ready > idle ? ready : idle) + 1, &readable, NULL, NULL, &patience) == 1);
  CHECK(FD_ISSET(ready, &readable) && !FD_ISSET(idle, &readable));
  CHECK(close(ready) == 0 && close(idle) == 0);
}

static int resolve(const char* node, const char* service, int flags, int family, int type, struct addrinfo** list) {
  struct addrinfo hints;
  memset(&hints, 0, sizeof hints);
  hints.ai_flags = flags;
  hints.ai_family = family;
  hints.ai_socktype = type;
  return getaddrinfo(node, service, &hints, list);
}

static void test_numeric_names(void) {
  struct addrinfo* list = NULL;
  CHECK(resolve("127.0.0.1", "8080", 0, AF_UNSPEC, SOCK_STREAM, &list) == 0);
  struct sockaddr_in* address = (struct sockaddr_in*)list->ai_addr;
  CHECK(list->ai_family == AF_INET && list->ai_socktype == SOCK_STREAM && list->ai_protocol == IPPROTO_TCP);
  CHECK(list->ai_addrlen == sizeof *address && address->sin_port == htons(8080));
  CHECK(address->sin_addr.s_addr == htonl(INADDR_LOOPBACK) && list->ai_next == NULL);
  freeaddrinfo(list);

  CHECK(resolve(NULL, "80", AI_PASSIVE, AF_INET, SOCK_DGRAM, &list) == 0);
  CHECK(((struct sockaddr_in*)list->ai_addr)->sin_addr.s_addr == htonl(INADDR_ANY));
  CHECK(list->ai_protocol == IPPROTO_UDP);
  freeaddrinfo(list);

  CHECK(resolve("::1", NULL, AI_CANONNAME, AF_INET6, SOCK_STREAM, &list) == 0);
  CHECK(memcmp(&((struct sockaddr_in6*)list->ai_addr)->sin6_addr, &in6addr_loopback, 16) == 0);
  CHECK(strcmp(list->ai_canonname, "::1") == 0);
  freeaddrinfo(list);

  CHECK(resolve("no number", "80", AI_NUMERICHOST, AF_INET, SOCK_STREAM, &list) == EAI_NONAME);
  CHECK(resolve(NULL, NULL, 0, AF_INET, SOCK_STREAM, &list) == EAI_NONAME);
  CHECK(resolve("127.0.0.1", "x", AI_NUMERICSERV, AF_INET, SOCK_STREAM, &list) == EAI_NONAME);
  CHECK(resolve("127.0.0.1", "80", 0x10000000, AF_INET, SOCK_STREAM, &list) == EAI_BADFLAGS);
  CHECK(resolve("127.0.0.1", "80", 0, 9999, SOCK_STREAM, &list) == EAI_FAMILY);
  CHECK(strlen(gai_strerror(EAI_NONAME)) > 0);
}

static void test_host_names(void) {
  struct addrinfo* list = NULL;
  // A machine without /etc/hosts, such as a bare root, has no localhost.
  const int found = resolve("localhost", "80", 0, AF_INET, SOCK_STREAM, &list);
  CHECK(found == 0 || found == EAI_NONAME || found == EAI_AGAIN);
  if (found != 0) {
    puts("localhost has no address on this machine: /etc/hosts is missing");
  } else {
    struct sockaddr_in* address = (struct sockaddr_in*)list->ai_addr;
    CHECK(list->ai_addrlen == sizeof *address && address->sin_family == AF_INET);
    CHECK(address->sin_port == htons(80) && ntohl(address->sin_addr.s_addr) >> 24 == 127);
    freeaddrinfo(list);
  }
  CHECK(resolve("does-not-exist.invalid", "80", 0, AF_INET, SOCK_STREAM, &list) != 0);

  struct hostent* host = gethostbyname("127.0.0.1");
  CHECK(host != NULL && host->h_addrtype == AF_INET && host->h_length == 4);
  CHECK(host != NULL && memcmp(host->h_addr_list[0], "\x7f\0\0\1", 4) == 0 && host->h_addr_list[1] == NULL);
}

static void test_addresses_as_text(void) {
  struct sockaddr_in address = loopback(8080);
  char host[NI_MAXHOST], service[NI_MAXSERV];
  CHECK(getnameinfo((struct sockaddr*)&address, sizeof address, host, sizeof host, service, sizeof service,
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0);
  CHECK(strcmp(host, "127.0.0.1") == 0 && strcmp(service, "8080") == 0);
  CHECK(getnameinfo((struct sockaddr*)&address, sizeof address, host, 4, NULL, 0, NI_NUMERICHOST) == EAI_OVERFLOW);
  CHECK(inet_addr("127.0.0.1") == htonl(INADDR_LOOPBACK));
  CHECK(inet_addr("127.0.0.256") == INADDR_NONE);
  CHECK(strcmp(inet_ntoa(address.sin_addr), "127.0.0.1") == 0);
}

int main(void) {
  test_datagrams();
  test_poll();
  test_numeric_names();
  test_host_names();
  test_addresses_as_text();
  if (failed_checks == 0) puts("datagrams and names: all checks passed");
  return failed_checks != 0;
}
