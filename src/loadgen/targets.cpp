// SPDX-License-Identifier: Apache-2.0
#include "loadgen/targets.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/un.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <tuple>

#include "base/file.hpp"

namespace shallop::loadgen {
namespace {

constexpr size_t body_size_max = size_t{1} << 30;

// https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

std::string lowered(std::string_view text) {
  std::string lower(text);
  for (char& each : lower) each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  return lower;
}

std::string uppered(std::string_view text) {
  std::string upper(text);
  for (char& each : upper) each = static_cast<char>(std::toupper(static_cast<unsigned char>(each)));
  return upper;
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::expected<std::vector<SocketAddress>, std::string> resolve(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), fmt::format("{}", port).c_str(), &hints, &found); error != 0) {
    return std::unexpected(fmt::format("the host '{}' cannot be found: {}", host, gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress address{.storage = {}, .length = each->ai_addrlen};
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    addresses.push_back(address);
  }
  return addresses;
}

std::expected<std::vector<SocketAddress>, std::string> unix_address(const std::string& path) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) {
    return std::unexpected(
        fmt::format("--unix: '{}' is longer than the {} bytes of a socket's path", path, sizeof address.sun_path - 1));
  }
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  SocketAddress made{.storage = {}, .length = sizeof address};
  std::memcpy(&made.storage, &address, sizeof address);
  return std::vector{made};
}

// HTTP/2 has fields in lower case and no connection of its own. https://www.rfc-editor.org/rfc/rfc9113#section-8.2.2
bool belongs_to_connection(const std::string& lower_name) {
  return lower_name == "connection" || lower_name == "keep-alive" || lower_name == "transfer-encoding" ||
         lower_name == "upgrade" || lower_name == "proxy-connection";
}

Target make_target(const Plan& plan, const RequestDescription& request) {
  Target target{.origin = 0,
                .method = request.method,
                .scheme = request.url.tls ? "https" : "http",
                .authority = request.url.authority(),
                .path = request.url.target,
                .headers = {},
                .body = request.body,
                .http1 = {}};
  bool has_length = false;
  for (const auto& [name, value] : request.headers) {
    const std::string lower = lowered(name);
    has_length = has_length || lower == "content-length" || lower == "transfer-encoding";
    if (lower == "host") {
      target.authority = value;
    } else if (!plan.http2) {
      target.headers.emplace_back(name, value);
    } else if (!belongs_to_connection(lower)) {
      target.headers.emplace_back(lower, value);
    }
  }
  // A POST without a body says so; else a server would have to guess.
  // https://www.rfc-editor.org/rfc/rfc9110#section-8.6
  const bool expects_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (!has_length && (!request.body.empty() || expects_body)) {
    target.headers.emplace_back(plan.http2 ? "content-length" : "Content-Length",
                                fmt::format("{}", request.body.size()));
  }
  target.http1 = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", target.method, target.path, target.authority);
  for (const auto& [name, value] : target.headers) target.http1 += fmt::format("{}: {}\r\n", name, value);
  if (!plan.keep_alive) target.http1 += "Connection: close\r\n";
  target.http1 += "\r\n";
  target.http1 += target.body;
  return target;
}

}  // namespace

std::expected<std::pair<std::string, std::string>, std::string> parse_header_field(std::string_view text) {
  const size_t colon = text.find(':');
  const bool is_plain = std::ranges::all_of(text, [](char c) { return c != '\r' && c != '\n' && c != '\0'; });
  if (colon == text.npos || !is_token(text.substr(0, colon)) || !is_plain) {
    return std::unexpected(fmt::format("'{}' is no header field: write it as 'Name: value'", text));
  }
  return std::pair(std::string(text.substr(0, colon)), std::string(trimmed(text.substr(colon + 1))));
}

std::expected<std::vector<RequestDescription>, std::string> parse_request_file(std::string_view text,
                                                                               const RequestDescription& pattern) {
  std::vector<RequestDescription> requests;
  std::istringstream lines{std::string(text)};
  size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (words.empty() || words.front().starts_with('#')) continue;
    const auto refusal = [&](const std::string& why) {
      return std::unexpected(fmt::format("line {}: {}", number, why));
    };

    RequestDescription request = pattern;
    size_t at = 0;
    if (words.size() > 1 && !words[0].contains("://")) request.method = uppered(words[at++]);
    if (!is_token(request.method)) return refusal(fmt::format("'{}' is no method", request.method));
    const auto url = parse_url(words[at++]);
    if (!url) return refusal(url.error());
    request.url = *url;
    if (at < words.size() && words[at].starts_with('@')) {
      const auto body = read_body(words[at++].substr(1));
      if (!body) return refusal(body.error());
      request.body = *body;
    }
    if (at < words.size())
      return refusal(fmt::format("'{}' is too much: a line is [METHOD] URL [@BODYFILE]", words[at]));
    requests.push_back(std::move(request));
  }
  if (requests.empty()) return std::unexpected("there is no request in it");
  return requests;
}

std::expected<std::string, std::string> read_body(const std::string& path) {
  const auto bytes = read_file(path, body_size_max);
  if (!bytes) return std::unexpected(fmt::format("the file '{}' cannot be read: {}", path, bytes.error().message()));
  // Bytes to the characters that sockets take.
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

std::expected<void, std::string> add_targets(Plan& plan, const std::vector<RequestDescription>& requests,
                                             const std::string& unix_path) {
  std::map<std::tuple<bool, std::string, uint16_t>, size_t> known;
  for (const RequestDescription& request : requests) {
    const Url& url = request.url;
    const auto [origin, is_new] = known.try_emplace({url.tls, url.host, url.port}, plan.origins.size());
    if (is_new) {
      auto addresses = unix_path.empty() ? resolve(url.host, url.port) : unix_address(unix_path);
      if (!addresses) return std::unexpected(addresses.error());
      plan.origins.push_back({.tls = url.tls, .host = url.host, .addresses = *std::move(addresses)});
    }
    plan.targets.push_back(make_target(plan, request));
    plan.targets.back().origin = origin->second;
  }
  return {};
}

}  // namespace shallop::loadgen
