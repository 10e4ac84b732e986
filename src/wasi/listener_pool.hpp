// SPDX-License-Identifier: Apache-2.0
// The listening sockets that several workers share. Each worker's guest opens, binds and listens as if it were alone;
// the first one's socket becomes the shared one, and those that listen on the same address join it. One thread, the
// supervisor's, accepts and gives each connection to the worker that holds the fewest, so that load is even also with
// few connections. It accepts no more than workers have room for, as their backlog says; the rest waits in the host's
// own. A worker that ends leaves the socket open, so that nobody is refused while it is replaced; it closes when the
// last guest that has it closes it.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <vector>

#include "abi/wasi_errno.hpp"
#include "base/unique_fd.hpp"
#include "wasi/accept_queue.hpp"
#include "wasi/socket_address.hpp"
#include "wasi/worker_state.hpp"

namespace shallop::wasi {

class ListenerPool {
  class Listener;

 public:
  // Of each worker, in their order; they have to outlive the pool's use. Throws ResourceError.
  explicit ListenerPool(std::vector<WorkerState*> workers);
  ListenerPool(const ListenerPool&) = delete;
  ListenerPool& operator=(const ListenerPool&) = delete;
  ~ListenerPool();

  // --- For workers, on their threads ---

  // One worker's part in a shared socket. Connections that wait for the worker when it ends go to others.
  class Share {
   public:
    // The worker has ended, unless leave() came before: the socket stays for the one that replaces it.
    ~Share();
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    Errno listen(int backlog);
    // The guest gives the socket up. When no worker is left that has it, it takes nobody any more.
    void leave();

    // Null before listen().
    AcceptQueue* connections() const { return connections_.get(); }
    // Of those the first; empty when none waits.
    UniqueFd take();

   private:
    friend class ListenerPool;
    Share(ListenerPool& pool, std::shared_ptr<Listener> listener, uint32_t worker);
    void withdraw();

    ListenerPool& pool_;
    std::shared_ptr<Listener> listener_;  // null after leave()
    uint32_t worker_;
    std::shared_ptr<AcceptQueue> connections_;
  };
  using SharedOrError = std::expected<std::unique_ptr<Share>, Errno>;

  // `worker` listens, or is about to, with `socket`, which it has bound to what it calls `requested` (port 0 stays 0).
  // Either that is shared from now on, or `socket` becomes another descriptor of the one that another worker shares
  // under this address. A second one of a worker is the second of every worker, and so on.
  SharedOrError share(uint32_t worker, UniqueFd& socket, const SocketAddress& requested);
  // The same where `socket` cannot be bound as the address is in use: `addrinuse` unless it is by another worker.
  SharedOrError share_of_others(uint32_t worker, UniqueFd& socket, const SocketAddress& requested);

  // --- For the supervisor, on its thread ---

  // Readable when accept() has something to do.
  int readable_fd() const { return epoll_.get(); }
  // Accepts what waits, up to a bound. False when the host has no descriptors left: readable_fd() stays readable, and
  // is to be left alone for a moment.
  bool accept();
  // New clients are ignored from now on (listening_socket.hpp); accept() still takes those that have connected.
  void stop_connecting();
  // Takes all that have connected, and ends the listening sockets. What waits in the workers' queues can still be
  // taken.
  void finish();

 private:
  std::shared_ptr<Listener> find(uint32_t worker, const SocketAddress& requested) const;
  SharedOrError join(uint32_t worker, UniqueFd& socket, std::shared_ptr<Listener> listener);
  // False when the host has no descriptors left.
  bool accept_on(Listener& listener);
  void distribute(Listener& listener, UniqueFd connection);
  bool watch(Listener& listener) const;
  void pause(Listener& listener) const;
  void resume(Listener& listener);
  void close(Listener& listener);

  std::mutex mutex_;
  UniqueFd epoll_;
  std::vector<WorkerState*> workers_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  bool finished_ = false;
};

}  // namespace shallop::wasi
