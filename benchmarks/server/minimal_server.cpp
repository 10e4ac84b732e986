// SPDX-License-Identifier: Apache-2.0
// The least that a single-threaded HTTP server on epoll can do: it answers whatever ends in an empty line with the same
// 22 bytes. What the example service's native twin is measured against, so that the comparison with Wasm is an honest
// one. It is no server for anything else.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

constexpr std::string_view response =
    "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 22\r\n\r\nHello from GET request";

int listen_on(uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (listener < 0 || bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 1024) != 0) {
    std::perror("minimal_server");
    std::exit(1);
  }
  return listener;
}

void accept_all(int epoll, int listener) {
  while (true) {
    const int connection = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (connection < 0) return;
    epoll_event event{.events = EPOLLIN, .data = {.fd = connection}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, connection, &event);
  }
}

void serve(int connection) {
  std::array<char, 16384> request;
  const ssize_t size = recv(connection, request.data(), request.size(), 0);
  if (size <= 0) {
    close(connection);
  } else if (std::string_view(request.data(), static_cast<size_t>(size)).ends_with("\r\n\r\n")) {
    send(connection, response.data(), response.size(), MSG_NOSIGNAL);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int listener = listen_on(static_cast<uint16_t>(argc > 1 ? std::atoi(argv[1]) : 8080));
  const int epoll = epoll_create1(0);
  epoll_event event{.events = EPOLLIN, .data = {.fd = listener}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::array<epoll_event, 256> events;
  while (true) {
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int ready = events[static_cast<size_t>(i)].data.fd;
      if (ready == listener)
        accept_all(epoll, listener);
      else
        serve(ready);
    }
  }
}
