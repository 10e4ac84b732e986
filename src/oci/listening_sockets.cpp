// SPDX-License-Identifier: Apache-2.0
#include "oci/listening_sockets.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <ranges>
#include <utility>

#include "base/parse_number.hpp"

namespace shallop::oci {
namespace {

constexpr size_t addresses_max = 16;
constexpr std::string_view what_may_be_written = "ADDR:PORT with commas between several, as in 127.0.0.1:8080";

struct HostAndPorts {
  std::string_view host;
  std::string_view ports;
};

// At the last colon; the brackets of an IPv6 address are taken off.
std::optional<HostAndPorts> split(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos || colon == 0) return std::nullopt;
  HostAndPorts parts{.host = text.substr(0, colon), .ports = text.substr(colon + 1)};
  const bool has_brackets = parts.host.starts_with('[') && parts.host.ends_with(']');
  if (!has_brackets && parts.host.contains(':')) return std::nullopt;
  if (has_brackets) parts.host = parts.host.substr(1, parts.host.size() - 2);
  return parts;
}

std::optional<uint16_t> port_of(std::string_view text) { return parse_number<uint16_t>(text, 1); }

std::optional<ListenAddress> address_of(std::string_view host, uint16_t port) {
  ListenAddress address;
  const std::string name(host);
  sockaddr_in inet4{};
  sockaddr_in6 inet6{};
  if (::inet_pton(AF_INET, name.c_str(), &inet4.sin_addr) == 1) {
    inet4.sin_family = AF_INET;
    inet4.sin_port = htons(port);
    address.size = sizeof inet4;
    std::memcpy(&address.socket, &inet4, sizeof inet4);
    return address;
  }
  if (::inet_pton(AF_INET6, name.c_str(), &inet6.sin6_addr) == 1) {
    inet6.sin6_family = AF_INET6;
    inet6.sin6_port = htons(port);
    address.size = sizeof inet6;
    std::memcpy(&address.socket, &inet6, sizeof inet6);
    return address;
  }
  return std::nullopt;
}

struct Rule {
  std::optional<ListenAddress> address;  // with port 1; nothing is any address
  uint16_t first = 0;
  uint16_t last = 0;
};

std::optional<Rule> rule_of(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return std::nullopt;
  const size_t dash = parts->ports.find('-');
  const auto first = port_of(parts->ports.substr(0, dash));
  const auto last = dash == text.npos ? first : port_of(parts->ports.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  Rule rule{.address = {}, .first = *first, .last = *last};
  if (parts->host == "*") return rule;
  rule.address = address_of(parts->host, 1);
  return rule.address ? std::optional(rule) : std::nullopt;
}

uint16_t port_in(const ListenAddress& address) {
  // In both kinds of address it is behind the family.
  sockaddr_in inet4{};
  std::memcpy(&inet4, &address.socket, sizeof inet4);
  return ntohs(inet4.sin_port);
}

bool is_same_host(const ListenAddress& a, const ListenAddress& b) {
  if (a.socket.ss_family != b.socket.ss_family) return false;
  const size_t offset =
      a.socket.ss_family == AF_INET ? offsetof(sockaddr_in, sin_addr) : offsetof(sockaddr_in6, sin6_addr);
  const size_t size = a.socket.ss_family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
  return std::memcmp(reinterpret_cast<const char*>(&a.socket) + offset,
                     reinterpret_cast<const char*>(&b.socket) + offset, size) == 0;
}

std::expected<UniqueFd, std::string> listener(const ListenAddress& address) {
  UniqueFd socket(::socket(address.socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  const bool is_inet6 = address.socket.ss_family == AF_INET6;
  // Of IPv6 alone, or it would be more than what the operator has allowed.
  if (socket && (!is_inet6 || ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
      ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.socket), address.size) == 0 &&
      ::listen(socket.get(), SOMAXCONN) == 0) {
    return socket;
  }
  return std::unexpected(fmt::format("cannot listen on {}: {}", address.text, std::strerror(errno)));
}

// Only this process's own descriptors close themselves: whatever the engine left open came through execve(2). Their
// owner would close the number again, and leave it to whatever the real runtime opens next, which it would then hand
// into the container.
bool is_own(int fd) {
  const int flags = ::fcntl(fd, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) != 0;
}

// What is at that number when the program has changed.
bool is_inheritable_listener(int fd) {
  int listens = 0;
  socklen_t size = sizeof listens;
  return ::fcntl(fd, F_GETFD) == 0 && ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens == 1;
}

}  // namespace

std::expected<std::vector<ListenAddress>, std::string> parse_listen_addresses(std::string_view text) {
  std::vector<ListenAddress> addresses;
  for (const auto part : std::views::split(text, ',')) {
    const std::string_view word(part.begin(), part.end());
    const auto parts = split(word);
    const auto port = parts ? port_of(parts->ports) : std::nullopt;
    auto address = port ? address_of(parts->host, *port) : std::nullopt;
    if (!address || addresses.size() == addresses_max) return std::unexpected(std::string(what_may_be_written));
    address->text = word;
    addresses.push_back(*std::move(address));
  }
  if (addresses.empty()) return std::unexpected(std::string(what_may_be_written));
  return addresses;
}

bool is_listen_rule(std::string_view rule) { return rule_of(rule).has_value(); }

bool is_allowed(const ListenAddress& address, std::span<const std::string> rules) {
  return std::ranges::any_of(rules, [&](const std::string& text) {
    const auto rule = rule_of(text);
    const uint16_t port = port_in(address);
    return rule && rule->first <= port && port <= rule->last &&
           (!rule->address || is_same_host(*rule->address, address));
  });
}

std::expected<std::vector<UniqueFd>, std::string> open_listeners(std::span<const ListenAddress> addresses) {
  std::vector<UniqueFd> listeners;
  for (const ListenAddress& each : addresses) {
    auto socket = listener(each);
    if (!socket) return std::unexpected(socket.error());
    // Out of the way of the numbers that they are to have.
    UniqueFd moved(::fcntl(socket->get(), F_DUPFD_CLOEXEC, first_inherited + static_cast<int>(addresses_max)));
    if (!moved) return std::unexpected(fmt::format("cannot listen on {}: {}", each.text, std::strerror(errno)));
    listeners.push_back(std::move(moved));
  }
  return listeners;
}

std::expected<void, std::string> hand_over(std::span<const UniqueFd> listeners) {
  int number = first_inherited;
  for (const UniqueFd& each : listeners) {
    if (is_own(number) || ::dup2(each.get(), number) != number || !is_inheritable_listener(number)) {
      return std::unexpected(fmt::format("the socket for descriptor {} cannot be handed over", number));
    }
    ++number;
  }
  return {};
}

}  // namespace shallop::oci
