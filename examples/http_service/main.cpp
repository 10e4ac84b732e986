// SPDX-License-Identifier: Apache-2.0
// The reference service: answers every method with one line of text; a path that contains "/heavy" computes first. One
// source, native and Wasm.
//   http_service [PORT]      default 8080
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string_view>

#include "fibonacci.hpp"
#include "shallop/http_server.hpp"

namespace {

using shallop::http::Request;
using shallop::http::Response;

constexpr std::uint16_t default_port = 8080;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

std::string_view greeting(std::string_view method) noexcept {
  if (method == "GET") return "Hello from GET request";
  if (method == "POST") return "Hello from POST request";
  return "Hello from unknown request";
}

void compute_and_log() {
  using Clock = std::chrono::steady_clock;
  constexpr unsigned index = 30;
  const Clock::time_point start = Clock::now();
  const std::uint32_t value = example::fibonacci(index);
  const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
  std::printf("heavy: Fibonacci(%u) = %u took %lld us\n", index, static_cast<unsigned>(value),
              static_cast<long long>(elapsed.count()));
}

void handle(const Request& request, Response& response) {
  if (request.path.find("/heavy") != std::string_view::npos) compute_and_log();
  response.write(greeting(request.method));
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const auto port = argument_count > 1 ? parse_port(arguments[1]) : default_port;
  if (!port || argument_count > 2) {
    std::fputs("http_service: the only argument is a port from 1 to 65535, as in: http_service 8080\n", stderr);
    return exit_usage;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);

  shallop::http::Server server(handle);
  const int inherited = shallop::http::Server::inherited_descriptor();
  const auto listening = inherited >= 0 ? server.adopt(inherited) : server.listen(*port);
  if (!listening) {
    std::fprintf(stderr, "http_service: %s\n", listening.error().c_str());
    return exit_failure;
  }
  std::printf("http_service: listening on port %u\n", static_cast<unsigned>(*listening));

  if (const auto ended = server.run(); !ended) {
    std::fprintf(stderr, "http_service: %s\n", ended.error().c_str());
    return exit_failure;
  }
  return 0;
}
