// SPDX-License-Identifier: Apache-2.0
// Answers those who watch the process (`--stats ADDR:PORT`): GET /metrics, /healthz, /readyz over HTTP/1.1, one request
// a connection. Non-blocking and on the supervisor's thread, so that it answers also while guests are busy; it holds
// few connections, reads little, waits for nobody, and is idle while nobody does anything.
// https://www.rfc-editor.org/rfc/rfc9112
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "wasi/socket_address.hpp"

namespace shallop {

struct StatsResponse {
  int status = 200;
  std::string body;
};

class StatsServer {
 public:
  // `answer` gets a request's target, such as "/healthz". Throws ResourceError when the address cannot be listened on.
  StatsServer(const wasi::SocketAddress& address, std::function<StatsResponse(std::string_view)> answer);
  ~StatsServer();

  // Readable when serve() has something to do.
  int readable_fd() const { return epoll_.get(); }
  // Takes, reads and answers what it can without waiting.
  void serve();
  // When serve() is to be called at the latest, though readable_fd() is not readable; none: never.
  std::optional<std::chrono::steady_clock::time_point> next_time() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Connection;

  void accept();
  void pause_accepting();
  void end_late();
  // False when the connection is done with.
  bool progress(Connection& connection);
  std::string respond(std::string_view request) const;

  UniqueFd epoll_;
  UniqueFd listener_;
  std::function<StatsResponse(std::string_view)> answer_;
  std::list<Connection> connections_;              // in the order of their deadlines
  std::optional<Clock::time_point> accept_again_;  // without descriptors
};

}  // namespace shallop
