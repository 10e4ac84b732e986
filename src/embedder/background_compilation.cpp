// SPDX-License-Identifier: Apache-2.0
#include "embedder/background_compilation.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "aot/compiler_process.hpp"
#include "aot/engine.hpp"
#include "aot/native_section.hpp"
#include "aot/perf_map.hpp"
#include "embedder/diagnostics.hpp"
#include "interpreter/engine.hpp"
#include "wasm/error.hpp"

namespace shallop {
namespace {

// A guest that has ended by then is not compiled: it would not be worth it.
constexpr std::chrono::milliseconds patience{300};
constexpr uint8_t optimization = 3;

// Threads inherit the mask: signals are for the guest's thread.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// False when asked to stop.
bool wait_for(std::chrono::milliseconds duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

BackgroundCompilation::BackgroundCompilation(CompilationTask task) : task_(std::move(task)) {
  const SignalsBlocked blocked;
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

BackgroundCompilation::~BackgroundCompilation() = default;

void BackgroundCompilation::work(const std::stop_token& stop) {
  if (!wait_for(patience, stop)) return;
  state_ = CompilationState::compiling;
  const auto tell = [&](std::string_view sentence) {
    if (stop.stop_requested()) return;
    EventLog(task_.log, task_.file, task_.verbose).tell(LogLevel::information, "engine", printable(sentence));
  };
  const auto fail = [&](std::string_view reason) {
    state_ = CompilationState::failed;
    tell(fmt::format("no native code, it stays interpreted: {}", reason));
  };
  const auto start = std::chrono::steady_clock::now();
  const Module& module = **task_.module;
  auto process =
      aot::CompilerProcess::start(task_.compiler, *module.bytes, {.optimization = optimization, .in_background = true});
  if (!process) return fail(process.error());
  const std::stop_callback end(stop, [&] { process->end(); });
  const auto contents = process->wait();
  if (!contents) return fail(contents.error());
  try {
    const aot::NativeSection section = aot::read_native_section(*contents);
    check_fits(section, module);
    const std::shared_ptr<const Code> native = aot::prepare(task_.module, section.image);
    interpreter::adopt_native(*task_.interpreted, native);
    state_ = CompilationState::native;
    if (task_.perf_map) {
      if (const auto written = aot::write_perf_map(*native); !written) tell(written.error());
    }
  } catch (const Error& error) {
    return fail(error.what());
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (task_.verbose) tell(fmt::format("engine: native code from now on, compiled in {:.1f} s", taken.count()));
  if (!task_.cache) return;
  const auto stored = task_.cache->store(aot::cache_key(module, optimization), *contents);
  if (!stored) tell(stored.error());
}

}  // namespace shallop
