// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server on one thread: one source for a native program (epoll) and a Wasm guest (poll_oneoff). It does not
// throw; what a client does wrong is answered on its connection, and what stops the server is returned by run().
//
//   shallop::http::Server server([](const shallop::http::Request& request, shallop::http::Response& response) {
//     response.write("Hello");
//   });
//   if (auto port = server.listen(8080); !port) { /* port.error() says why */ }
//   server.run();
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "shallop/http/limits.hpp"
#include "shallop/http/request.hpp"
#include "shallop/http/response.hpp"

namespace shallop::http {

/// A handler without its type: what std::function is, minus the allocation. Refers to an object that outlives it.
struct HandlerReference {
  void* object;
  void (*call)(void* object, const Request& request, Response& response);
};

class Server {
 public:
  /// `handler(const Request&, Response&)` is called for every complete request. It runs on the server's thread: while
  /// it works, nobody else is served. An exception that leaves it becomes a 500.
  template <typename Handler>
    requires std::is_invocable_v<Handler&, const Request&, Response&>
  explicit Server(Handler handler, Limits limits = {})
      : Server(
            std::make_shared<Handler>(std::move(handler)),
            [](void* object, const Request& request, Response& response) {
              (*static_cast<Handler*>(object))(request, response);
            },
            limits) {}

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Listens on all IPv4 addresses; port 0 lets the system choose. Gives the port, or one sentence that says what
  /// failed.
  std::expected<std::uint16_t, std::string> listen(std::uint16_t port);

  /// Takes over a socket that listens already, as `shallop run --listen` or systemd hand down.
  std::expected<std::uint16_t, std::string> adopt(int listening_descriptor);

  /// The first descriptor from 3 on that is a socket when LISTEN_FDS announces one (sd_listen_fds(3)), else -1.
  static int inherited_descriptor();

  /// Serves until stop() or until the listening socket or the poller fails, which the sentence then tells.
  std::expected<void, std::string> run();

  /// Lets run() return behind the present round of requests. For handlers; not for other threads or signal handlers.
  void stop() noexcept;

 private:
  using Call = void (*)(void*, const Request&, Response&);
  Server(std::shared_ptr<void> handler, Call call, const Limits& limits);

  class Implementation;
  std::shared_ptr<void> handler_;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace shallop::http
