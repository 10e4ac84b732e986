// SPDX-License-Identifier: Apache-2.0
// The process around the guests: starts the workers, spreads connections over them, replaces those that trap, drains
// them when a signal asks for it, answers --stats, and reaps orphans where it is the first process of a container. It
// runs on the process's first thread, which runs no guest.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "embedder/event_log.hpp"
#include "embedder/metrics.hpp"
#include "embedder/worker.hpp"
#include "wasi/listener_pool.hpp"
#include "wasi/socket_address.hpp"

namespace shallop {

struct SupervisorOptions {
  uint32_t workers = 1;
  std::optional<std::chrono::nanoseconds> time_limit = std::nullopt;  // of all guests together
  std::chrono::nanoseconds grace = std::chrono::seconds(10);
  std::optional<wasi::SocketAddress> stats;
  size_t thread_stack_bytes = size_t{8} << 20;
};

// What the supervisor does not know of the guests it supervises.
struct GuestProcess {
  // On a worker's thread: one guest to its end. `pool` is null where there is but one worker.
  std::function<GuestEnding(Worker&, wasi::ListenerPool* pool)> run;
  // The exit status that an outcome stands for; says on standard error what there is to say of it.
  std::function<int(const GuestEnding&)> finish;
  std::function<EngineStatus()> engine;
};

// To the end of the process; returns its exit status. Throws what kept the first guest from running.
int supervise(const SupervisorOptions& options, const GuestProcess& process, const EventLog& log);

}  // namespace shallop
