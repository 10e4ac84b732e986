// SPDX-License-Identifier: Apache-2.0
// The part of Worker that makes connections.
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>

#include "loadgen/clock.hpp"
#include "loadgen/http1_client.hpp"
#include "loadgen/http2_client.hpp"
#include "loadgen/worker.hpp"

namespace shallop::loadgen {
namespace {

// A listen queue holds a few hundred; what does not fit waits a second for its SYN to be sent again.
constexpr size_t connecting_at_once = 64;

constexpr int64_t first_retry_ns = 25 * ns_per_ms;
constexpr unsigned retry_doublings_max = 5;

}  // namespace

// Until each connection was made or has failed once.
template <class Client>
void Worker<Client>::connect_all() {
  now_ = now_ns();
  arm_timer();
  std::array<epoll_event, 64> events{};
  while (tried_ < connections_.size() && !control_.stops()) {
    if (start_more_connections()) continue;  // that may have ended some already
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    now_ = now_ns();
    for (int i = 0; i < count; ++i) {
      auto* connection = static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr);
      connection != nullptr ? on_event(*connection, events[static_cast<size_t>(i)].events) : tick();
    }
    serve_ready();
  }
}

template <class Client>
bool Worker<Client>::start_more_connections() {
  const size_t before = started_;
  while (started_ < connections_.size() && started_ - tried_ < connecting_at_once) connect(connections_[started_++]);
  return started_ != before;
}

template <class Client>
void Worker<Client>::watch(Connection& connection, int operation) {
  // Edge-triggered, for both directions and for good: no further epoll_ctl() as long as it is watched here.
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = &connection}};
  if (epoll_ctl(epoll_.get(), operation, connection.stream.descriptor(), &event) != 0) {
    connecting_failed(connection, {FailureKind::connect, errno});
  }
}

template <class Client>
void Worker<Client>::connect(Connection& connection) {
  const std::vector<SocketAddress>& addresses = plan_.origins[connection.origin].addresses;
  if (connection.addresses_left == 0) {
    connection.addresses_left = static_cast<uint32_t>(addresses.size());
    connection.begun_ns = now_;
  }
  --connection.addresses_left;
  connection.state = ConnectionState::connecting;
  const auto opened = connection.stream.open(addresses[connection.address]);
  if (opened) return watch(connection, EPOLL_CTL_ADD);
  if (opened.error() != EAGAIN) return connecting_failed(connection, {FailureKind::connect, opened.error()});
  // A Unix socket whose queue is full: soon again, and within the time limit no error.
  if (now_ - connection.begun_ns > plan_.connect_timeout_ns) {
    return connecting_failed(connection, {FailureKind::connect_timeout, 0});
  }
  connection.state = ConnectionState::closed;
  ++connection.addresses_left;
  connection.retry_at_ns = now_ + ns_per_ms;
  ++closed_;
}

// The next address of the server is tried at once, the first one again after a while.
template <class Client>
void Worker<Client>::connecting_failed(Connection& connection, const Failure& failure) {
  connection.stream.close();
  const size_t addresses = plan_.origins[connection.origin].addresses.size();
  if (failure.kind == FailureKind::connect && connection.addresses_left != 0) {
    connection.address = static_cast<uint32_t>((connection.address + 1) % addresses);
    return connect(connection);
  }
  connection.state = ConnectionState::closed;
  connection.addresses_left = 0;
  const unsigned doublings = std::min<unsigned>(connection.failed_attempts, retry_doublings_max);
  connection.retry_at_ns = now_ + (first_retry_ns << doublings);
  if (connection.failed_attempts < UINT8_MAX) ++connection.failed_attempts;
  ++closed_;
  connect_failure_ = failure;
  fail(failure, now_);
  became_tried(connection);
}

template <class Client>
void Worker<Client>::on_connected(Connection& connection) {
  if (const int error = connection.stream.connect_error(); error != 0) {
    return connecting_failed(connection, {FailureKind::connect, error});
  }
  const Origin& origin = plan_.origins[connection.origin];
  if (!origin.tls) return become_open(connection);
  if (!connection.stream.start_tls(tls_, origin.host)) {
    return connecting_failed(connection, {FailureKind::connect, ENOMEM});
  }
  connection.state = ConnectionState::handshaking;
  on_handshake(connection);
}

template <class Client>
void Worker<Client>::on_handshake(Connection& connection) {
  Failure failure;
  switch (connection.stream.shake_hands(failure)) {
    case ByteStream::Status::ok: break;
    case ByteStream::Status::again: return;
    default: return connecting_failed(connection, failure);
  }
  if (plan_.http2 && !speaks_http2(connection.stream.tls())) {
    return connecting_failed(connection, malformed(Malformation::http2_protocol));
  }
  become_open(connection);
}

template <class Client>
void Worker<Client>::become_open(Connection& connection) {
  now_ = now_ns();
  if (counts(now_) || phase_ == Phase::connecting) tally_.connect.record(now_ - connection.begun_ns);
  connection.state = ConnectionState::open;
  connection.failed_attempts = 0;
  connection.addresses_left = 0;
  connection.client.connected();
  ++open_;
  if (poll_set_) move_to_poll_set(connection);
  became_tried(connection);
  offer(connection);
  flush(connection);
}

template <class Client>
void Worker<Client>::became_tried(Connection& connection) {
  if (connection.was_tried) return;
  connection.was_tried = true;
  ++tried_;
}

template <class Client>
void Worker<Client>::retry_closed_connections() {
  if (closed_ == 0) return;
  for (Connection& each : connections_) {
    if (each.state != ConnectionState::closed || each.retry_at_ns == 0 || each.retry_at_ns > now_) continue;
    each.retry_at_ns = 0;
    --closed_;
    connect(each);
  }
}

#define SHALLOP_INSTANTIATE(Client) \
  template void Worker<Client>::connect_all(); \
  template void Worker<Client>::connect(Connection&); \
  template void Worker<Client>::connecting_failed(Connection&, const Failure&); \
  template void Worker<Client>::on_connected(Connection&); \
  template void Worker<Client>::on_handshake(Connection&); \
  template void Worker<Client>::retry_closed_connections(); \
  template void Worker<Client>::watch(Connection&, int)
SHALLOP_INSTANTIATE(Http1Client);
SHALLOP_INSTANTIATE(Http2Client);
#undef SHALLOP_INSTANTIATE

}  // namespace shallop::loadgen
