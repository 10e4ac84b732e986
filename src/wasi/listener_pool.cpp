// SPDX-License-Identifier: Apache-2.0
#include "wasi/listener_pool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <utility>

#include "wasi/errno.hpp"
#include "wasi/listening_socket.hpp"
#include "wasm/error.hpp"

namespace shallop::wasi {
namespace {

bool same_address(const SocketAddress& a, const SocketAddress& b) {
  return a.family() == b.family() && a.port() == b.port() && std::ranges::equal(a.bytes(), b.bytes());
}

bool is_lack_of_resources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

class ListenerPool::Listener {
 public:
  Listener(UniqueFd socket, const SocketAddress& requested, size_t workers)
      : socket(std::move(socket)), requested(requested), joined(workers), queues(workers) {}

  bool has_room(const std::shared_ptr<AcceptQueue>& queue) const { return queue && queue->waiting() < backlog; }
  bool has_room() const {
    return std::ranges::any_of(queues, [&](const auto& queue) { return has_room(queue); });
  }
  bool has_worker() const {
    return std::ranges::any_of(joined, [](bool each) { return each; });
  }

  UniqueFd socket;
  SocketAddress requested;
  std::vector<bool> joined;
  std::vector<std::shared_ptr<AcceptQueue>> queues;  // of the workers that listen
  std::deque<UniqueFd> unassigned;                   // accepted, and then their worker ended while no other was there
  size_t backlog = 0;                                // of each queue
  bool is_listening = false;
  // Not watched, until a worker has room. Written under the pool's mutex, read by whoever has made room.
  std::atomic<bool> is_paused = false;
};

ListenerPool::ListenerPool(std::vector<WorkerState*> workers)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), workers_(std::move(workers)) {
  if (!epoll_) throw ResourceError(fmt::format("cannot make an epoll set: {}", std::strerror(errno)));
}

ListenerPool::~ListenerPool() = default;

// --- Workers ---

ListenerPool::SharedOrError ListenerPool::share(uint32_t worker, UniqueFd& socket, const SocketAddress& requested) {
  const std::scoped_lock lock(mutex_);
  if (auto found = find(worker, requested)) return join(worker, socket, std::move(found));
  UniqueFd shared(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  if (!shared) return std::unexpected(last_errno());
  listeners_.push_back(std::make_shared<Listener>(std::move(shared), requested, workers_.size()));
  listeners_.back()->joined[worker] = true;
  return std::unique_ptr<Share>(new Share(*this, listeners_.back(), worker));
}

ListenerPool::SharedOrError ListenerPool::share_of_others(uint32_t worker, UniqueFd& socket,
                                                          const SocketAddress& requested) {
  const std::scoped_lock lock(mutex_);
  auto found = find(worker, requested);
  if (!found) return std::unexpected(Errno::addrinuse);
  return join(worker, socket, std::move(found));
}

std::shared_ptr<ListenerPool::Listener> ListenerPool::find(uint32_t worker, const SocketAddress& requested) const {
  const auto found = std::ranges::find_if(listeners_, [&](const std::shared_ptr<Listener>& each) {
    return !each->joined[worker] && same_address(each->requested, requested);
  });
  return found == listeners_.end() ? nullptr : *found;
}

ListenerPool::SharedOrError ListenerPool::join(uint32_t worker, UniqueFd& socket, std::shared_ptr<Listener> listener) {
  UniqueFd own(::fcntl(listener->socket.get(), F_DUPFD_CLOEXEC, 0));
  if (!own) return std::unexpected(last_errno());
  socket = std::move(own);
  listener->joined[worker] = true;
  return std::unique_ptr<Share>(new Share(*this, std::move(listener), worker));
}

ListenerPool::Share::Share(ListenerPool& pool, std::shared_ptr<Listener> listener, uint32_t worker)
    : pool_(pool), listener_(std::move(listener)), worker_(worker) {}

Errno ListenerPool::Share::listen(int backlog) {
  const std::scoped_lock lock(pool_.mutex_);
  if (!listener_) return Errno::inval;
  Listener& listener = *listener_;
  if (::listen(listener.socket.get(), backlog) != 0) return last_errno();
  listener.backlog = static_cast<size_t>(std::clamp(backlog, 1, SOMAXCONN));
  if (!connections_) {
    auto queue = AcceptQueue::open();
    if (!queue) return queue.error();
    connections_ = *std::move(queue);
    listener.queues[worker_] = connections_;
    for (UniqueFd& connection : std::exchange(listener.unassigned, {})) connections_->push(std::move(connection));
    if (pool_.finished_) connections_->finish();
  }
  if (pool_.finished_) {  // nobody accepts any more
    ::shutdown(listener.socket.get(), SHUT_RD);
    return Errno::success;
  }
  if (listener.is_listening) {
    pool_.resume(listener);
    return Errno::success;
  }
  // Accepted by a thread that has other duties. Guests wait for their queue, so they do not see the flag.
  ::fcntl(listener.socket.get(), F_SETFL, O_NONBLOCK);
  if (!pool_.watch(listener)) return last_errno();
  listener.is_listening = true;
  return Errno::success;
}

UniqueFd ListenerPool::Share::take() {
  UniqueFd connection = connections_->take();
  if (connection && listener_ && listener_->is_paused.load()) {
    const std::scoped_lock lock(pool_.mutex_);
    pool_.resume(*listener_);
  }
  return connection;
}

void ListenerPool::Share::leave() {
  const std::scoped_lock lock(pool_.mutex_);
  if (!listener_) return;
  withdraw();
  if (!listener_->has_worker()) pool_.close(*listener_);
  listener_ = nullptr;
}

ListenerPool::Share::~Share() {
  const std::scoped_lock lock(pool_.mutex_);
  if (listener_) withdraw();
}

void ListenerPool::Share::withdraw() {
  listener_->joined[worker_] = false;
  listener_->queues[worker_] = nullptr;
  if (!connections_) return;
  while (UniqueFd connection = connections_->take()) pool_.distribute(*listener_, std::move(connection));
}

// --- Accepting ---

bool ListenerPool::watch(Listener& listener) const {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &listener}};
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener.socket.get(), &event) == 0;
}

// Whoever takes a connection from a full queue looks at `is_paused` afterwards; so a look for room comes after it is
// set, and one of the two sees the other.
void ListenerPool::pause(Listener& listener) const {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener.socket.get(), nullptr);
  listener.is_paused.store(true);
}

void ListenerPool::resume(Listener& listener) {
  if (finished_ || !listener.is_paused.load() || !listener.has_room()) return;
  listener.is_paused.store(!watch(listener));
}

// The guests' descriptors of it may stay open for a while.
void ListenerPool::close(Listener& listener) {
  if (listener.is_listening) ::shutdown(listener.socket.get(), SHUT_RD);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener.socket.get(), nullptr);
  listener.socket.reset();
  listener.unassigned.clear();
  std::erase_if(listeners_, [&](const auto& each) { return each.get() == &listener; });
}

bool ListenerPool::accept() {
  std::array<epoll_event, 16> events;
  // Under the mutex: what an event names may be closed by the guests' threads.
  const std::scoped_lock lock(mutex_);
  const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < ready; ++i) {
    if (!accept_on(*static_cast<Listener*>(events[static_cast<size_t>(i)].data.ptr))) return false;
  }
  return true;
}

bool ListenerPool::accept_on(Listener& listener) {
  // So that one busy address cannot keep the supervisor from its other duties.
  constexpr int most_at_once = 256;
  for (int n = 0; n < most_at_once; ++n) {
    if (!listener.has_room()) {
      pause(listener);
      resume(listener);
      return true;
    }
    UniqueFd connection = accept_connection(listener.socket.get(), SOCK_NONBLOCK);
    if (!connection) {
      if (errno == EINVAL) pause(listener);  // somebody has shut it down: it would be readable for ever
      return !is_lack_of_resources(errno);
    }
    distribute(listener, std::move(connection));
  }
  return true;
}

// To the worker with the fewest connections, waiting ones included; to one without room only where none has any.
void ListenerPool::distribute(Listener& listener, UniqueFd connection) {
  AcceptQueue* best = nullptr;
  std::pair<bool, uint64_t> least;  // without room, connections
  for (size_t i = 0; i < workers_.size(); ++i) {
    const std::shared_ptr<AcceptQueue>& queue = listener.queues[i];
    if (!queue) continue;
    const std::pair load(!listener.has_room(queue), workers_[i]->counters.open_connections.read() + queue->waiting());
    if (best != nullptr && least <= load) continue;
    best = queue.get();
    least = load;
  }
  if (best != nullptr)
    best->push(std::move(connection));
  else
    listener.unassigned.push_back(std::move(connection));
}

// --- The end ---

void ListenerPool::stop_connecting() {
  const std::scoped_lock lock(mutex_);
  for (const std::shared_ptr<Listener>& each : listeners_) {
    if (each->is_listening) wasi::stop_connecting(each->socket.get());
  }
}

void ListenerPool::finish() {
  const std::scoped_lock lock(mutex_);
  finished_ = true;
  for (const std::shared_ptr<Listener>& each : listeners_) {
    if (!each->is_listening) continue;
    for (int n = 0; n < SOMAXCONN; ++n) {
      UniqueFd connection = accept_connection(each->socket.get(), SOCK_NONBLOCK);
      if (!connection) break;
      distribute(*each, std::move(connection));
    }
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, each->socket.get(), nullptr);
    // Every worker has a descriptor of the socket: only this ends it for all.
    ::shutdown(each->socket.get(), SHUT_RD);
    each->unassigned.clear();
    for (const std::shared_ptr<AcceptQueue>& queue : each->queues) {
      if (queue) queue->finish();
    }
  }
}

}  // namespace shallop::wasi
