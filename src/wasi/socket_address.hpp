// SPDX-License-Identifier: Apache-2.0
// An IPv4 or IPv6 address with port, as the host's system calls take it. A plain value.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace shallop::wasi {

class SocketAddress {
 public:
  SocketAddress() = default;  // of no family, as for a peer without a name
  static SocketAddress inet4(std::span<const std::byte, 4> address, uint16_t port);
  static SocketAddress inet6(std::span<const std::byte, 16> address, uint16_t port);
  static SocketAddress from_host(const sockaddr& address, socklen_t size);
  // A numeric address: "127.0.0.1", "::1", and "*" or "" for any (IPv4).
  static std::expected<SocketAddress, std::string> parse(std::string_view host, uint16_t port);

  int family() const { return storage_.any.sa_family; }  // AF_INET, AF_INET6, or AF_UNSPEC
  uint16_t port() const;                                 // in host order
  // The address in network order: 4 or 16 bytes, none without a family.
  std::span<const std::byte> bytes() const;
  std::string text() const;  // "127.0.0.1:8080", "[::1]:8080"

  const sockaddr* data() const { return &storage_.any; }
  socklen_t size() const;
  // For system calls that fill in an address.
  sockaddr* out() { return &storage_.any; }
  static constexpr socklen_t capacity = sizeof(sockaddr_storage);

 private:
  union Storage {
    sockaddr_storage bytes{};
    sockaddr any;
    sockaddr_in inet4;
    sockaddr_in6 inet6;
  } storage_;
};

// "ADDR:PORT" split; ADDR of IPv6 is in brackets. The error is a sentence about `text`.
struct HostAndPort {
  std::string host;
  std::string port;
};
std::expected<HostAndPort, std::string> split_host_and_port(std::string_view text);
std::expected<uint16_t, std::string> parse_port(std::string_view text);

// What `--listen` names: "127.0.0.1:8080", "[::1]:8080", "*:8080", ":8080".
std::expected<SocketAddress, std::string> parse_listen_address(std::string_view text);

}  // namespace shallop::wasi
