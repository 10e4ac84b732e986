// SPDX-License-Identifier: Apache-2.0
#include "embedder/background_compilation.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <utility>

#include "aot/compiler_process.hpp"
#include "aot/engine.hpp"
#include "aot/native_section.hpp"
#include "aot/perf_map.hpp"
#include "base/signals_blocked.hpp"
#include "embedder/diagnostics.hpp"
#include "interpreter/engine.hpp"
#include "wasm/error.hpp"

namespace shallop {
namespace {

// A guest that has ended by then is not compiled: it would not be worth it.
constexpr std::chrono::milliseconds patience{300};
constexpr uint8_t optimization = 3;
// A host's compiler takes a second or so for most modules; where it never ends, looking costs nothing that is noticed.
constexpr std::chrono::milliseconds store_interval_min{100};
constexpr std::chrono::milliseconds store_interval_max{5'000};

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
  thread_ = std::jthread([this](const std::stop_token& stop) {
    try {
      work(stop);
    } catch (const std::bad_alloc&) {
      state_ = CompilationState::failed;  // the guest goes on as it is
    }
  });
}

BackgroundCompilation::~BackgroundCompilation() = default;

void BackgroundCompilation::tell(std::string_view sentence) const {
  EventLog(task_.log, task_.file, task_.verbose).tell(LogLevel::information, "engine", printable(sentence));
}

std::expected<std::vector<std::byte>, std::string> BackgroundCompilation::compile(const std::stop_token& stop) const {
  auto process = aot::CompilerProcess::start(task_.compiler, *(*task_.module)->bytes,
                                             {.optimization = optimization, .in_background = true});
  if (!process) return std::unexpected(process.error());
  const std::stop_callback end(stop, [&] { process->end(); });
  return process->wait();
}

// By looking: a user may have few inotify instances for all of its containers.
std::expected<std::vector<std::byte>, std::string> BackgroundCompilation::await(const std::stop_token& stop) const {
  const Digest key = aot::cache_key(**task_.module, optimization);
  for (auto interval = store_interval_min; wait_for(interval, stop);) {
    if (auto contents = task_.store->load(key)) return *std::move(contents);
    if (auto failure = task_.store->failure()) {
      return std::unexpected(fmt::format("the host could not compile it: {}", *failure));
    }
    interval = std::min(interval + interval / 16, store_interval_max);
  }
  return std::unexpected("it has ended");
}

// Throws Error when it does not fit.
void BackgroundCompilation::adopt(std::span<const std::byte> contents) {
  const aot::NativeSection section = aot::read_native_section(contents);
  check_fits(section, **task_.module);
  const std::shared_ptr<const Code> native = aot::prepare(task_.module, section.image);
  interpreter::adopt_native(*task_.interpreted, native);
  state_ = CompilationState::native;
  if (!task_.perf_map) return;
  if (const auto written = aot::write_perf_map(*native); !written) tell(written.error());
}

void BackgroundCompilation::work(const std::stop_token& stop) {
  const auto fail = [&](std::string_view reason) {
    state_ = CompilationState::failed;
    if (!stop.stop_requested()) tell(fmt::format("no native code, it stays interpreted: {}", reason));
  };
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::byte> contents;
  if (task_.store) {
    auto found = await(stop);
    if (!found) return fail(found.error());
    contents = *std::move(found);
  } else {
    if (!wait_for(patience, stop)) return;
    state_ = CompilationState::compiling;
    auto compiled = compile(stop);
    if (!compiled) return fail(compiled.error());
    contents = *std::move(compiled);
  }
  try {
    adopt(contents);
  } catch (const Error& error) {
    return fail(error.what());
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (task_.verbose && !stop.stop_requested()) {
    tell(fmt::format("engine: native code from now on, {} {:.1f} s",
                     task_.store ? "of the host's store, after" : "compiled in", taken.count()));
  }
  if (!task_.cache) return;
  const auto stored = task_.cache->store(aot::cache_key(**task_.module, optimization), contents);
  if (!stored) tell(stored.error());
}

}  // namespace shallop
