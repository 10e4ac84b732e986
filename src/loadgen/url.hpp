// SPDX-License-Identifier: Apache-2.0
// http:// and https:// URLs, taken apart. https://www.rfc-editor.org/rfc/rfc9110#section-4.2
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace shallop::loadgen {

struct Url {
  bool tls = false;
  std::string host;  // a name, an IPv4 address, or an IPv6 address without its brackets
  uint16_t port = 0;
  std::string target;  // origin form: path and query, "/" when there is none

  // As the Host field has it: the port only when it is not the scheme's.
  std::string authority() const;
};

// The error is a sentence about `text`, without a full stop.
std::expected<Url, std::string> parse_url(std::string_view text);

}  // namespace shallop::loadgen
