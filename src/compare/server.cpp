// SPDX-License-Identifier: Apache-2.0
#include "compare/server.hpp"

#include <fmt/format.h>

#include <optional>
#include <system_error>

#include "compare/container_processes.hpp"
#include "compare/http_probe.hpp"
#include "loadgen/clock.hpp"

namespace shallop::compare {
namespace {

constexpr int64_t start_limit_ms = 20'000;
constexpr int answer_limit_s = 30;
constexpr int64_t grace_ms = 3'000;
constexpr int64_t engine_limit_ms = 20'000;  // for a container engine's answer

// Another program may take a port that was free a moment ago.
constexpr int start_tries = 2;

}  // namespace

Server::Server(Child child, uint16_t port, const ServerOptions& options)
    : child_(std::move(child)), processes_{child_.id()}, port_(port), log_file_(options.log_file) {
  if (!options.container) return;
  is_contained_ = true;
  for (const Command& each : options.container->remove) remove_.push_back(with_port(each, port));
}

std::expected<Server, std::string> Server::start(const ServerOptions& options, const std::string& path,
                                                 const std::atomic<bool>& stop) {
  std::string why = "interrupted";
  for (int tries = 0; tries < start_tries && !stop; ++tries) {
    const auto port = find_free_port();
    if (!port) return std::unexpected(port.error());
    const int64_t begin_ns = loadgen::now_ns();
    auto child = Child::start({.command = with_port(options.command, *port),
                               .cores = options.container ? std::vector<int>{} : options.cores,
                               .output_file = options.log_file,
                               .error_file = {}});
    if (!child) return std::unexpected(child.error());
    Server server(*std::move(child), *port, options);
    if (const auto answer = server.wait_for_answer(path, stop); !answer) {
      why = answer.error();
      if (server.child_.wait(0, stop)) continue;
      return std::unexpected(why);
    }
    server.start_ms_ = static_cast<double>(loadgen::now_ns() - begin_ns) / 1e6;
    if (const auto found = server.look_into_container(options, stop); !found) return std::unexpected(found.error());
    return server;
  }
  return std::unexpected(why);
}

std::expected<void, std::string> Server::wait_for_answer(const std::string& path, const std::atomic<bool>& stop) {
  const int64_t deadline_ns = loadgen::now_ns() + start_limit_ms * 1'000'000;
  for (;;) {
    if (accepts_connections(port_)) {
      const auto answer = fetch(port_, path, answer_limit_s);
      if (answer) return {};
      // What publishes a port may accept connections before the service does.
      if (!is_contained_ || loadgen::now_ns() > deadline_ns) return std::unexpected(answer.error());
    }
    // Its end is noticed at once, so the wait between two tries costs a millisecond at most.
    if (child_.wait(1, stop)) return std::unexpected("it ended before it listened" + last_words());
    if (stop) return std::unexpected("interrupted");
    if (loadgen::now_ns() > deadline_ns) {
      return std::unexpected(
          fmt::format("it does not listen on its port within {} s{}", start_limit_ms / 1000, last_words()));
    }
  }
}

std::expected<void, std::string> Server::look_into_container(const ServerOptions& options,
                                                             const std::atomic<bool>& stop) {
  if (!options.container) return {};
  const auto output = output_of(with_port(options.container->find, port_), log_file_ + ".find", engine_limit_ms, stop);
  if (!output) return std::unexpected(output.error());
  const auto process = process_of(*output, with_port(options.container->container, port_));
  if (!process) return std::unexpected(fmt::format("{} tells no process of it", options.container->find.front()));
  processes_ = {*process};
  for (const pid_t each : processes_that_publish(port_)) processes_.push_back(each);
  if (const std::error_code error = pin_tree(*process, options.cores)) why_not_pinned_ = error.message();
  return {};
}

TreeUsage Server::usage() const {
  TreeUsage sum;
  for (const pid_t each : processes_) {
    const TreeUsage usage = usage_of_tree(each);
    sum.cpu_s += usage.cpu_s;
    sum.peak_resident_kib += usage.peak_resident_kib;
  }
  return sum;
}

std::string Server::last_words() const {
  const std::string last = last_line_of(log_file_);
  return last.empty() ? "" : fmt::format("; its last words: {}", last);
}

std::string Server::why_ended(const std::atomic<bool>& stop) {
  const auto ending = child_.wait(0, stop);
  return ending ? fmt::format("the server ended with status {}{}", ending->status, last_words()) : "";
}

void Server::end() {
  if (has_ended_) return;
  has_ended_ = true;
  child_.end(grace_ms);
  // Most are gone with their end; then this fails, and nobody minds.
  const std::atomic<bool> to_the_end = false;
  for (const Command& each : remove_) {
    static_cast<void>(run_command(each, log_file_ + ".remove", engine_limit_ms, to_the_end));
  }
  remove_.clear();
}

}  // namespace shallop::compare
