// SPDX-License-Identifier: Apache-2.0
// The part of Worker that waits for events, and decides how.
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "loadgen/clock.hpp"
#include "loadgen/http1_client.hpp"
#include "loadgen/http2_client.hpp"
#include "loadgen/worker.hpp"

namespace shallop::loadgen {

template <class Client>
int Worker<Client>::wait(std::span<epoll_event> events) {
  const bool waits_for_schedule = schedule_.has_rate() && !idle_.empty() && !schedule_.is_used_up();
  if (!waits_for_schedule) {
    if (Client::linger_ns != 0 && in_flight_ != 0) {
      if (const int count = linger(events); count != 0) return count;
    } else if (poll_set_) {
      // A look that does not wait makes the thread nobody's waiter.
      if (const int count = poll_set_->wait(events, 0); count != 0) return count;
    }
    // The timer descriptor ends the wait at the next tick; setting one up per wait would be work per request.
    return look(events, -1);
  }
  const int count_max = static_cast<int>(events.size());
  const timespec timeout = as_timespec(std::max<int64_t>(schedule_.next_due_ns() - now_ns(), 0));
  const int count = epoll_pwait2(epoll_.get(), events.data(), count_max, &timeout, nullptr);
  if (count >= 0 || errno == EINTR) return count;
  // A kernel or a container without epoll_pwait2: whole milliseconds.
  return epoll_wait(epoll_.get(), events.data(), count_max, static_cast<int>(timeout.tv_nsec / ns_per_ms));
}

template <class Client>
int Worker<Client>::look(std::span<epoll_event> events, int timeout_ms) {
  if (poll_set_) return poll_set_->wait(events, timeout_ms);
  return epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
}

// Looks for events for a moment before the thread sleeps. Whoever writes to a socket whose reader sleeps has to wake
// it, and pays more for that than for the write: a server that answers several streams with a write each pays it each
// time.
template <class Client>
int Worker<Client>::linger(std::span<epoll_event> events) {
  int count = look(events, 0);
  if (count != 0) return count;
  const int64_t begin = now_ns();
  int64_t now = begin;
  do {
    count = look(events, 0);
    now = now_ns();
  } while (count == 0 && now - begin < Client::linger_ns);
  if (is_window_begun_) lingered_ns_ += now - begin;
  return count;
}

// A thread with few connections that seldom sleeps, as the server is quick or busy, polls them from then on. One that
// sleeps for each answer is better off with epoll, where to fall asleep takes less; with TLS the sockets stay there, as
// what TLS has taken in shows on none.
template <class Client>
void Worker<Client>::consider_polling() {
  if (poll_set_ || tls_ != nullptr || connections_.size() > few_connections || schedule_.has_rate() ||
      !plan_.keep_alive) {
    return;
  }
  rusage use{};
  getrusage(RUSAGE_THREAD, &use);
  const int64_t sleeps = use.ru_nvcsw - std::exchange(sleeps_, use.ru_nvcsw);
  if (2 * sleeps >= std::exchange(answers_of_tick_, 0)) return;
  poll_set_.emplace(epoll_.get(), connections_.size());
  for (Connection& each : connections_) {
    if (each.state == ConnectionState::open) move_to_poll_set(each);
  }
}

// Moves an open connection from the epoll set.
template <class Client>
void Worker<Client>::move_to_poll_set(Connection& connection) {
  const int socket = connection.stream.descriptor();
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket, nullptr) != 0) return;
  poll_set_->add(number_of(connection), socket, &connection);
  poll_set_->watch_for_room(number_of(connection));  // perhaps it waited for that
}

#define SHALLOP_INSTANTIATE(Client) \
  template int Worker<Client>::wait(std::span<epoll_event>); \
  template void Worker<Client>::consider_polling(); \
  template void Worker<Client>::move_to_poll_set(Connection&)
SHALLOP_INSTANTIATE(Http1Client);
SHALLOP_INSTANTIATE(Http2Client);
#undef SHALLOP_INSTANTIATE

}  // namespace shallop::loadgen
