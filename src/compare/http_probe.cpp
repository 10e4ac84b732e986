// SPDX-License-Identifier: Apache-2.0
#include "compare/http_probe.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "base/parse_number.hpp"
#include "base/unique_fd.hpp"

namespace shallop::compare {
namespace {

constexpr size_t response_size_max = size_t{64} << 20;

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

UniqueFd connected(uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  if (socket && connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) socket.reset();
  return socket;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
  return result;
}

// https://www.rfc-editor.org/rfc/rfc9112#section-7.1
std::expected<std::string, std::string> without_chunks(std::string_view body) {
  std::string whole;
  for (;;) {
    size_t size = 0;
    const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), size, 16);
    const size_t line_end = body.find("\r\n");
    if (error != std::errc() || line_end == body.npos) return std::unexpected("its chunks are malformed");
    body.remove_prefix(line_end + 2);
    if (size == 0) return whole;
    if (body.size() < 2 || size > body.size() - 2) return std::unexpected("its response is truncated");
    whole += body.substr(0, size);
    body.remove_prefix(size + 2);
  }
}

// The value of the field `name`, in lower case; empty when there is none.
std::string field_of(std::string_view header, std::string_view name) {
  const std::string text = lower(header);
  const size_t at = text.find(fmt::format("\r\n{}:", name));
  if (at == text.npos) return {};
  const size_t begin = text.find_first_not_of(" \t", at + 3 + name.size());
  return text.substr(begin, text.find("\r\n", begin) - begin);
}

}  // namespace

std::expected<ProbeAnswer, std::string> parse_answer(std::string_view response) {
  const size_t header_end = response.find("\r\n\r\n");
  if (!response.starts_with("HTTP/1.") || header_end == response.npos || header_end < 12) {
    return std::unexpected("its response is no HTTP");
  }
  ProbeAnswer answer;
  const auto status = parse_number<int>(response.substr(9, 3), 100);
  if (!status) return std::unexpected("its response has no status");
  answer.status = *status;
  const std::string_view header = response.substr(0, header_end + 2);
  const std::string_view body = response.substr(header_end + 4);
  if (field_of(header, "transfer-encoding") == "chunked") {
    auto whole = without_chunks(body);
    if (!whole) return std::unexpected(whole.error());
    answer.body = *std::move(whole);
    return answer;
  }
  answer.body = body;
  if (const std::string length = field_of(header, "content-length"); !length.empty()) {
    size_t size = 0;
    std::from_chars(length.data(), length.data() + length.size(), size);
    if (body.size() < size) return std::unexpected("its response is truncated");
    answer.body.resize(size);
  }
  return answer;
}

std::expected<ProbeAnswer, std::string> fetch(uint16_t port, const std::string& path, int timeout_s) {
  const UniqueFd socket = connected(port);
  if (!socket) return std::unexpected("it does not accept a connection");
  const timeval timeout{.tv_sec = timeout_s, .tv_usec = 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  const std::string request =
      fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", path, port);
  if (send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
    return std::unexpected("it does not take a request");
  }
  std::string response;
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t size = recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (size == 0) return parse_answer(response);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return std::unexpected(fmt::format("it does not answer within {} s", timeout_s));
    if (size < 0)
      return std::unexpected(fmt::format("its answer breaks off: {}", std::generic_category().message(errno)));
    response.append(buffer.data(), static_cast<size_t>(size));
    if (response.size() > response_size_max) return std::unexpected("its response is larger than 64 MiB");
  }
}

bool accepts_connections(uint16_t port) { return static_cast<bool>(connected(port)); }

std::expected<uint16_t, std::string> find_free_port() {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (!listener || bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
      getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return std::unexpected(fmt::format("no port can be had: {}", std::generic_category().message(errno)));
  }
  return ntohs(address.sin_port);
}

}  // namespace shallop::compare
