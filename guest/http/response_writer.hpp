// SPDX-License-Identifier: Apache-2.0
// Serialises responses, head and body into one buffer, so that one send() carries them (RFC 9112, 4 and 6).
#pragma once

#include <cstdint>
#include <string_view>

#include "http_date.hpp"
#include "output_buffer.hpp"
#include "shallop/http/response.hpp"

namespace shallop::http {

/// What the response must say of the connection. HTTP/1.1 stays open and HTTP/1.0 closes unless told.
enum class ConnectionHeader : std::uint8_t { none, keep_alive, close };

inline constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

/// `head_only` answers HEAD: as to GET, without the body.
void append_response(OutputBuffer& out, const Response& response, const DateLine& date, bool head_only,
                     ConnectionHeader connection);

/// A refusal by the server itself, with the reason as its body; the connection closes behind it.
void append_refusal(OutputBuffer& out, int status, const DateLine& date, bool head_only,
                    std::string_view header_lines = {});

}  // namespace shallop::http
