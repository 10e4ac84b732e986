// SPDX-License-Identifier: Apache-2.0
// One start of a variant's server: until it answers, what it uses, its end.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "compare/child.hpp"
#include "compare/engine.hpp"
#include "compare/usage.hpp"

namespace shallop::compare {

struct ServerOptions {
  Command command;  // with "{port}"
  std::vector<int> cores;
  std::string log_file;
};

class Server {
 public:
  // Returns when it has answered GET `path` with any status. The error is a sentence without its subject.
  static std::expected<Server, std::string> start(const ServerOptions& options, const std::string& path,
                                                  const std::atomic<bool>& stop);

  uint16_t port() const { return port_; }
  double start_ms() const { return start_ms_; }
  pid_t id() const { return child_.id(); }
  TreeUsage usage() const { return usage_of_tree(child_.id()); }
  // Why it has ended, when it has.
  std::string why_ended(const std::atomic<bool>& stop);
  void end();

 private:
  Server(Child child, uint16_t port, std::string log_file)
      : child_(std::move(child)), port_(port), log_file_(std::move(log_file)) {}
  std::string last_words() const;

  Child child_;
  uint16_t port_;
  std::string log_file_;
  double start_ms_ = 0;
};

}  // namespace shallop::compare
