// SPDX-License-Identifier: Apache-2.0
// What one guest has of the world: arguments, environment, descriptors, network, clock, randomness. One context belongs
// to one store and is used by one thread at a time; every WASI function gets it as its first argument. The embedder is
// expected to ignore SIGPIPE: a write to a closed pipe then answers `pipe` instead of ending the process.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "abi/wasi_preview1.hpp"
#include "runtime/store.hpp"
#include "wasi/descriptors.hpp"
#include "wasi/drain.hpp"
#include "wasi/listener_pool.hpp"
#include "wasi/network_policy.hpp"
#include "wasi/readiness.hpp"
#include "wasi/response_progress.hpp"
#include "wasi/sandbox_path.hpp"
#include "wasi/socket_address.hpp"
#include "wasi/string_list.hpp"
#include "wasi/worker_state.hpp"

namespace shallop::wasi {

// A host directory that the guest sees as `guest_path`.
struct Preopen {
  std::string host_path;
  std::string guest_path;
  bool read_only = false;
};

// A socket that listens at `address`; or, where `inherited` is not -1, the one that this process was started with as
// that descriptor, which stays open for others.
struct ListenerPreopen {
  SocketAddress address{};
  int inherited = -1;
};

// Something of the network that the guest asked for and the policy refused.
struct NetworkRefusal {
  std::string what;     // completes "the guest tried to ...": "open a socket", "connect to 10.0.0.1:80"
  bool closed = false;  // the whole network is closed, not only this part of it
};

// Nanoseconds of one of preview1's four clocks.
using ReadClock = Timestamp (*)(Clockid) noexcept;
using FillRandom = Errno (*)(std::span<std::byte>) noexcept;

Timestamp read_system_clock(Clockid clock) noexcept;
Errno fill_system_random(std::span<std::byte> bytes) noexcept;

struct ContextOptions {
  std::vector<std::string> arguments{};    // [0] names the program
  std::vector<std::string> environment{};  // "NAME=VALUE"

  // Descriptors, in this order from 0 on: the standard streams, the listeners, the preopens.
  // Listeners come first because programs for systemd's protocol and wasmtime's --tcplisten look for them at 3; libcs,
  // which look for directories from 3 on, pass over them (fd_prestat_get in fd.cpp). LISTEN_FDS tells the guest how
  // many there are, unless the environment above has it.
  std::array<int, 3> standard_streams{0, 1, 2};
  std::vector<ListenerPreopen> listeners{};  // `--listen`; allowed whatever `network` says
  std::vector<Preopen> preopens{};

  NetworkPolicy network{};
  // Called once, at the first refusal. May be empty.
  std::function<void(const NetworkRefusal&)> on_network_refusal{};

  // Of the thread that runs the guest; null where nobody asks or counts. Has to outlive the context.
  WorkerState* worker = nullptr;
  // Where several workers share their listening sockets: the pool, which has to outlive the context, and which worker
  // this one's is.
  ListenerPool* listener_pool = nullptr;
  uint32_t worker_index = 0;

  ReadClock read_clock = read_system_clock;
  FillRandom fill_random = fill_system_random;
  std::string name_servers{};  // "ADDR:PORT,ADDR:PORT" in place of those of /etc/resolv.conf, unless empty
  PathResolver path_resolver = host_path_resolver();
};

struct Context {
  // Throws ResourceError, with a sentence, when a preopen cannot be opened or an address not be listened on, and when a
  // string holds a NUL.
  explicit Context(const ContextOptions& options);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // No poll and no readiness set of the guest has a watch on `descriptor` any more. To be called before it becomes
  // another of the host's, gets another number, or is closed while somebody else has the same file open.
  void unwatch(Descriptor& descriptor);

  // Tells the embedder, the first time, and gives the errno for the guest.
  Errno refuse_network(const std::string& what);

  StringList arguments;
  StringList environment;
  WorkerState own_worker;  // where the options name none
  WorkerState& worker;
  ListenerPool* listener_pool;
  uint32_t worker_index;
  Drain drain;
  Descriptors descriptors;
  Readiness readiness;
  UsualResponse usual_response;
  NetworkPolicy network;
  std::function<void(const NetworkRefusal&)> on_network_refusal;  // emptied by its first call
  ReadClock read_clock;
  FillRandom fill_random;
  std::string name_servers;
  PathResolver path_resolver;
  Store* store = nullptr;  // set by link(); proc_exit ends it
};

}  // namespace shallop::wasi
