// SPDX-License-Identifier: Apache-2.0
#include "embedder/stats_server.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "wasm/error.hpp"

namespace shallop {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t most_connections = 64;
constexpr size_t most_request_bytes = 8 << 10;
constexpr std::chrono::seconds patience{5};

std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    default: return "Service Unavailable";
  }
}

std::string text_of(const StatsResponse& response, bool head_only) {
  // The version is that of the metrics' text format.
  return fmt::format(
      "HTTP/1.1 {} {}\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\ncontent-length: {}\r\nconnection: "
      "close\r\n\r\n{}",
      response.status, reason(response.status), response.body.size(), head_only ? "" : response.body);
}

UniqueFd listening_socket(const wasi::SocketAddress& address) {
  UniqueFd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  const bool ok = socket && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                  ::bind(socket.get(), address.data(), address.size()) == 0 && ::listen(socket.get(), SOMAXCONN) == 0;
  if (!ok) throw ResourceError(fmt::format("--stats: cannot listen on {}: {}", address.text(), std::strerror(errno)));
  return socket;
}

}  // namespace

struct StatsServer::Connection {
  UniqueFd socket;
  Clock::time_point deadline = Clock::now() + patience;
  std::string request;
  std::string unsent;
};

StatsServer::StatsServer(const wasi::SocketAddress& address, std::function<StatsResponse(std::string_view)> answer)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), listener_(listening_socket(address)), answer_(std::move(answer)) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (!epoll_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event) != 0) {
    throw ResourceError(fmt::format("--stats: cannot wait for requests: {}", std::strerror(errno)));
  }
}

StatsServer::~StatsServer() = default;

void StatsServer::serve() {
  accept();
  progress_all();
}

void StatsServer::progress_all() {
  const Clock::time_point now = Clock::now();
  for (auto each = connections_.begin(); each != connections_.end();) {
    each = progress(*each) && now < each->deadline ? std::next(each) : connections_.erase(each);
  }
}

// Who comes when there is no room is turned away, so that the listening socket does not stay readable.
void StatsServer::accept() {
  while (true) {
    Connection connection;
    connection.socket = UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!connection.socket) return;
    if (connections_.size() >= most_connections) progress_all();  // some may have gone meanwhile
    if (connections_.size() >= most_connections) continue;
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = nullptr}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.socket.get(), &event) != 0) continue;
    connections_.push_back(std::move(connection));
  }
}

bool StatsServer::progress(Connection& connection) {
  const int socket = connection.socket.get();
  std::array<char, 4096> buffer;
  while (connection.unsent.empty()) {
    const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    connection.request.append(buffer.data(), static_cast<size_t>(count));
    if (connection.request.find("\r\n\r\n") != std::string::npos) {
      connection.unsent = respond(connection.request);
    } else if (count == 0 || connection.request.size() > most_request_bytes) {
      return false;
    }
  }
  while (!connection.unsent.empty()) {
    const ssize_t count = ::send(socket, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    connection.unsent.erase(0, static_cast<size_t>(count));
  }
  return false;
}

std::string StatsServer::respond(std::string_view request) const {
  const std::string_view line = request.substr(0, request.find("\r\n"));
  const size_t first = line.find(' ');
  const size_t second = line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos ||
      !line.substr(second + 1).starts_with("HTTP/1.")) {
    return text_of({.status = 400, .body = "This is no request of HTTP/1.\n"}, false);
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  if (method != "GET" && method != "HEAD") {
    return text_of({.status = 405, .body = "Only GET and HEAD are answered here.\n"}, false);
  }
  return text_of(answer_(target.substr(0, target.find('?'))), method == "HEAD");
}

}  // namespace shallop
