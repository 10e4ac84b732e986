// SPDX-License-Identifier: Apache-2.0
// Answers those who watch the process (`--stats ADDR:PORT`): GET /metrics, /healthz, /readyz over HTTP/1.1, one request
// a connection. Non-blocking and on the supervisor's thread, so that it answers also while guests are busy; it holds
// few connections, reads little and waits for nobody. https://www.rfc-editor.org/rfc/rfc9112
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
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
  // Takes, reads and answers what it can without waiting. To be called once a second as well, for those who say
  // nothing.
  void serve();
  bool is_serving() const { return !connections_.empty(); }

 private:
  struct Connection;

  void accept();
  void progress_all();
  // False when the connection is done with.
  bool progress(Connection& connection);
  std::string respond(std::string_view request) const;

  UniqueFd epoll_;
  UniqueFd listener_;
  std::function<StatsResponse(std::string_view)> answer_;
  std::list<Connection> connections_;
};

}  // namespace shallop
