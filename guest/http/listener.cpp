// SPDX-License-Identifier: Apache-2.0
#include "listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace shallop::http {
namespace {

constexpr int backlog = 1024;
constexpr int first_inherited = 3;

bool is_socket(int fd) noexcept {
  int type = 0;
  socklen_t length = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0;
}

/// LISTEN_PID guards against a variable that was meant for an ancestor. A guest has no process id to compare, and gets
/// no variable but its own.
bool meant_for_us() noexcept {
#if defined(__wasi__)
  return true;
#else
  const char* const process = std::getenv("LISTEN_PID");
  return process == nullptr || std::strtol(process, nullptr, 10) == getpid();
#endif
}

bool is_open(int fd) noexcept { return fcntl(fd, F_GETFD) >= 0; }

}  // namespace

std::expected<int, int> open_listener(std::uint16_t port) noexcept {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::unexpected(errno);
  const int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(fd, backlog) != 0) {
    const int error = errno;
    close(fd);
    return std::unexpected(error);
  }
  if (const int error = prepare_listener(fd); error != 0) {
    close(fd);
    return std::unexpected(error);
  }
  return fd;
}

int prepare_listener(int fd) noexcept {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return errno;
  // Accepted sockets inherit it (tcp(7) options are copied from the listener), which saves a call for each. A response
  // is one send, so there is nothing that Nagle's algorithm could gather. A listener of another kind does without.
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return 0;
}

std::uint16_t local_port(int fd) noexcept {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  return ntohs(address.sin_port);  // at the same place in a sockaddr_in6
}

std::expected<int, int> accept_connection(int fd) noexcept {
  const int connection = accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (connection < 0) return std::unexpected(errno);
  return connection;
}

int inherited_listener() noexcept {
  const char* const count = std::getenv("LISTEN_FDS");
  if (count == nullptr || std::strtol(count, nullptr, 10) < 1 || !meant_for_us()) return -1;
  for (int fd = first_inherited; is_open(fd); ++fd) {
    if (is_socket(fd)) return fd;
  }
  return -1;
}

}  // namespace shallop::http
