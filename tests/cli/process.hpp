// SPDX-License-Identifier: Apache-2.0
// A child process under test: its output is collected, it can be sent signals, and it never outlives the test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"

namespace shallop::cli {

class Process {
 public:
  // Runs in `directory`, with `environment` ("NAME=VALUE") and nothing else of ours, as the head of a process group.
  // Throws std::runtime_error when it cannot be started.
  Process(const std::vector<std::string>& command, const std::string& directory,
          const std::vector<std::string>& environment);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  struct Ending {
    std::string out;
    std::string err;
    int status = 0;  // as a shell shows it: 128 and the number of the signal that ended it
  };

  // Until both outputs are closed and the process has ended; one that takes longer is killed, and its status is 137.
  Ending wait(std::chrono::seconds timeout = std::chrono::seconds(30));
  // The most memory that it held, once it has been waited for; at least what the test held when it was started.
  uint64_t peak_bytes() const { return peak_bytes_; }
  // Until standard output holds `text`. False when the output ends before, or after a while.
  bool wait_for_output(std::string_view text);
  void send_signal(int signal) const;
  pid_t id() const { return id_; }

 private:
  using Clock = std::chrono::steady_clock;
  // False when both streams have ended or the time has come.
  bool read_some(Clock::time_point deadline);

  pid_t id_ = -1;
  UniqueFd out_;
  UniqueFd err_;
  Ending ending_;
  uint64_t peak_bytes_ = 0;
};

}  // namespace shallop::cli
