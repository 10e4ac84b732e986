// SPDX-License-Identifier: Apache-2.0
// One start of a variant's server: until it answers, what it uses, its end.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <optional>
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
  std::optional<ContainerCommands> container;  // `command` runs one
};

class Server {
 public:
  // Returns when it has answered GET `path` with any status. The error is a sentence without its subject.
  static std::expected<Server, std::string> start(const ServerOptions& options, const std::string& path,
                                                  const std::atomic<bool>& stop);

  Server(Server&&) = default;
  Server& operator=(Server&&) = delete;
  ~Server() { end(); }

  uint16_t port() const { return port_; }
  double start_ms() const { return start_ms_; }
  // The service's process, in its container or not.
  pid_t id() const { return processes_.front(); }
  // With what passes the bytes of a published port on, where the engine has a process for that.
  TreeUsage usage() const;
  // Why it is on other processors than the options say; empty: it is not.
  const std::string& why_not_pinned() const { return why_not_pinned_; }
  // Why it has ended, when it has.
  std::string why_ended(const std::atomic<bool>& stop);
  void end();

 private:
  Server(Child child, uint16_t port, const ServerOptions& options);
  // The error is why it does not answer.
  std::expected<void, std::string> wait_for_answer(const std::string& path, const std::atomic<bool>& stop);
  // From now on `id` is of the service, and it runs where it shall.
  std::expected<void, std::string> look_into_container(const ServerOptions& options, const std::atomic<bool>& stop);
  std::string last_words() const;

  Child child_;
  std::vector<pid_t> processes_;
  std::vector<Command> remove_;  // the container, whatever became of it
  uint16_t port_;
  std::string log_file_;
  bool is_contained_ = false;
  bool has_ended_ = false;
  double start_ms_ = 0;
  std::string why_not_pinned_;
};

}  // namespace shallop::compare
