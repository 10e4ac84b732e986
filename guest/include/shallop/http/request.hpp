// SPDX-License-Identifier: Apache-2.0
// A complete HTTP/1.x request as a handler sees it. All views are valid until the handler returns.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "shallop/http/limits.hpp"

namespace shallop::http {

struct Header {
  std::string_view name;  // as sent; compare with equal_ignoring_case
  std::string_view value;
};

/// RFC 9112, 3.2.
enum class TargetForm : std::uint8_t { origin, absolute, authority, asterisk };

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

struct Request {
  std::string_view method;     // case-sensitive
  std::string_view target;     // as sent
  std::string_view path;       // percent-encoding and dot segments as sent; "*" of the asterisk form
  std::string_view query;      // behind the '?', without it
  std::string_view authority;  // the target's in absolute form, else the Host header's
  std::string_view body;       // complete, chunked coding removed
  TargetForm form = TargetForm::origin;
  std::uint8_t minor_version = 1;  // HTTP/1.0 or HTTP/1.1; a later 1.x counts as 1.1

  std::array<Header, max_header_lines> header_lines;
  std::size_t header_count = 0;

  std::span<const Header> headers() const noexcept { return {header_lines.data(), header_count}; }

  /// The first header of that name, or an empty view.
  std::string_view header(std::string_view name) const noexcept;
};

}  // namespace shallop::http
