// SPDX-License-Identifier: Apache-2.0
// Runs the program `shallop-compiler` beside this one: a process of its own, because only it contains LLVM, and because
// what a compiler of foreign code needs is little: it has no network, bounded memory, a low priority, and ends with us.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"

namespace shallop::aot {

// The path of the compiler that belongs to this program; nothing if it was built without.
std::optional<std::string> find_compiler();

struct CompilerOptions {
  uint8_t optimization = 3;
  std::string cpu = "host";    // as `shallop compile --cpu` has it
  bool in_background = false;  // leaves the processor to others
  uint64_t memory_bytes_max = uint64_t{4} << 30;
};

class CompilerProcess {
 public:
  // Begins to compile the module of these bytes for this machine. The error is a sentence.
  static std::expected<CompilerProcess, std::string> start(const std::string& compiler,
                                                           std::span<const std::byte> module,
                                                           const CompilerOptions& options);
  CompilerProcess(CompilerProcess&& other) noexcept;
  CompilerProcess& operator=(CompilerProcess&&) = delete;
  // Ends the process if wait() was not called.
  ~CompilerProcess();

  // Kills the process; wait() then returns. May be called by another thread.
  void end() const;

  // Returns the contents of a native section when the process has ended. The error is a sentence.
  std::expected<std::vector<std::byte>, std::string> wait();

 private:
  CompilerProcess() = default;

  pid_t process_ = -1;
  UniqueFd process_fd_;
  UniqueFd output_;
  UniqueFd messages_;
};

}  // namespace shallop::aot
