// SPDX-License-Identifier: Apache-2.0
// A small HTTP/2 server for the tests, in clear text: answers GET and POST with 22 bytes, resets every `reset_every`-th
// stream. One thread, on loopback; ends with the object.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "base/unique_fd.hpp"

namespace shallop::loadgen {

class Http2Server {
 public:
  explicit Http2Server(uint64_t reset_every = 0);
  ~Http2Server();
  Http2Server(const Http2Server&) = delete;
  Http2Server& operator=(const Http2Server&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  uint64_t requests() const { return requests_; }
  uint64_t connections() const { return accepted_; }
  uint64_t body_bytes() const { return body_bytes_; }
  uint64_t most_streams() const { return most_streams_; }  // at a time on one connection

 private:
  struct Peer;
  friend struct ServerCallbacks;
  void serve(const std::stop_token& stop);

  uint64_t reset_every_;
  UniqueFd listener_;
  UniqueFd wake_;
  uint16_t port_ = 0;
  std::atomic<uint64_t> requests_ = 0;
  std::atomic<uint64_t> accepted_ = 0;
  std::atomic<uint64_t> body_bytes_ = 0;
  std::atomic<uint64_t> most_streams_ = 0;
  std::jthread thread_;
};

}  // namespace shallop::loadgen
