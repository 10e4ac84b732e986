// SPDX-License-Identifier: Apache-2.0
#include "sockets/client.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace shallop::sockets {
namespace {

constexpr std::chrono::seconds patience{10};

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

UniqueFd open_socket() { return UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

}  // namespace

uint16_t free_port() {
  const UniqueFd socket = open_socket();
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no port is free");
  }
  return ntohs(address.sin_port);
}

bool refuses_connections(uint16_t port) {
  const UniqueFd socket = open_socket();
  const sockaddr_in address = loopback(port);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
         errno == ECONNREFUSED;
}

Client::Client(uint16_t port) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const sockaddr_in address = loopback(port);
  do {
    socket_ = open_socket();
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
      const timeval wait{.tv_sec = patience.count(), .tv_usec = 0};
      const int on = 1;
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
      ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  } while (std::chrono::steady_clock::now() < deadline);
  throw std::runtime_error("nobody listens on port " + std::to_string(port));
}

void Client::send(std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("the connection is broken");
    text.remove_prefix(static_cast<size_t>(sent));
  }
}

std::string Client::receive(size_t size) {
  std::string text(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t count = ::recv(socket_.get(), text.data() + done, size - done, 0);
    if (count <= 0) break;
    done += static_cast<size_t>(count);
  }
  text.resize(done);
  return text;
}

std::string Client::receive_until(std::string_view end) {
  std::string text;
  while (!text.ends_with(end)) {
    char buffer[4096];
    const ssize_t count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (count <= 0) break;
    text.append(buffer, static_cast<size_t>(count));
  }
  return text;
}

bool Client::is_at_end() {
  char byte = 0;
  return ::recv(socket_.get(), &byte, 1, 0) == 0;
}

void Client::finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }

void Client::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  socket_.reset();
}

// A socket under repair is closed without a packet. https://lwn.net/Articles/495304/
bool Client::vanish() {
  const int on = 1;
  if (::setsockopt(socket_.get(), IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)) != 0) return false;
  socket_.reset();
  return true;
}

}  // namespace shallop::sockets
