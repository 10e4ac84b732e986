// SPDX-License-Identifier: Apache-2.0
// struct sockaddr to and from the socket extension's pair of address bytes and numeric port.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "abi/socket_extension.hpp"

namespace shallop::posix {

/// An IP endpoint as the imports want it. `wire()` points into the object: keep it where it is while a call runs.
struct Endpoint {
  std::uint8_t bytes[wasi::inet6_address_bytes];
  wasi::Size length;  // 4 or 16
  std::uint32_t port;

  wasi::Address wire() const noexcept;
};

/// Nothing, with errno set, when `address` is of another family than IPv4 or IPv6 or too short for its family.
std::optional<Endpoint> to_endpoint(const sockaddr* address, socklen_t length) noexcept;

/// Writes as much as fits into `*length` bytes and then the full size to `*length`, as POSIX wants it.
void store(const Endpoint& endpoint, sockaddr* address, socklen_t* length) noexcept;

}  // namespace shallop::posix
