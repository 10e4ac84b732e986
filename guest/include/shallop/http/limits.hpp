// SPDX-License-Identifier: Apache-2.0
// What one client may ask of a server before it is refused, and how long it may take: times are kept to a second.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace shallop::http {

/// More header lines than this are refused with 431. Fixed, so that a request's headers are an array and not an
/// allocation.
inline constexpr std::size_t max_header_lines = 100;

struct Limits {
  /// Method, target and version; refused with 414 beyond. RFC 9112, 3 asks for at least 8000.
  std::size_t request_line_bytes = std::size_t{8} * 1024;

  /// Request line and header lines together, and again the trailers of a chunked body; refused with 431 beyond.
  std::size_t head_bytes = std::size_t{16} * 1024;

  /// Refused with 413 beyond: a body is held in memory until it is complete.
  std::size_t body_bytes = std::size_t{1024} * 1024;

  /// Further clients wait in the backlog of the listening socket.
  std::size_t connections = std::size_t{16} * 1024;

  /// From the first byte of a request, or from accepting the connection, to the end of its head.
  std::chrono::milliseconds head_timeout{10'000};

  /// For the body, and for a peer to take a response; every kilobyte that moves earns another second (see below).
  std::chrono::milliseconds transfer_timeout{15'000};
  std::size_t transfer_bytes_per_second = 1024;

  /// Between two requests of one connection.
  std::chrono::milliseconds idle_timeout{60'000};

  /// How long a refused client is still listened to, so that it reads the answer before the connection is reset.
  std::chrono::milliseconds linger_timeout{2'000};
};

}  // namespace shallop::http
