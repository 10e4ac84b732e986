// SPDX-License-Identifier: Apache-2.0
#include "loadgen/url.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <optional>

#include "base/parse_number.hpp"

namespace shallop::loadgen {
namespace {

bool is_visible_ascii(char character) { return character > ' ' && character < 0x7F; }

bool is_ipv6(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '_';
  });
}

}  // namespace

std::string Url::authority() const {
  const std::string name = host.contains(':') ? fmt::format("[{}]", host) : host;
  return port == (tls ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

std::expected<Url, std::string> parse_url(std::string_view text) {
  const auto refusal = [&](std::string_view why) { return std::unexpected(fmt::format("'{}': {}", text, why)); };
  if (!std::ranges::all_of(text, is_visible_ascii)) {
    return refusal("a URL has no blanks and only ASCII; write others as %20 and the like");
  }
  Url url;
  std::string_view left = text;
  if (left.starts_with("http://")) {
    left.remove_prefix(7);
  } else if (left.starts_with("https://")) {
    url.tls = true;
    left.remove_prefix(8);
  } else {
    return refusal("a URL begins with http:// or https://");
  }
  left = left.substr(0, left.find('#'));
  const size_t authority_end = std::min(left.find_first_of("/?"), left.size());
  std::string_view authority = left.substr(0, authority_end);
  const std::string_view rest = left.substr(authority_end);
  url.target = rest.starts_with('/') ? std::string(rest) : fmt::format("/{}", rest);

  if (authority.contains('@')) return refusal("a user goes into a header: -H 'Authorization: Basic ...'");
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == authority.npos) return refusal("the bracket of the IPv6 address is not closed");
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    if (!is_ipv6(url.host)) return refusal("what stands in brackets is no IPv6 address");
  } else {
    const size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    port = authority.substr(colon);
    if (!is_host_name(url.host)) return refusal("it names no host");
  }
  if (port.empty()) {
    url.port = url.tls ? 443 : 80;
    return url;
  }
  const auto number = port.starts_with(':') ? parse_number<uint16_t>(port.substr(1), 1) : std::nullopt;
  if (!number) return refusal("the port is a number from 1 to 65535");
  url.port = *number;
  return url;
}

}  // namespace shallop::loadgen
