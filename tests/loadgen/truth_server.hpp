// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server that does what a law says with each request, and counts what it did: the truth that a load
// generator's report is held against. One thread, on loopback; ends with the object.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"

namespace shallop::loadgen {

enum class Act : uint8_t {
  answer,          // 200 and 22 bytes
  fail,            // 500
  redirect,        // 302
  close_after,     // 200 with Connection: close, and closes
  until_close,     // HTTP/1.0 without a length: the body ends with the connection
  chunked,         // 200 in chunks, header and each chunk sent apart
  other_body,      // 200 with another body of the same length
  reset,           // RST instead of a response
  close_silently,  // FIN instead of a response
  truncate,        // fewer bytes than Content-Length says, and closes
  exceed,          // more bytes than Content-Length says
  garbage,         // no HTTP
  endless_header,
  never,  // nothing
};

struct Reply {
  Act act = Act::answer;
  std::chrono::milliseconds delay{0};
};

class TruthServer {
 public:
  using Clock = std::chrono::steady_clock;
  // Called with the number of the request, from 0 on over all connections.
  using Law = std::function<Reply(uint64_t number)>;

  enum class Place : uint8_t { ipv4, ipv6, unix_socket };
  // On loopback; `path` is of the Unix socket. Throws std::runtime_error when it cannot listen.
  explicit TruthServer(Law law, Place place = Place::ipv4, const std::string& path = "");
  ~TruthServer();
  TruthServer(const TruthServer&) = delete;
  TruthServer& operator=(const TruthServer&) = delete;

  // Stands still for `length`, that long after the first request.
  void stall(std::chrono::milliseconds after, std::chrono::milliseconds length);

  uint16_t port() const { return port_; }
  std::string url() const;

  uint64_t requests() const { return requests_; }
  uint64_t connections() const { return accepted_; }
  uint64_t count(Act act) const;
  // The header of the latest request.
  std::string latest_request() const;

 private:
  struct Peer {
    UniqueFd socket;
    std::string received;
  };
  struct Due {
    Clock::time_point time;
    int descriptor;
    uint64_t serial;  // of the connection: the descriptor may be another's by then
    Act act;
    bool operator>(const Due& other) const { return time > other.time; }
  };

  void listen_at(Place place, const std::string& path);
  void serve(const std::stop_token& stop);
  void accept_all();
  void read_from(int descriptor);
  void take_request(int descriptor, std::string header);
  void do_due();
  void perform(int descriptor, Act act);
  int wait_ms() const;

  Law law_;
  UniqueFd listener_;
  UniqueFd epoll_;
  UniqueFd wake_;
  uint16_t port_ = 0;
  std::map<int, Peer> peers_;
  std::map<int, uint64_t> serials_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::atomic<uint64_t> requests_ = 0;
  std::atomic<uint64_t> accepted_ = 0;
  mutable std::mutex mutex_;  // of what follows
  std::map<Act, uint64_t> counts_;
  std::string latest_request_;
  Clock::time_point stall_at_ = Clock::time_point::max();
  std::chrono::milliseconds stall_after_{-1};
  std::chrono::milliseconds stall_length_{0};
  std::jthread thread_;
};

}  // namespace shallop::loadgen
