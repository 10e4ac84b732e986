// SPDX-License-Identifier: Apache-2.0
// The listening sockets that several workers share. Each worker's guest opens, binds and listens as if it were alone;
// the first one's socket becomes the shared one, and those that ask for the same address join it. One thread, the
// supervisor's, accepts and gives each connection to the worker that holds the fewest, so that load is even also with
// few connections. A worker that ends leaves the socket open: nobody is refused while it is replaced.
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
  // The states have to outlive the pool; their number is that of the workers. Throws ResourceError.
  explicit ListenerPool(std::vector<WorkerState*> workers);
  ListenerPool(const ListenerPool&) = delete;
  ListenerPool& operator=(const ListenerPool&) = delete;
  ~ListenerPool();

  // --- For workers, on their threads ---

  // One worker's part in a shared socket. Ends with the guest's descriptor: connections that waited for this worker
  // then go to others.
  class Share {
   public:
    ~Share();
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    Errno listen(int backlog);
    // Null before listen().
    AcceptQueue* connections() const { return connections_.get(); }

   private:
    friend class ListenerPool;
    Share(ListenerPool& pool, std::shared_ptr<Listener> listener, uint32_t worker);

    ListenerPool& pool_;
    std::shared_ptr<Listener> listener_;
    uint32_t worker_;
    std::shared_ptr<AcceptQueue> connections_;
  };

  // Binds for `worker`: either `socket` itself, or it becomes another descriptor of the socket that another worker
  // bound to what this one asks for. A second bind of one worker to the same address is the second such listener of
  // every worker, and so on.
  std::expected<std::unique_ptr<Share>, Errno> bind(uint32_t worker, UniqueFd& socket, const SocketAddress& address);

  // --- For the supervisor, on its thread ---

  // Readable when accept() has something to do.
  int readable_fd() const { return epoll_.get(); }
  // Accepts what waits, up to a bound. False when the host has no descriptors left, or no worker is there to take
  // connections: readable_fd() stays readable, and is to be left alone for a moment.
  bool accept();
  // New clients are ignored from now on (listening_socket.hpp); accept() still takes those that have connected.
  void stop_connecting();
  // Ends the listening sockets. What waits in the workers' queues can still be taken.
  void finish();
  bool is_listening() const;

 private:
  static bool has_worker(const Listener& listener);
  void distribute(Listener& listener, UniqueFd connection);

  mutable std::mutex mutex_;
  UniqueFd epoll_;
  std::vector<WorkerState*> workers_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  bool finished_ = false;
};

}  // namespace shallop::wasi
