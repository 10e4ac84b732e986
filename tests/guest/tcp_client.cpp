// SPDX-License-Identifier: Apache-2.0
#include "guest/tcp_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <charconv>

namespace shallop {
namespace {

constexpr timeval patience{.tv_sec = 10, .tv_usec = 0};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::size_t content_length(std::string_view head) {
  constexpr std::string_view name = "content-length: ";
  const std::size_t position = head.find(name);
  if (position == std::string_view::npos) return 0;
  std::size_t length = 0;
  std::from_chars(head.data() + position + name.size(), head.data() + head.size(), length);
  return length;
}

}  // namespace

TcpClient::TcpClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const sockaddr_in address = loopback(port);
  EXPECT_EQ(connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << port;
}

bool TcpClient::send(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void TcpClient::finish_sending() const { shutdown(socket_.get(), SHUT_WR); }

std::string TcpClient::receive(std::size_t most) const {
  std::string text(most, '\0');
  const ssize_t size = recv(socket_.get(), text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

std::string TcpClient::receive_exactly(std::size_t size) const {
  std::string text;
  while (text.size() < size) {
    const std::string more = receive(size - text.size());
    if (more.empty()) break;
    text += more;
  }
  return text;
}

std::string TcpClient::receive_all() const {
  std::string text;
  for (std::string more = receive(); !more.empty(); more = receive()) text += more;
  return text;
}

std::string TcpClient::receive_response() const {
  std::string text;
  while (!text.ends_with("\r\n\r\n")) {
    const std::string octet = receive(1);
    if (octet.empty()) return text;
    text += octet;
  }
  return text + receive_exactly(content_length(text));
}

std::string TcpClient::ask(std::string_view request) const {
  return send(request) ? receive_response() : std::string();
}

std::uint16_t free_port() { return OccupiedPort().number(); }

OccupiedPort::OccupiedPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  EXPECT_EQ(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
  EXPECT_EQ(listen(socket_.get(), 16), 0);
  EXPECT_EQ(getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  number_ = ntohs(address.sin_port);
}

}  // namespace shallop
