// SPDX-License-Identifier: Apache-2.0
#include "embedder/stats_server.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include "wasm/error.hpp"

namespace shallop {
namespace {

constexpr size_t most_connections = 64;
constexpr size_t most_request_bytes = 8 << 10;
constexpr std::chrono::seconds patience{5};
// Without descriptors, accepting is tried again after this.
constexpr std::chrono::milliseconds accept_pause{100};

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

// Level-triggered; `operation` as epoll_ctl(2) has it.
bool watch(int epoll, int operation, int socket, uint32_t events, void* data) {
  epoll_event event{.events = events, .data = {.ptr = data}};
  return ::epoll_ctl(epoll, operation, socket, &event) == 0;
}

}  // namespace

struct StatsServer::Connection {
  UniqueFd socket;
  Clock::time_point deadline = Clock::now() + patience;
  std::string request;
  std::string unsent;
  std::list<Connection>::iterator place;
};

StatsServer::StatsServer(const wasi::SocketAddress& address, std::function<StatsResponse(std::string_view)> answer)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), listener_(listening_socket(address)), answer_(std::move(answer)) {
  if (!epoll_ || !watch(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), EPOLLIN, nullptr)) {
    throw ResourceError(fmt::format("--stats: cannot wait for requests: {}", std::strerror(errno)));
  }
}

StatsServer::~StatsServer() = default;

void StatsServer::serve() {
  end_late();
  std::array<epoll_event, 32> events;
  const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  bool has_newcomers = false;
  for (int i = 0; i < ready; ++i) {
    auto* const connection = static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr);
    if (connection == nullptr) {
      has_newcomers = true;
    } else if (!progress(*connection)) {
      connections_.erase(connection->place);
    }
  }
  if (has_newcomers) accept();
}

std::optional<StatsServer::Clock::time_point> StatsServer::next_time() const {
  if (connections_.empty()) return accept_again_;
  return std::min(connections_.front().deadline, accept_again_.value_or(Clock::time_point::max()));
}

void StatsServer::end_late() {
  const Clock::time_point now = Clock::now();
  while (!connections_.empty() && connections_.front().deadline <= now) connections_.pop_front();
  if (!accept_again_ || *accept_again_ > now) return;
  accept_again_.reset();
  watch(epoll_.get(), EPOLL_CTL_MOD, listener_.get(), EPOLLIN, nullptr);
}

// Where there is no room, whoever has been there longest makes some: those who ask are gone within a moment.
void StatsServer::accept() {
  for (size_t i = 0; i < most_connections; ++i) {
    UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) pause_accepting();
      return;
    }
    if (connections_.size() >= most_connections) connections_.pop_front();
    Connection& connection = connections_.emplace_back();
    connection.place = std::prev(connections_.end());
    connection.socket = std::move(socket);
    if (!watch(epoll_.get(), EPOLL_CTL_ADD, connection.socket.get(), EPOLLIN, &connection)) connections_.pop_back();
  }
}

void StatsServer::pause_accepting() {
  watch(epoll_.get(), EPOLL_CTL_MOD, listener_.get(), 0, nullptr);
  accept_again_ = Clock::now() + accept_pause;
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
    if (count < 0) {
      return (errno == EAGAIN || errno == EINTR) && watch(epoll_.get(), EPOLL_CTL_MOD, socket, EPOLLOUT, &connection);
    }
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
