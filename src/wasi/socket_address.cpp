// SPDX-License-Identifier: Apache-2.0
#include "wasi/socket_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/parse_number.hpp"

namespace shallop::wasi {

SocketAddress SocketAddress::inet4(std::span<const std::byte, 4> address, uint16_t port) {
  SocketAddress result;
  result.storage_.inet4 = {};
  result.storage_.inet4.sin_family = AF_INET;
  result.storage_.inet4.sin_port = htons(port);
  std::memcpy(&result.storage_.inet4.sin_addr, address.data(), address.size());
  return result;
}

SocketAddress SocketAddress::inet6(std::span<const std::byte, 16> address, uint16_t port) {
  SocketAddress result;
  result.storage_.inet6 = {};
  result.storage_.inet6.sin6_family = AF_INET6;
  result.storage_.inet6.sin6_port = htons(port);
  std::memcpy(&result.storage_.inet6.sin6_addr, address.data(), address.size());
  return result;
}

SocketAddress SocketAddress::from_host(const sockaddr& address, socklen_t size) {
  SocketAddress result;
  std::memcpy(&result.storage_, &address, std::min<size_t>(size, capacity));
  return result;
}

std::expected<SocketAddress, std::string> SocketAddress::parse(std::string_view host, uint16_t port) {
  const std::string text = host.empty() || host == "*" ? "0.0.0.0"
                           : host == "localhost"       ? "127.0.0.1"
                                                       : std::string(host);
  std::array<std::byte, 4> inet4_bytes;
  if (inet_pton(AF_INET, text.c_str(), inet4_bytes.data()) == 1) return inet4(inet4_bytes, port);
  std::array<std::byte, 16> inet6_bytes;
  if (inet_pton(AF_INET6, text.c_str(), inet6_bytes.data()) == 1) return inet6(inet6_bytes, port);
  return std::unexpected(fmt::format("\"{}\" is not a numeric IPv4 or IPv6 address", host));
}

uint16_t SocketAddress::port() const {
  switch (family()) {
    case AF_INET: return ntohs(storage_.inet4.sin_port);
    case AF_INET6: return ntohs(storage_.inet6.sin6_port);
    default: return 0;
  }
}

std::span<const std::byte> SocketAddress::bytes() const {
  switch (family()) {
    case AF_INET: return std::as_bytes(std::span(&storage_.inet4.sin_addr, 1));
    case AF_INET6: return std::as_bytes(std::span(&storage_.inet6.sin6_addr, 1));
    default: return {};
  }
}

std::string SocketAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_ntop(family(), bytes().data(), text.data(), text.size()) == nullptr) return "(no address)";
  return family() == AF_INET6 ? fmt::format("[{}]:{}", text.data(), port()) : fmt::format("{}:{}", text.data(), port());
}

socklen_t SocketAddress::size() const {
  switch (family()) {
    case AF_INET: return sizeof(sockaddr_in);
    case AF_INET6: return sizeof(sockaddr_in6);
    default: return sizeof(sa_family_t);
  }
}

std::expected<HostAndPort, std::string> split_host_and_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::unexpected(fmt::format("\"{}\" has no \":PORT\"", text));
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.contains(':')) {
    return std::unexpected(fmt::format("\"{}\" has an IPv6 address without brackets: write [ADDRESS]:PORT", text));
  }
  return HostAndPort{std::string(host), std::string(text.substr(colon + 1))};
}

std::expected<uint16_t, std::string> parse_port(std::string_view text) {
  const auto port = parse_number<uint16_t>(text);
  if (!port) return std::unexpected(fmt::format("\"{}\" is not a port: a number from 0 to 65535", text));
  return *port;
}

std::expected<SocketAddress, std::string> parse_listen_address(std::string_view text) {
  const auto parts = split_host_and_port(text);
  if (!parts) return std::unexpected(parts.error());
  const auto port = parse_port(parts->port);
  if (!port) return std::unexpected(port.error());
  return SocketAddress::parse(parts->host, *port);
}

}  // namespace shallop::wasi
