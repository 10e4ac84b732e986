// SPDX-License-Identifier: Apache-2.0
#include "wasi/listener_pool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
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

}  // namespace

class ListenerPool::Listener {
 public:
  Listener(UniqueFd socket, const SocketAddress& requested, size_t workers)
      : socket(std::move(socket)), requested(requested), joined(workers), queues(workers) {}

  UniqueFd socket;
  SocketAddress requested;  // what guests asked for: port 0 stays 0
  std::vector<bool> joined;
  std::vector<std::shared_ptr<AcceptQueue>> queues;  // of the workers that listen
  std::deque<UniqueFd> unassigned;                   // accepted, and then their worker ended while no other was there
  bool is_listening = false;
};

bool ListenerPool::has_worker(const Listener& listener) {
  return std::ranges::any_of(listener.queues, [](const auto& queue) { return queue != nullptr; });
}

ListenerPool::ListenerPool(std::vector<WorkerState*> workers)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), workers_(std::move(workers)) {
  if (!epoll_) throw ResourceError(fmt::format("cannot make an epoll set: {}", std::strerror(errno)));
}

ListenerPool::~ListenerPool() = default;

std::expected<std::unique_ptr<ListenerPool::Share>, Errno> ListenerPool::bind(uint32_t worker, UniqueFd& socket,
                                                                              const SocketAddress& address) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find_if(listeners_, [&](const std::shared_ptr<Listener>& each) {
    return !each->joined[worker] && same_address(each->requested, address);
  });
  std::shared_ptr<Listener> listener;
  if (found != listeners_.end()) {
    listener = *found;
    UniqueFd own(::fcntl(listener->socket.get(), F_DUPFD_CLOEXEC, 0));
    if (!own) return std::unexpected(last_errno());
    socket = std::move(own);
  } else {
    if (::bind(socket.get(), address.data(), address.size()) != 0) return std::unexpected(last_errno());
    UniqueFd shared(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
    if (!shared) return std::unexpected(last_errno());
    listener = std::make_shared<Listener>(std::move(shared), address, workers_.size());
    listeners_.push_back(listener);
  }
  listener->joined[worker] = true;
  return std::unique_ptr<Share>(new Share(*this, std::move(listener), worker));
}

ListenerPool::Share::Share(ListenerPool& pool, std::shared_ptr<Listener> listener, uint32_t worker)
    : pool_(pool), listener_(std::move(listener)), worker_(worker) {}

Errno ListenerPool::Share::listen(int backlog) {
  const std::scoped_lock lock(pool_.mutex_);
  Listener& listener = *listener_;
  if (!listener.is_listening) {
    if (::listen(listener.socket.get(), backlog) != 0) return last_errno();
    // Accepted by a thread that has other duties. Guests wait for their queue, so they do not see the flag.
    ::fcntl(listener.socket.get(), F_SETFL, O_NONBLOCK);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &listener}};
    if (::epoll_ctl(pool_.epoll_.get(), EPOLL_CTL_ADD, listener.socket.get(), &event) != 0) return last_errno();
    listener.is_listening = true;
  }
  if (connections_) return Errno::success;
  try {
    connections_ = std::make_shared<AcceptQueue>();
  } catch (const ResourceError&) {
    return Errno::nfile;
  }
  listener.queues[worker_] = connections_;
  for (UniqueFd& connection : std::exchange(listener.unassigned, {})) connections_->push(std::move(connection));
  if (pool_.finished_) connections_->finish();
  return Errno::success;
}

ListenerPool::Share::~Share() {
  const std::scoped_lock lock(pool_.mutex_);
  listener_->joined[worker_] = false;
  listener_->queues[worker_] = nullptr;
  if (!connections_) return;
  while (UniqueFd connection = connections_->take()) pool_.distribute(*listener_, std::move(connection));
}

bool ListenerPool::accept() {
  // So that one busy address cannot keep the supervisor from its other duties.
  constexpr int most_at_once = 256;
  std::array<epoll_event, 16> events;
  const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  const std::scoped_lock lock(mutex_);
  for (int i = 0; i < ready; ++i) {
    Listener& listener = *static_cast<Listener*>(events[static_cast<size_t>(i)].data.ptr);
    if (!has_worker(listener)) return false;
    for (int n = 0; n < most_at_once; ++n) {
      UniqueFd connection = accept_connection(listener.socket.get(), SOCK_NONBLOCK);
      if (connection) {
        distribute(listener, std::move(connection));
        continue;
      }
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return false;
      break;
    }
  }
  return true;
}

// To the worker with the fewest connections, waiting ones included.
void ListenerPool::distribute(Listener& listener, UniqueFd connection) {
  AcceptQueue* best = nullptr;
  uint64_t fewest = 0;
  for (size_t i = 0; i < workers_.size(); ++i) {
    AcceptQueue* const queue = listener.queues[i].get();
    if (queue == nullptr) continue;
    const uint64_t held = workers_[i]->counters.open_connections.read() + queue->waiting();
    if (best == nullptr || held < fewest) {
      best = queue;
      fewest = held;
    }
  }
  if (best != nullptr)
    best->push(std::move(connection));
  else
    listener.unassigned.push_back(std::move(connection));
}

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
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, each->socket.get(), nullptr);
    // Every worker has a descriptor of the socket: only this ends it for all.
    ::shutdown(each->socket.get(), SHUT_RD);
    each->unassigned.clear();
    for (const std::shared_ptr<AcceptQueue>& queue : each->queues) {
      if (queue) queue->finish();
    }
  }
}

bool ListenerPool::is_listening() const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::any_of(listeners_, [](const auto& each) { return each->is_listening; });
}

}  // namespace shallop::wasi
