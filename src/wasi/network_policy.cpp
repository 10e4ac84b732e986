// SPDX-License-Identifier: Apache-2.0
#include "wasi/network_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <span>

#include "base/parse_number.hpp"

namespace shallop::wasi {
namespace {

// Names are compared as DNS does: in any case, with or without the root's dot.
std::string canonical_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string canonical(name);
  std::ranges::transform(canonical, canonical.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return canonical;
}

bool is_host_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
  }) && std::ranges::any_of(text, [](unsigned char c) { return std::isalpha(c) != 0; });
}

bool has_prefix(std::span<const std::byte> address, std::span<const std::byte> prefix, uint32_t bits) {
  if (address.size() != prefix.size()) return false;
  const size_t whole = bits / 8;
  if (!std::equal(prefix.begin(), prefix.begin() + static_cast<ptrdiff_t>(whole), address.begin())) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<std::byte>(0xFF << (8 - bits % 8));
  return (address[whole] & mask) == (prefix[whole] & mask);
}

// An IPv4 address as IPv6 sockets show it, ::ffff:a.b.c.d, is that IPv4 address.
std::span<const std::byte> unmapped(std::span<const std::byte> address) {
  constexpr std::array<unsigned char, 12> mapping{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  const bool is_mapped = address.size() == 16 && std::memcmp(address.data(), mapping.data(), mapping.size()) == 0;
  return is_mapped ? address.subspan(mapping.size()) : address;
}

}  // namespace

NetworkPolicy NetworkPolicy::open() {
  NetworkPolicy policy;
  policy.open_ = true;
  return policy;
}

std::expected<NetworkPolicy, std::string> NetworkPolicy::parse(std::string_view rules) {
  NetworkPolicy policy;
  while (true) {
    const size_t comma = rules.find(',');
    const std::string_view text = rules.substr(0, comma);
    if (text == "*") {
      policy.open_ = true;
    } else if (auto rule = parse_rule(text)) {
      policy.rules_.push_back(std::move(*rule));
    } else {
      return std::unexpected(fmt::format("network rule \"{}\": {}", text, rule.error()));
    }
    if (comma == std::string_view::npos) return policy;
    rules.remove_prefix(comma + 1);
  }
}

std::expected<NetworkPolicy::Rule, std::string> NetworkPolicy::parse_rule(std::string_view text) {
  Rule rule;
  const std::string_view direction = text.substr(0, text.find(':'));
  if (direction == "listen")
    rule.direction = Direction::listen;
  else if (direction == "connect")
    rule.direction = Direction::connect;
  else
    return std::unexpected("want listen:ADDRESS:PORT, connect:ADDRESS:PORT or *");
  if (direction.size() == text.size()) return std::unexpected("want an address and a port");

  const auto parts = split_host_and_port(text.substr(direction.size() + 1));
  if (!parts) return std::unexpected(parts.error());
  if (const auto error = rule.parse_address(parts->host)) return std::unexpected(*error);
  if (const auto error = rule.parse_ports(parts->port)) return std::unexpected(*error);
  return rule;
}

std::optional<std::string> NetworkPolicy::Rule::parse_address(std::string_view text) {
  if (text == "*") {
    any_address = true;
    return std::nullopt;
  }
  const size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  const auto address = host.empty() ? std::unexpected(std::string()) : SocketAddress::parse(host, 0);
  if (!address) {
    if (direction == Direction::listen || !is_host_name(text)) {
      return fmt::format("\"{}\" is not an address", text);
    }
    name = canonical_name(text);
    return std::nullopt;
  }
  prefix = *address;
  const auto longest = static_cast<uint32_t>(prefix.bytes().size() * 8);
  prefix_bits = longest;
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view typed = text.substr(slash + 1);
  const auto bits = parse_number<uint32_t>(typed, 0, longest);
  if (!bits) return fmt::format("\"{}\" is not a number of bits from 0 to {}", typed, longest);
  prefix_bits = *bits;
  return std::nullopt;
}

std::optional<std::string> NetworkPolicy::Rule::parse_ports(std::string_view text) {
  if (text == "*") return std::nullopt;
  const size_t dash = text.find('-');
  const auto first = parse_port(text.substr(0, dash));
  if (!first) return first.error();
  const auto last = dash == std::string_view::npos ? first : parse_port(text.substr(dash + 1));
  if (!last) return last.error();
  if (*last < *first) return fmt::format("no port is in {}", text);
  first_port = *first;
  last_port = *last;
  return std::nullopt;
}

bool NetworkPolicy::Rule::allows(const SocketAddress& address) const {
  if (address.port() < first_port || address.port() > last_port) return false;
  if (any_address) return true;
  const auto bytes = unmapped(address.bytes());
  if (name.empty()) {
    return has_prefix(address.bytes(), prefix.bytes(), prefix_bits) || has_prefix(bytes, prefix.bytes(), prefix_bits);
  }
  return std::ranges::any_of(
      resolved, [&](const SocketAddress& known) { return std::ranges::equal(unmapped(known.bytes()), bytes); });
}

bool NetworkPolicy::allows(Direction direction, const SocketAddress& address) const {
  return open_ || std::ranges::any_of(
                      rules_, [&](const Rule& rule) { return rule.direction == direction && rule.allows(address); });
}

bool NetworkPolicy::may_listen(const SocketAddress& local) const { return allows(Direction::listen, local); }
bool NetworkPolicy::may_connect(const SocketAddress& peer) const { return allows(Direction::connect, peer); }

bool NetworkPolicy::may_resolve(std::string_view name) const {
  if (canonical_name(name) == "localhost") return !closed();  // tells nobody anything
  return open_ || std::ranges::any_of(rules_, [&](const Rule& rule) {
           return rule.direction == Direction::connect && (rule.any_address || rule.name == canonical_name(name));
         });
}

void NetworkPolicy::resolved(std::string_view name, const SocketAddress& address) {
  // A name whose addresses change must not grow the list without end.
  constexpr size_t limit = 1024;
  for (Rule& rule : rules_) {
    if (rule.name.empty() || rule.name != canonical_name(name) || rule.resolved.size() == limit) continue;
    const bool is_known = std::ranges::any_of(
        rule.resolved, [&](const SocketAddress& known) { return std::ranges::equal(known.bytes(), address.bytes()); });
    if (!is_known) rule.resolved.push_back(address);
  }
}

}  // namespace shallop::wasi
