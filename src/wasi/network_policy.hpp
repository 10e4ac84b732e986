// SPDX-License-Identifier: Apache-2.0
// What of the network a guest may use: nothing, everything, or what rules (`--net=RULES`) name.
//
//   RULES  = RULE { "," RULE }
//   RULE   = "*"                        everything
//          | "listen:"  ADDR ":" PORTS  bind a local address, wait for connections or datagrams
//          | "connect:" ADDR ":" PORTS  connect or send to an address; a name may then be resolved
//   ADDR   = "*" | IPv4 | IPv4 "/" BITS | "[" IPv6 "]" | "[" IPv6 "/" BITS "]" | "localhost" | NAME (connect only)
//   PORTS  = "*" | PORT | PORT "-" PORT      port 0 is the one that the system chooses
//
// A NAME stands for the addresses that it resolved to when the guest asked for it. "connect:*" allows every name.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wasi/socket_address.hpp"

namespace shallop::wasi {

class NetworkPolicy {
 public:
  NetworkPolicy() = default;  // closed
  static NetworkPolicy open();
  // The error is a sentence that names the rule.
  static std::expected<NetworkPolicy, std::string> parse(std::string_view rules);

  bool closed() const { return !open_ && rules_.empty(); }
  bool may_listen(const SocketAddress& local) const;
  bool may_connect(const SocketAddress& peer) const;
  bool may_resolve(std::string_view name) const;
  // `name` resolved to `address`: rules for the name now allow the address.
  void resolved(std::string_view name, const SocketAddress& address);

 private:
  enum class Direction : uint8_t { listen, connect };
  struct Rule {
    Direction direction = Direction::connect;
    std::string name;  // empty: `prefix` and `prefix_bits` tell
    bool any_address = false;
    SocketAddress prefix;
    uint32_t prefix_bits = 0;
    uint16_t first_port = 0;
    uint16_t last_port = 65'535;
    std::vector<SocketAddress> resolved;  // of `name`

    // The error, if any.
    std::optional<std::string> parse_address(std::string_view text);
    std::optional<std::string> parse_ports(std::string_view text);
    bool allows(const SocketAddress& address) const;
  };
  static std::expected<Rule, std::string> parse_rule(std::string_view text);
  bool allows(Direction direction, const SocketAddress& address) const;

  bool open_ = false;
  std::vector<Rule> rules_;
};

}  // namespace shallop::wasi
