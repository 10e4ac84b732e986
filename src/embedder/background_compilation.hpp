// SPDX-License-Identifier: Apache-2.0
// Compiles a module while it is interpreted, on a thread that waits for the compiler's process. When the code is there,
// the guest's calls go to it, and it is kept in the cache.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "aot/cache.hpp"
#include "embedder/event_log.hpp"
#include "runtime/engine.hpp"
#include "validation/validated_module.hpp"

namespace shallop {

struct CompilationTask {
  std::string file;      // for messages
  std::string compiler;  // the program
  std::shared_ptr<const ValidatedModule> module;
  std::shared_ptr<const Code> interpreted;  // interpreter::prepare()'s
  std::optional<aot::Cache> cache;
  bool perf_map = false;
  bool verbose = false;
  LogFormat log = LogFormat::text;
};

// How far it has come: nothing done yet, at work, native code in use, given up.
enum class CompilationState : uint8_t { interpreted, compiling, native, failed };

class BackgroundCompilation {
 public:
  // Throws std::system_error when there can be no thread.
  explicit BackgroundCompilation(CompilationTask task);
  // Ends the compiler if it still works.
  ~BackgroundCompilation();

  // Any thread may ask.
  CompilationState state() const { return state_.load(std::memory_order_relaxed); }

 private:
  void work(const std::stop_token& stop);

  CompilationTask task_;
  std::atomic<CompilationState> state_ = CompilationState::interpreted;
  std::jthread thread_;
};

}  // namespace shallop
