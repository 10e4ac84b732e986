// SPDX-License-Identifier: Apache-2.0
#include "embedder/loading_limit.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#include "base/signals_blocked.hpp"

namespace shallop {

LoadingLimit::LoadingLimit(std::optional<std::chrono::nanoseconds> time_limit, std::function<void()> when_over) {
  if (!time_limit) return;
  // Clocks overflow beyond 292 years.
  const auto limit = std::min<std::chrono::nanoseconds>(*time_limit, std::chrono::years(100));
  const SignalsBlocked blocked;
  watch_ = std::jthread([limit, when_over = std::move(when_over)](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any end;
    std::unique_lock lock(mutex);
    end.wait_for(lock, stop, limit, [] { return false; });
    if (!stop.stop_requested()) when_over();
  });
}

}  // namespace shallop
