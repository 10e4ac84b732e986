// SPDX-License-Identifier: Apache-2.0
#include "compare/server.hpp"

#include <fmt/format.h>

#include <fstream>
#include <optional>

#include "compare/http_probe.hpp"
#include "loadgen/clock.hpp"

namespace shallop::compare {
namespace {

constexpr int64_t start_limit_ms = 20'000;
constexpr int answer_limit_s = 30;
constexpr int64_t grace_ms = 3'000;

// Another program may take a port that was free a moment ago.
constexpr int start_tries = 2;

}  // namespace

std::expected<Server, std::string> Server::start(const ServerOptions& options, const std::string& path,
                                                 const std::atomic<bool>& stop) {
  std::string why;
  for (int tries = 0; tries < start_tries && !stop; ++tries) {
    const auto port = find_free_port();
    if (!port) return std::unexpected(port.error());
    const int64_t begin_ns = loadgen::now_ns();
    auto child = Child::start({.command = with_port(options.command, *port),
                               .cores = options.cores,
                               .output_file = options.log_file,
                               .error_file = {}});
    if (!child) return std::unexpected(child.error());
    Server server(*std::move(child), *port, options.log_file);
    // Its end is noticed at once, so the wait between two tries costs a millisecond at most.
    while (!accepts_connections(*port)) {
      if (server.child_.wait(1, stop)) {
        why = "it ended before it listened" + server.last_words();
        break;
      }
      if (stop) return std::unexpected("interrupted");
      if (loadgen::now_ns() - begin_ns > start_limit_ms * 1'000'000) {
        return std::unexpected(
            fmt::format("it does not listen on its port within {} s{}", start_limit_ms / 1000, server.last_words()));
      }
    }
    if (!why.empty()) continue;
    if (const auto answer = fetch(*port, path, answer_limit_s); !answer) return std::unexpected(answer.error());
    server.start_ms_ = static_cast<double>(loadgen::now_ns() - begin_ns) / 1e6;
    return server;
  }
  return std::unexpected(why.empty() ? "interrupted" : why);
}

std::string Server::last_words() const {
  std::ifstream file(log_file_);
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) last = line;
  }
  return last.empty() ? "" : fmt::format("; its last words: {}", last);
}

std::string Server::why_ended(const std::atomic<bool>& stop) {
  const auto ending = child_.wait(0, stop);
  return ending ? fmt::format("the server ended with status {}{}", ending->status, last_words()) : "";
}

void Server::end() { child_.end(grace_ms); }

}  // namespace shallop::compare
