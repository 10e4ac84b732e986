// SPDX-License-Identifier: Apache-2.0
// What getaddrinfo(3) promises, in two halves: what the machine tells by itself (numbers, services, kinds of sockets),
// and what the answer to a name (name_lookup.hpp) becomes. Errors are those of getaddrinfo(3): EAI_*.
#pragma once

#include <netdb.h>

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "wasi/name_lookup.hpp"
#include "wasi/socket_address.hpp"

namespace shallop::wasi {

struct AddressQuery {
  std::optional<std::string> node;
  std::optional<std::string> service;
  addrinfo hints{};
};

// A kind of socket that has a service, and its port (in host order).
struct SocketKind {
  int type;
  int protocol;
  uint16_t port;
};

struct FoundAddress {
  SocketAddress address;
  SocketKind kind;
};

struct FoundAddresses {
  std::vector<FoundAddress> list;
  std::string canonical_name;  // if it was asked for
};

using AddressesOrError = std::expected<FoundAddresses, int>;

// Nobody is asked. EAI_NONAME where the node is no number.
AddressesOrError find_numbers(const AddressQuery& query);
// All kinds of sockets that the hints allow, with the service's port, 0 if there is no service.
std::expected<std::vector<SocketKind>, int> find_kinds(const AddressQuery& query);

// Which addresses to ask for: AF_INET, AF_INET6, AF_UNSPEC for both. With AI_ADDRCONFIG those that this machine has
// itself besides those of its loopback; EAI_NONAME if it has none of the family that the hints name.
std::expected<int, int> family_to_ask(const addrinfo& hints);
// Each address with each kind.
AddressesOrError combine(NameAnswer answer, const std::vector<SocketKind>& kinds, const addrinfo& hints);

}  // namespace shallop::wasi
