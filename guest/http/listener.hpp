// SPDX-License-Identifier: Apache-2.0
// Listening sockets: opened or inherited, non-blocking, with TCP_NODELAY for what they accept. Errors are errno values;
// the server puts them into sentences.
#pragma once

#include <cstdint>
#include <expected>

namespace shallop::http {

/// On all IPv4 addresses. The socket, or errno.
std::expected<int, int> open_listener(std::uint16_t port) noexcept;

/// Makes an inherited socket what open_listener() gives. 0 or errno.
int prepare_listener(int fd) noexcept;

/// 0 when the host does not tell.
std::uint16_t local_port(int fd) noexcept;

/// A non-blocking connection, or errno.
std::expected<int, int> accept_connection(int fd) noexcept;

/// sd_listen_fds(3): the first socket from descriptor 3 on if LISTEN_FDS announces any, else -1. Directories that a
/// Wasm host preopens may stand before it.
int inherited_listener() noexcept;

}  // namespace shallop::http
