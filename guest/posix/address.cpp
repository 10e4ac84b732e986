// SPDX-License-Identifier: Apache-2.0
#include "address.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "wasi_call.hpp"

namespace shallop::posix {
namespace {

constexpr std::uint16_t swap_bytes(std::uint16_t value) noexcept {
  return static_cast<std::uint16_t>(value << 8 | value >> 8);
}

template <typename SocketAddress>
void store_truncated(const SocketAddress& from, sockaddr* address, socklen_t* length) noexcept {
  std::memcpy(address, &from, std::min<std::size_t>(*length, sizeof from));
  *length = sizeof from;
}

}  // namespace

wasi::Address Endpoint::wire() const noexcept { return {.buf = offset_of(bytes), .buf_len = length}; }

std::optional<Endpoint> to_endpoint(const sockaddr* address, socklen_t length) noexcept {
  if (address == nullptr) {
    fail(wasi::Errno::fault);
    return std::nullopt;
  }
  if (length < sizeof(sa_family_t)) {
    fail(wasi::Errno::inval);
    return std::nullopt;
  }
  Endpoint endpoint{};
  if (address->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in inet4;
    std::memcpy(&inet4, address, sizeof inet4);
    endpoint.length = wasi::inet4_address_bytes;
    endpoint.port = swap_bytes(inet4.sin_port);
    std::memcpy(endpoint.bytes, &inet4.sin_addr, wasi::inet4_address_bytes);
  } else if (address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    sockaddr_in6 inet6;
    std::memcpy(&inet6, address, sizeof inet6);
    endpoint.length = wasi::inet6_address_bytes;
    endpoint.port = swap_bytes(inet6.sin6_port);
    std::memcpy(endpoint.bytes, &inet6.sin6_addr, wasi::inet6_address_bytes);
  } else {
    const bool known_family = address->sa_family == AF_INET || address->sa_family == AF_INET6;
    fail(known_family ? wasi::Errno::inval : wasi::Errno::afnosupport);
    return std::nullopt;
  }
  return endpoint;
}

void store(const Endpoint& endpoint, sockaddr* address, socklen_t* length) noexcept {
  if (endpoint.length == wasi::inet4_address_bytes) {
    sockaddr_in inet4{};
    inet4.sin_family = AF_INET;
    inet4.sin_port = swap_bytes(static_cast<std::uint16_t>(endpoint.port));
    std::memcpy(&inet4.sin_addr, endpoint.bytes, wasi::inet4_address_bytes);
    store_truncated(inet4, address, length);
  } else {
    sockaddr_in6 inet6{};
    inet6.sin6_family = AF_INET6;
    inet6.sin6_port = swap_bytes(static_cast<std::uint16_t>(endpoint.port));
    std::memcpy(&inet6.sin6_addr, endpoint.bytes, wasi::inet6_address_bytes);
    store_truncated(inet6, address, length);
  }
}

}  // namespace shallop::posix
