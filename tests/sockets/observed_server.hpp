// SPDX-License-Identifier: Apache-2.0
// A server guest under `shallop run`, one request and its answer, and what the host's kernel tells of the process.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "cli/process.hpp"
#include "sockets/client.hpp"
#include "support/builds.hpp"

namespace shallop::sockets {

// A guest of ours that takes its port as argument and says when it listens.
struct ServerGuest {
  std::string name;
  std::string file;
  std::string request;
  std::string answer_end;
  size_t body_begin = 0;  // of the request
};

// The SDK's HTTP server: waits by a readiness set. Its request has a body.
const ServerGuest& http_service();
// As mio on WasmEdge: waits by poll_oneoff.
const ServerGuest& poll_server();

struct ServerOptions {
  Build build = Build::interpreted;
  std::vector<std::string> options;  // further ones of `shallop run`
  int descriptors_max = 0;           // `ulimit -n`; 0: as it is
};

class ObservedServer {
 public:
  // Fails the test when it does not come to listen.
  explicit ObservedServer(const ServerGuest& guest, const ServerOptions& options = {});

  uint16_t port() const { return port_; }
  cli::Process& process() { return process_; }
  const ServerGuest& guest() const { return guest_; }

  // One request on `client`; true when its answer came.
  bool answers(Client& client) const;
  // The same on a new connection.
  bool answers() const;

  size_t descriptors() const;
  // Once their number has not changed for a while: all workers have come to listen.
  size_t settled_descriptors() const;
  // True when it comes to hold no more descriptors than that.
  bool comes_down_to_descriptors(size_t count) const;
  // How much processor time it has taken since it began.
  std::chrono::nanoseconds processor_time() const;
  uint64_t resident_bytes() const;

 private:
  const ServerGuest& guest_;
  uint16_t port_ = free_port();
  cli::Process process_;
};

}  // namespace shallop::sockets
