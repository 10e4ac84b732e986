// SPDX-License-Identifier: Apache-2.0
#include "wasi/address_query.hpp"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace shallop::wasi {
namespace {

struct FreeAddrinfo {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, FreeAddrinfo>;

const char* text_of(const std::optional<std::string>& text) { return text ? text->c_str() : nullptr; }

// `flags` keep getaddrinfo(3) from asking anybody.
std::expected<AddressList, int> look_up(const char* node, const char* service, addrinfo hints, int flags) {
  hints.ai_flags |= flags;
  addrinfo* list = nullptr;
  if (const int error = ::getaddrinfo(node, service, &hints, &list); error != 0) return std::unexpected(error);
  return AddressList(list);
}

SocketKind kind_of(const addrinfo& result) {
  return {.type = result.ai_socktype,
          .protocol = result.ai_protocol,
          .port = SocketAddress::from_host(*result.ai_addr, result.ai_addrlen).port()};
}

struct OwnFamilies {
  bool inet4 = false;
  bool inet6 = false;
};

// Those of interfaces that are up, but for the loopback.
OwnFamilies own_families() {
  OwnFamilies own;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {true, true};
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_UP) == 0 || (each->ifa_flags & IFF_LOOPBACK) != 0) continue;
    own.inet4 |= each->ifa_addr->sa_family == AF_INET;
    own.inet6 |= each->ifa_addr->sa_family == AF_INET6;
  }
  ::freeifaddrs(first);
  return own;
}

bool has_family(const SocketAddress& address, int family) { return address.family() == family; }

// RFC 4291, section 2.5.5.2.
SocketAddress mapped(const SocketAddress& inet4) {
  std::array<std::byte, 16> bytes{};
  bytes[10] = bytes[11] = std::byte{0xFF};
  std::ranges::copy(inet4.bytes(), bytes.begin() + 12);
  return SocketAddress::inet6(bytes, inet4.port());
}

bool wants_mapped(const addrinfo& hints) { return hints.ai_family == AF_INET6 && (hints.ai_flags & AI_V4MAPPED) != 0; }

// AI_V4MAPPED and AI_ALL, RFC 3493, section 6.1.
void map_addresses(std::vector<SocketAddress>& addresses, bool all) {
  const auto is_inet6 = [](const SocketAddress& each) { return has_family(each, AF_INET6); };
  if (!all && std::ranges::any_of(addresses, is_inet6)) {
    std::erase_if(addresses, [&](const SocketAddress& each) { return !is_inet6(each); });
    return;
  }
  for (SocketAddress& each : addresses) {
    if (!is_inet6(each)) each = mapped(each);
  }
}

SocketAddress with_port(const SocketAddress& address, uint16_t port) {
  const std::span<const std::byte> bytes = address.bytes();
  return has_family(address, AF_INET) ? SocketAddress::inet4(bytes.first<4>(), port)
                                      : SocketAddress::inet6(bytes.first<16>(), port);
}

}  // namespace

AddressesOrError find_numbers(const AddressQuery& query) {
  const auto list = look_up(text_of(query.node), text_of(query.service), query.hints, AI_NUMERICHOST);
  if (!list) return std::unexpected(list.error());
  FoundAddresses found;
  for (const addrinfo* each = list->get(); each != nullptr; each = each->ai_next) {
    if (each->ai_canonname != nullptr) found.canonical_name = each->ai_canonname;
    found.list.push_back({SocketAddress::from_host(*each->ai_addr, each->ai_addrlen), kind_of(*each)});
  }
  return found;
}

std::expected<std::vector<SocketKind>, int> find_kinds(const AddressQuery& query) {
  addrinfo hints{};
  hints.ai_flags = query.hints.ai_flags & AI_NUMERICSERV;
  hints.ai_family = AF_INET;
  hints.ai_socktype = query.hints.ai_socktype;
  hints.ai_protocol = query.hints.ai_protocol;
  const auto list = look_up(nullptr, query.service ? query.service->c_str() : "0", hints, AI_PASSIVE);
  if (!list) return std::unexpected(list.error());
  std::vector<SocketKind> kinds;
  for (const addrinfo* each = list->get(); each != nullptr; each = each->ai_next) kinds.push_back(kind_of(*each));
  return kinds;
}

std::expected<int, int> family_to_ask(const addrinfo& hints) {
  const int family = wants_mapped(hints) ? AF_UNSPEC : hints.ai_family;
  if ((hints.ai_flags & AI_ADDRCONFIG) == 0) return family;
  const OwnFamilies own = own_families();
  if (family == AF_UNSPEC) {
    if (own.inet4 == own.inet6) return AF_UNSPEC;
    return own.inet4 ? AF_INET : AF_INET6;
  }
  if (family == AF_INET ? own.inet4 : own.inet6) return family;
  return std::unexpected(EAI_NONAME);
}

AddressesOrError combine(NameAnswer answer, const std::vector<SocketKind>& kinds, const addrinfo& hints) {
  if (answer.error != 0) return std::unexpected(answer.error);
  if (wants_mapped(hints)) map_addresses(answer.addresses, (hints.ai_flags & AI_ALL) != 0);
  FoundAddresses found;
  for (const SocketAddress& address : answer.addresses) {
    for (const SocketKind& kind : kinds) found.list.push_back({with_port(address, kind.port), kind});
  }
  if ((hints.ai_flags & AI_CANONNAME) != 0) found.canonical_name = std::move(answer.canonical_name);
  return found;
}

}  // namespace shallop::wasi
