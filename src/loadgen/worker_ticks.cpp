// SPDX-License-Identifier: Apache-2.0
// The part of Worker that is done at ticks and at the ends of a run: what is not worth a look per request.
#include <fcntl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "loadgen/clock.hpp"
#include "loadgen/http1_client.hpp"
#include "loadgen/http2_client.hpp"
#include "loadgen/worker.hpp"

namespace shallop::loadgen {
namespace {

constexpr int64_t tick_ns = 10 * ns_per_ms;

// How long this thread was ready to run while others had the processor; 0 where the kernel does not tell. The second
// number of the file (kernel documentation, "Scheduler Statistics").
int64_t waiting_for_processor_ns() {
  const UniqueFd file(open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC));
  std::array<char, 96> text{};
  const ssize_t size = file ? ::read(file.get(), text.data(), text.size()) : 0;
  const std::string_view numbers(text.data(), static_cast<size_t>(std::max<ssize_t>(size, 0)));
  const size_t second = std::min(numbers.find(' '), numbers.size() - 1) + 1;
  int64_t waiting_ns = 0;
  if (second < numbers.size()) std::from_chars(numbers.data() + second, numbers.data() + numbers.size(), waiting_ns);
  return waiting_ns;
}

}  // namespace

template <class Client>
void Worker<Client>::arm_timer() {
  const int64_t next =
      phase_ == Phase::load && window_end_ > now_ ? std::min(now_ + tick_ns, window_end_) : now_ + tick_ns;
  const itimerspec time{.it_interval = {}, .it_value = as_timespec(next)};
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &time, nullptr);
}

template <class Client>
void Worker<Client>::tick() {
  now_ = now_ns();
  uint64_t expirations = 0;
  [[maybe_unused]] const ssize_t size = ::read(timer_.get(), &expirations, sizeof expirations);
  if (phase_ == Phase::load && !is_window_begun_ && now_ >= window_begin_) begin_window();
  retry_closed_connections();
  check_timeouts();
  if (phase_ == Phase::load) consider_polling();
  if (phase_ == Phase::load && !schedule_.has_rate()) pause_.adapt(now_ - std::exchange(adapted_ns_, now_));
  arm_timer();
}

template <class Client>
void Worker<Client>::check_timeouts() {
  if (now_ < next_timeout_check_) return;
  // A twentieth of the limit late at most; looking at each connection is cheap, but there may be ten thousand.
  next_timeout_check_ =
      now_ + std::clamp(std::min(plan_.timeout_ns, plan_.connect_timeout_ns) / 20, tick_ns, 25 * tick_ns);
  for (Connection& each : connections_) {
    switch (each.state) {
      case ConnectionState::closed: break;
      case ConnectionState::connecting:
      case ConnectionState::handshaking:
        if (now_ - each.begun_ns > plan_.connect_timeout_ns) connecting_failed(each, {FailureKind::connect_timeout, 0});
        break;
      case ConnectionState::open: {
        int64_t oldest = now_;
        each.client.for_each_flight([&](const Flight& flight) { oldest = std::min(oldest, flight.sent_ns); });
        if (now_ - oldest > plan_.timeout_ns) lose(each, {FailureKind::timeout, 0});
        break;
      }
    }
  }
}

template <class Client>
void Worker<Client>::check_ending() {
  if (open_ != 0) last_open_ns_ = now_;
  const bool is_done = now_ >= window_end_ || (schedule_.is_used_up() && in_flight_ == 0) || control_.stops();
  // Without a duration nothing else would end a run whose server has gone.
  tally_.is_server_gone = !plan_.duration_ns && open_ == 0 && now_ - last_open_ns_ > plan_.connect_timeout_ns;
  if (is_done || tally_.is_server_gone) phase_ = Phase::ended;
}

template <class Client>
void Worker<Client>::begin_window() {
  is_window_begun_ = true;
  window_wall_ns_ = now_;
  window_cpu_ns_ = read_clock_ns(CLOCK_THREAD_CPUTIME_ID);
  window_waiting_ns_ = waiting_for_processor_ns();
}

template <class Client>
void Worker<Client>::finish() {
  now_ = now_ns();
  tally_.ended_at_ns = now_;
  const int64_t end = std::min(now_, window_end_);
  if (is_window_begun_ && now_ > window_wall_ns_) {
    const auto wall_ns = static_cast<double>(now_ - window_wall_ns_);
    const int64_t busy_ns = read_clock_ns(CLOCK_THREAD_CPUTIME_ID) - window_cpu_ns_ - lingered_ns_;
    tally_.use.busy_share = static_cast<double>(std::max<int64_t>(busy_ns, 0)) / wall_ns;
    tally_.use.waiting_share = static_cast<double>(waiting_for_processor_ns() - window_waiting_ns_) / wall_ns;
  }
  if (schedule_.has_rate() && is_window_begun_) tally_.overdue = schedule_.overdue(end);
  for (Connection& each : connections_) {
    each.client.for_each_flight([&](const Flight& flight) {
      if (flight.due_ns >= end) return;
      ++tally_.in_flight;
      tally_.oldest_in_flight_ns = std::max(tally_.oldest_in_flight_ns, end - flight.due_ns);
    });
    each.stream.close();
  }
  control_.thread_ended();
}

#define SHALLOP_INSTANTIATE(Client) \
  template void Worker<Client>::arm_timer(); \
  template void Worker<Client>::tick(); \
  template void Worker<Client>::check_ending(); \
  template void Worker<Client>::begin_window(); \
  template void Worker<Client>::finish()
SHALLOP_INSTANTIATE(Http1Client);
SHALLOP_INSTANTIATE(Http2Client);
#undef SHALLOP_INSTANTIATE

}  // namespace shallop::loadgen
