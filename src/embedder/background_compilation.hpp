// SPDX-License-Identifier: Apache-2.0
// Gets native code for a module while it is interpreted, on a thread that waits for the compiler's process, or for what
// the host puts into its store. When the code is there, the guest's calls go to it, and what was compiled here is kept
// in the cache.
#pragma once

#include <atomic>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "aot/cache.hpp"
#include "aot/native_store.hpp"
#include "embedder/event_log.hpp"
#include "runtime/engine.hpp"
#include "validation/validated_module.hpp"

namespace shallop {

struct CompilationTask {
  std::string file;      // for messages
  std::string compiler;  // the program; not used where there is a store
  std::shared_ptr<const ValidatedModule> module;
  std::shared_ptr<const Code> interpreted;  // interpreter::prepare()'s
  std::optional<aot::Cache> cache;
  std::optional<aot::NativeStore> store;
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
  std::expected<std::vector<std::byte>, std::string> compile(const std::stop_token& stop) const;
  std::expected<std::vector<std::byte>, std::string> await(const std::stop_token& stop) const;
  void adopt(std::span<const std::byte> contents);
  void tell(std::string_view sentence) const;

  CompilationTask task_;
  std::atomic<CompilationState> state_ = CompilationState::interpreted;
  std::jthread thread_;
};

}  // namespace shallop
