// SPDX-License-Identifier: Apache-2.0
// The event loop: accepts, hands readiness to connections, enforces their deadlines.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "connection.hpp"
#include "listener.hpp"
#include "poller.hpp"
#include "shallop/http_server.hpp"

namespace shallop::http {
namespace {

constexpr Token listener_token = 0;
constexpr int max_accepts_per_round = 256;

std::string listen_failure(std::uint16_t port, int error) {
  const std::string where = "cannot listen on port " + std::to_string(port) + ": ";
  if (error == EADDRINUSE) return where + "it is in use; stop the program that holds it or choose another port";
  if (error == EACCES && port != 0 && port < 1024)
    return where + "permission denied; ports below 1024 belong to the administrator";
  return where + std::strerror(error);
}

}  // namespace

class Server::Implementation {
 public:
  Implementation(HandlerReference handler, const Limits& limits) : workspace_(handler, limits) {}

  ~Implementation() {
    if (listener_ >= 0) ::close(listener_);
  }

  void use_listener(int fd) noexcept {
    if (listener_ >= 0) ::close(listener_);
    listener_ = fd;
  }

  std::expected<void, std::string> run() {
    if (listener_ < 0) return std::unexpected("the server has no socket to listen on");
    if (!poller_.add(listener_token, listener_, Interest::readable))
      return failure("cannot watch the listening socket");
    while (!stopping_) {
      if (!poller_.wait(clock_, connection_count_ != 0 || accept_paused_)) return failure("cannot wait for clients");
      workspace_.now = clock_.monotonic_ms();
      workspace_.date.set(clock_.unix_seconds());
      if (!serve_ready()) return failure("cannot accept clients");
      if (workspace_.now >= next_sweep_) sweep();
    }
    return {};
  }

  void stop() noexcept { stopping_ = true; }

 private:
  struct Slot {
    Connection connection;
    Interest interest = Interest::readable;
  };

  static std::unexpected<std::string> failure(const char* what) {
    return std::unexpected(std::string(what) + ": " + std::strerror(errno));
  }

  Slot& slot_of(Token token) noexcept { return slots_[token - 1]; }

  /// Clients before the listener: a slot that is freed in this round is given away only when no event of it is left.
  bool serve_ready() {
    bool clients_wait = false;
    for (const Token token : poller_.ready()) {
      if (token == listener_token) {
        clients_wait = true;
      } else {
        settle(token, slot_of(token).connection.on_ready(workspace_));
      }
    }
    return !clients_wait || accept_clients();
  }

  void settle(Token token, Connection::Wait wait) {
    Slot& slot = slot_of(token);
    if (wait == Connection::Wait::closed) {
      release(token);
      return;
    }
    const auto interest = wait == Connection::Wait::writable ? Interest::writable : Interest::readable;
    if (interest == slot.interest) return;
    slot.interest = interest;
    poller_.change(token, slot.connection.descriptor(), interest);
  }

  void release(Token token) {
    poller_.forget(token);
    slot_of(token).connection = {};
    free_.push_back(token);
    --connection_count_;
    if (accept_paused_) resume_accepting();
  }

  /// False, with errno set, when the listening socket itself is broken.
  bool accept_clients() {
    for (int i = 0; i < max_accepts_per_round; ++i) {
      if (connection_count_ == workspace_.limits.connections) {
        pause_accepting();
        return true;
      }
      const auto fd = accept_connection(listener_);
      if (fd) {
        admit(*fd);
        continue;
      }
      switch (fd.error()) {
        case EBADF:
        case EINVAL:
        case ENOTSOCK:
        case EFAULT:
        case EOPNOTSUPP: errno = fd.error(); return false;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM: pause_accepting(); return true;
        case EAGAIN: return true;
        default: break;  // what befell that one client (accept(2), "Error handling"): go on to the next
      }
    }
    return true;
  }

  void admit(int fd) {
    if (free_.empty()) {
      slots_.emplace_back();
      free_.push_back(static_cast<Token>(slots_.size()));
    }
    const Token token = free_.back();
    if (!poller_.add(token, fd, Interest::readable)) {
      ::close(fd);
      return;
    }
    free_.pop_back();
    slot_of(token) = {Connection(fd, workspace_), Interest::readable};
    ++connection_count_;
  }

  /// Out of descriptors, clients stay in the backlog: a listener that remains ready would make the loop spin. A
  /// connection that closes, or the next sweep, tries again.
  void pause_accepting() {
    if (accept_paused_) return;
    accept_paused_ = true;
    poller_.remove(listener_token, listener_);
  }

  void resume_accepting() {
    if (connection_count_ >= workspace_.limits.connections) return;
    if (poller_.add(listener_token, listener_, Interest::readable)) accept_paused_ = false;
  }

  void sweep() {
    constexpr Milliseconds sweep_interval = 500;  // each tick sweeps, also one that comes early after a late one
    next_sweep_ = workspace_.now + sweep_interval;
    for (Token token = 1; token <= slots_.size(); ++token) {
      Connection& connection = slot_of(token).connection;
      if (!connection.open() || workspace_.now < connection.deadline()) continue;
      settle(token, connection.on_deadline(workspace_));
    }
    if (accept_paused_) resume_accepting();
  }

  Workspace workspace_;
  LoopClock clock_;
  Poller poller_;
  std::vector<Slot> slots_;  // of token 1, 2...
  std::vector<Token> free_;
  std::size_t connection_count_ = 0;
  Milliseconds next_sweep_ = 0;
  int listener_ = -1;
  bool accept_paused_ = false;
  bool stopping_ = false;
};

Server::Server(std::shared_ptr<void> handler, Call call, const Limits& limits)
    : handler_(std::move(handler)),
      implementation_(std::make_unique<Implementation>(HandlerReference{handler_.get(), call}, limits)) {}

Server::~Server() = default;

std::expected<std::uint16_t, std::string> Server::listen(std::uint16_t port) {
  const auto fd = open_listener(port);
  if (!fd) return std::unexpected(listen_failure(port, fd.error()));
  implementation_->use_listener(*fd);
  return local_port(*fd);
}

std::expected<std::uint16_t, std::string> Server::adopt(int listening_descriptor) {
  if (const int error = prepare_listener(listening_descriptor); error != 0) {
    return std::unexpected("cannot listen on descriptor " + std::to_string(listening_descriptor) + ": " +
                           std::strerror(error));
  }
  implementation_->use_listener(listening_descriptor);
  return local_port(listening_descriptor);
}

int Server::inherited_descriptor() { return inherited_listener(); }

std::expected<void, std::string> Server::run() { return implementation_->run(); }

void Server::stop() noexcept { implementation_->stop(); }

}  // namespace shallop::http
