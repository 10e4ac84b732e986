// SPDX-License-Identifier: Apache-2.0
// A blocking TCP client on loopback; waits of more than ten seconds are failures.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"

namespace shallop::sockets {

// A port that nobody listened on a moment ago.
uint16_t free_port();

// True when a connection is refused at once.
bool refuses_connections(uint16_t port);

class Client {
 public:
  // Throws std::runtime_error when nobody accepts for ten seconds.
  explicit Client(uint16_t port);

  void send(std::string_view text);
  // Exactly `size` bytes, fewer at the end of the stream or after ten seconds without any.
  std::string receive(size_t size);
  // Up to and including `end`; what came before the end of the stream, or ten seconds without anything, otherwise.
  std::string receive_until(std::string_view end);
  bool is_at_end();  // the other side closed
  void finish_sending();
  void reset();  // closes with RST
  // Is gone without a word, as a machine whose cable is cut. False where that takes rights that we do not have.
  bool vanish();
  int fd() const { return socket_.get(); }

 private:
  UniqueFd socket_;
};

}  // namespace shallop::sockets
