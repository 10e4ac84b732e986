// SPDX-License-Identifier: Apache-2.0
// A process that a comparison starts: a server, the load generator, a compiler. Head of a process group of its own, so
// that Ctrl-C reaches only us; killed when we end.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "compare/command.hpp"

namespace shallop::compare {

struct ChildOptions {
  Command command;
  std::vector<int> cores;   // empty: any
  std::string output_file;  // of both streams; is replaced
  std::string error_file;   // of standard error alone; empty: both go to output_file
};

class Child {
 public:
  struct Ending {
    int status = 0;    // as a shell shows it
    double cpu_s = 0;  // of the process and those it waited for
  };

  // The error is a sentence.
  static std::expected<Child, std::string> start(const ChildOptions& options);
  Child(Child&&) = default;
  Child& operator=(Child&&) = delete;
  ~Child();

  pid_t id() const { return id_; }
  // Nothing when it still runs after `timeout_ms`, or when `stop` became true.
  std::optional<Ending> wait(int64_t timeout_ms, const std::atomic<bool>& stop);
  // Asks it to end, and ends it when it takes longer than `grace_ms`.
  Ending end(int64_t grace_ms);

 private:
  Child(pid_t id, UniqueFd handle) : id_(id), handle_(std::move(handle)) {}
  std::optional<Ending> wait_until(int64_t deadline_ns, const std::atomic<bool>* stop);

  pid_t id_;
  UniqueFd handle_;  // a pidfd; empty after the end
  std::optional<Ending> ending_;
};

// Runs a command to its end, at most `limit_ms`; both its streams go to `file`. The error is a sentence, with the
// command's last words.
std::expected<void, std::string> run_command(const Command& command, const std::string& file, int64_t limit_ms,
                                             const std::atomic<bool>& stop);
// The same, and what it wrote.
std::expected<std::string, std::string> output_of(const Command& command, const std::string& file, int64_t limit_ms,
                                                  const std::atomic<bool>& stop);

// Of a file of text, such as a log; empty when there is none.
std::string last_line_of(const std::string& file);

}  // namespace shallop::compare
