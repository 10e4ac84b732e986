// SPDX-License-Identifier: Apache-2.0
// A blocking TCP client for tests against a server on loopback. What takes longer than ten seconds counts as the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace shallop {

class TcpClient {
 public:
  /// Fails the test when nobody listens.
  explicit TcpClient(std::uint16_t port);

  /// False when the peer does not take it all.
  bool send(std::string_view text) const;
  void finish_sending() const;

  /// The next octets, as many as there are up to `most`; empty at the end.
  std::string receive(std::size_t most = 65536) const;
  /// Exactly `size` octets, or what came before the end.
  std::string receive_exactly(std::size_t size) const;
  std::string receive_all() const;
  /// One HTTP response: its head, and as much body as its content-length says.
  std::string receive_response() const;

  /// Sends and receives one response.
  std::string ask(std::string_view request) const;

 private:
  UniqueFd socket_;
};

/// A port that was free a moment ago.
std::uint16_t free_port();

/// Holds a port as long as it lives.
class OccupiedPort {
 public:
  OccupiedPort();
  std::uint16_t number() const { return number_; }
  int descriptor() const { return socket_.get(); }

 private:
  UniqueFd socket_;
  std::uint16_t number_ = 0;
};

}  // namespace shallop
