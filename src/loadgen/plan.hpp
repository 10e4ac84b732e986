// SPDX-License-Identifier: Apache-2.0
// What a run is to do, complete and checked: made before it begins (make_plan.hpp), not changed while it runs.
#pragma once

#include <sys/socket.h>

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "loadgen/clock.hpp"

namespace shallop::loadgen {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

// A server: connections belong to one.
struct Origin {
  bool tls = false;
  std::string host;                      // for SNI and the certificate
  std::vector<SocketAddress> addresses;  // in the order in which they are tried; at least one
};

// One request, ready to be sent.
struct Target {
  size_t origin = 0;
  std::string method;
  std::string scheme;
  std::string authority;
  std::string path;                                          // origin form
  std::vector<std::pair<std::string, std::string>> headers;  // without Host
  std::string body;
  std::string http1;  // the whole request as HTTP/1.1 sends it
};

inline constexpr int status_count = 600;  // statuses are below

struct TlsOptions {
  bool verify = true;
  std::string authorities_file;  // PEM; empty: the system's
};

// How many failures a run may have.
struct ErrorBudget {
  std::optional<uint64_t> count;  // the run ends when there are more
  std::optional<double> share;    // of all requests; judged at the end
};

struct Plan {
  std::vector<Origin> origins;
  std::vector<Target> targets;  // sent in turn

  uint64_t connections = 1;
  unsigned threads = 1;
  unsigned streams = 1;  // requests in flight on one connection; 1 without HTTP/2
  bool http2 = false;
  bool keep_alive = true;

  // At least one of the two; the first that is reached ends the run.
  std::optional<int64_t> duration_ns;
  std::optional<uint64_t> requests;
  int64_t warmup_ns = 0;
  std::optional<double> rate_per_s;  // nothing: closed loop

  int64_t timeout_ns = 30 * ns_per_s;
  int64_t connect_timeout_ns = 5 * ns_per_s;
  TlsOptions tls;

  std::bitset<status_count> expected_statuses;
  std::optional<std::string> expected_body;
  ErrorBudget errors;
};

}  // namespace shallop::loadgen
