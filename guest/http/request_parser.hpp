// SPDX-License-Identifier: Apache-2.0
// Parses the head of a request (RFC 9112) in one pass over its octets, strictly: whatever two parsers might read in two
// ways is refused. Line ends are CRLF; the result does not depend on how the octets were split on their way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shallop/http/limits.hpp"
#include "shallop/http/request.hpp"

namespace shallop::http {

/// How the body behind a head is delimited, and what the head says of the connection.
struct Framing {
  std::uint64_t content_length = 0;
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;
};

struct Head {
  Request request;
  Framing framing;
};

/// What parse_head remembers of an incomplete head, so that a slow client does not make it read everything again and
/// again.
struct HeadProgress {
  std::size_t scanned = 0;
  bool past_request_line = false;
};

struct HeadResult {
  enum class Kind : std::uint8_t { complete, incomplete, refused };
  Kind kind = Kind::incomplete;
  int status = 0;        // of the refusal
  std::size_t size = 0;  // of the complete head, its empty line included
};

/// `input` starts at the first octet of a request and has a NUL behind its end (`input.data()[input.size()]`). After
/// `incomplete`, call again with the same octets and more behind them. `head` is set when complete and views `input`.
HeadResult parse_head(std::string_view input, const Limits& limits, HeadProgress& progress, Head& head) noexcept;

}  // namespace shallop::http
