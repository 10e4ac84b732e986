// SPDX-License-Identifier: Apache-2.0
// A name's addresses, of /etc/hosts or of the name servers of /etc/resolv.conf: c-ares asks, on the thread of who
// waits, and can be given up at any time. The same in the static runner as elsewhere (docs/decisions.md, "Who resolves
// names?").
#pragma once

#include <ares.h>

#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "wasi/socket_address.hpp"

namespace shallop::wasi {

// Of a name: addresses without ports, those to be tried first in front (RFC 6724), none if there is an error.
struct NameAnswer {
  int error = 0;  // 0, or one of EAI_* of getaddrinfo(3)
  std::vector<SocketAddress> addresses;
  std::string canonical_name;
};

// One question that is being asked. Gives up when it goes.
class NameLookup {
 public:
  // `family` is AF_INET, AF_INET6, or AF_UNSPEC for both. `servers` stand in place of those of /etc/resolv.conf unless
  // it is empty: "ADDR:PORT,ADDR:PORT".
  NameLookup(const std::string& name, int family, const std::string& servers);
  ~NameLookup();
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;

  // There may be an answer at once.
  bool is_answered() const { return answer_.has_value(); }
  // Readable (poll(2)) when step() has something to do; so it has after `timeout_ms`, of -1 never.
  int fd() const { return sockets_.get(); }
  int timeout_ms() const;
  // Takes what has come from the servers, asks again or the next one, and does not wait.
  void step();
  // Once, when there is an answer.
  NameAnswer take() { return std::move(*answer_); }

 private:
  static void watch(void* lookup, ares_socket_t socket, int readable, int writable);
  static void answer(void* lookup, int status, int timeouts, ares_addrinfo* found) noexcept;

  UniqueFd sockets_;  // epoll(7), of all that c-ares has open
  ares_channel channel_ = nullptr;
  std::optional<NameAnswer> answer_;
};

}  // namespace shallop::wasi
