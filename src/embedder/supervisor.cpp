// SPDX-License-Identifier: Apache-2.0
#include "embedder/supervisor.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>

#include "base/unique_fd.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/duration_text.hpp"
#include "embedder/process_signals.hpp"
#include "embedder/seats.hpp"
#include "embedder/stats_server.hpp"
#include "wasi/drain.hpp"
#include "wasm/error.hpp"

namespace shallop {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Between two wakings of the workers that have not noticed yet: a signal may come just before the call that it should
// end.
constexpr milliseconds wake_interval{5};
// For guests that were stopped, or whose time is over: one in a call to the host that cannot be interrupted, as a
// read from a network file system that has gone, is left behind then.
constexpr milliseconds last_patience{500};
// A time of years would not fit the clock.
constexpr std::chrono::nanoseconds longest_wait = std::chrono::hours(24 * 365);
// Without descriptors, accepting is tried again after this.
constexpr milliseconds accept_back_off{10};

UniqueFd open_event() {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) throw ResourceError(fmt::format("cannot make an event: {}", std::strerror(errno)));
  return fd;
}

std::string reason_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::bad_alloc&) {
    return "there is not enough memory";
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::string_view name_of(int signal) { return signal == SIGINT ? "SIGINT" : "SIGTERM"; }

class Supervisor {
 public:
  Supervisor(const SupervisorOptions& options, const GuestProcess& process, const EventLog& log);

  int run();

 private:
  void start(Seat& seat);
  void wait();
  std::optional<Clock::time_point> next_time() const;
  void take_signals();
  void take_signal(int signal);
  void take_endings();
  void take_ending(Seat& seat);
  void take_trap(Seat& seat, const std::string& failure);
  void take_failed_start(Seat& seat, const std::exception_ptr& failure);
  void keep_time();
  void wake_unaware(Clock::time_point now);
  void drain(std::string_view event, const std::string& why);
  void stop_guests();
  [[noreturn]] void leave_guests_behind();
  Clock::time_point grace_end() const;
  std::optional<Clock::time_point> patience_end() const;

  StatsResponse answer(std::string_view target) const;
  ProcessMetrics metrics() const;

  const SupervisorOptions& options_;
  const GuestProcess& process_;
  const EventLog& log_;
  ProcessSignals signals_;
  UniqueFd endings_;
  std::optional<wasi::ListenerPool> pool_;  // outlives the workers, who use it
  Seats seats_;
  std::optional<StatsServer> stats_;

  Clock::time_point began_;
  std::optional<Clock::time_point> accept_again_;
  std::optional<Clock::time_point> drain_began_;
  Clock::time_point next_wake_;
  bool pool_finished_ = false;
  std::optional<Clock::time_point> stopped_;  // when all guests were told to end
  std::optional<int> exit_status_;
  std::exception_ptr failure_;
  uint64_t traps_ = 0;
  uint64_t restarts_ = 0;
};

Supervisor::Supervisor(const SupervisorOptions& options, const GuestProcess& process, const EventLog& log)
    : options_(options),
      process_(process),
      log_(log),
      endings_(open_event()),
      seats_(
          options.workers, [this](Worker& worker) { return process_.run(worker, pool_ ? &*pool_ : nullptr); },
          [this] { eventfd_write(endings_.get(), 1); }) {
  if (options.workers > 1) pool_.emplace(seats_.states());
  if (options.stats) stats_.emplace(*options.stats, [this](std::string_view target) { return answer(target); });
}

int Supervisor::run() {
  began_ = Clock::now();
  for (Seat& each : seats_) {
    if (!failure_) start(each);
  }
  while (seats_.any_awaited()) {
    wait();
    take_signals();
    take_endings();
    keep_time();
  }
  if (failure_) std::rethrow_exception(failure_);
  if (drain_began_) log_.tell(LogLevel::detail, "stopped", "all guests have ended");
  return exit_status_.value_or(exit_status::success);
}

void Supervisor::start(Seat& seat) {
  // One that replaces another has only the time that is left.
  auto time_limit = options_.time_limit;
  if (time_limit) *time_limit -= std::min<std::chrono::nanoseconds>(*time_limit, Clock::now() - began_);
  try {
    seat.start(time_limit, options_.thread_stack_bytes);
  } catch (const ResourceError&) {
    take_failed_start(seat, std::current_exception());
  }
}

void Supervisor::wait() {
  // A negative descriptor is passed over.
  std::array<pollfd, 4> wanted{{
      {.fd = signals_.readable_fd(), .events = POLLIN, .revents = 0},
      {.fd = endings_.get(), .events = POLLIN, .revents = 0},
      {.fd = pool_ && !pool_finished_ && !accept_again_ ? pool_->readable_fd() : -1, .events = POLLIN, .revents = 0},
      {.fd = stats_ ? stats_->readable_fd() : -1, .events = POLLIN, .revents = 0},
  }};
  int timeout_ms = -1;
  if (const auto next = next_time()) {
    const auto left = std::chrono::ceil<milliseconds>(*next - Clock::now());
    timeout_ms = static_cast<int>(std::clamp<int64_t>(left.count(), 0, 60'000));
  }
  ::poll(wanted.data(), wanted.size(), timeout_ms);
  eventfd_t count = 0;
  eventfd_read(endings_.get(), &count);
  if (wanted[2].revents != 0 && !pool_->accept()) accept_again_ = Clock::now() + accept_back_off;
  if (!stats_) return;
  const auto next = stats_->next_time();
  if (wanted[3].revents != 0 || (next && *next <= Clock::now())) stats_->serve();
}

std::optional<Clock::time_point> Supervisor::next_time() const {
  std::optional<Clock::time_point> next;
  const auto consider = [&next](Clock::time_point time) { next = next ? std::min(*next, time) : time; };
  if (const auto start = seats_.next_start()) consider(*start);
  if (accept_again_) consider(*accept_again_);
  if (const auto stats = stats_ ? stats_->next_time() : std::nullopt) consider(*stats);
  if (const auto end = patience_end()) consider(*end);
  if (drain_began_) {
    if (!stopped_) consider(grace_end());
    if (pool_ && !pool_finished_) consider(*drain_began_ + wasi::Drain::last_arrivals);
    if (!seats_.all_know_of_drain()) consider(next_wake_);
  }
  return next;
}

void Supervisor::take_signals() {
  while (const auto signal = signals_.take()) take_signal(*signal);
}

void Supervisor::take_signal(int signal) {
  if (signal == SIGCHLD) {
    // As the first process of a container this one inherits whoever lost a parent. They become children of its first
    // thread, which is this one; those that another thread has started, as the compiler, are for that thread to wait
    // for.
    if (getpid() == 1) {
      while (::waitpid(-1, nullptr, WNOHANG | __WNOTHREAD) > 0) {
      }
    }
    return;
  }
  if (drain_began_ || !seats_.is_server()) ProcessSignals::end_by(signal);
  drain("draining", fmt::format("{}: taking no new connections, {} open; ends within {} s", name_of(signal),
                                seats_.open_connections(), std::chrono::ceil<seconds>(options_.grace).count()));
}

void Supervisor::take_endings() {
  for (Seat& each : seats_) {
    if (each.has_ended()) take_ending(each);
  }
}

void Supervisor::take_ending(Seat& seat) {
  const WorkerEnding ending = seat.take_ending();
  if (const auto* failure = std::get_if<std::exception_ptr>(&ending)) {
    take_failed_start(seat, *failure);
    return;
  }
  const auto& guest = std::get<GuestEnding>(ending);
  const auto* trap = std::get_if<Trap>(&guest.outcome);
  const bool interrupted = trap != nullptr && trap->code == TrapCode::interrupted;
  if ((drain_began_ || stopped_) && interrupted) return;  // as it was asked to
  const bool failed = !guest.failure.empty();
  if (failed && options_.workers > 1 && !interrupted) {
    take_trap(seat, guest.failure);
    return;
  }
  const int status = process_.finish(guest);
  if (failed) ++traps_;
  if (!exit_status_) exit_status_ = status;
  if (interrupted) stop_guests();  // The time limit is over for all.
  // The guest of one worker has ended the program: so it ends for all.
  if (!drain_began_ && !stopped_ && seats_.any_awaited()) {
    drain("guest_ended",
          fmt::format("worker {} has ended with status {}: ending the others", seat.worker().index(), status));
  }
}

void Supervisor::take_trap(Seat& seat, const std::string& failure) {
  ++traps_;
  const uint32_t index = seat.worker().index();
  if (!seat.was_of_use() && seat.has_started_once()) {
    log_.tell(LogLevel::error, "trap", fmt::format("worker {}: {}", index, failure), {{"worker", index}});
    exit_status_ = exit_status::trapped;
    if (!drain_began_) drain("guest_ended", fmt::format("worker {} never came to wait for clients: giving up", index));
    stop_guests();
    return;
  }
  if (drain_began_ || stopped_) {
    log_.tell(LogLevel::error, "trap", fmt::format("worker {}: {}", index, failure), {{"worker", index}});
    return;
  }
  const milliseconds delay = seat.start_later();
  log_.tell(LogLevel::error, "trap",
            fmt::format("worker {}: {}\n  worker {} starts again in {} ms", index, failure, index, delay.count()),
            {{"worker", index}, {"restart_in_ms", delay.count()}});
}

// What keeps a first start from running keeps the program from it. A later one may lack what others hold for a while.
void Supervisor::take_failed_start(Seat& seat, const std::exception_ptr& failure) {
  if (seat.has_started_once()) {
    if (!failure_) failure_ = failure;
    stop_guests();
    return;
  }
  if (drain_began_ || stopped_) return;
  const uint32_t index = seat.worker().index();
  const milliseconds delay = seat.start_later();
  log_.tell(LogLevel::error, "start_failed",
            fmt::format("worker {} cannot start again: {}; trying in {} ms", index, reason_of(failure), delay.count()),
            {{"worker", index}, {"restart_in_ms", delay.count()}});
}

void Supervisor::keep_time() {
  const Clock::time_point now = Clock::now();
  if (accept_again_ && now >= *accept_again_) accept_again_.reset();
  for (Seat& each : seats_) {
    if (!each.next_start() || now < *each.next_start()) continue;
    ++restarts_;
    start(each);
  }
  if (const auto end = patience_end(); end && now >= *end && seats_.any_running()) leave_guests_behind();
  if (!drain_began_) return;
  if (pool_ && !pool_finished_ && now >= *drain_began_ + wasi::Drain::last_arrivals) {
    pool_finished_ = true;
    pool_->finish();
  }
  wake_unaware(now);
  if (!stopped_ && now >= grace_end()) {
    log_.tell(LogLevel::warning, "grace_over",
              fmt::format("the grace time of {} s is over: closing {} connections (--grace)",
                          std::chrono::ceil<seconds>(options_.grace).count(), seats_.open_connections()),
              {{"connections", static_cast<int64_t>(seats_.open_connections())}});
    stop_guests();
  }
}

Clock::time_point Supervisor::grace_end() const { return *drain_began_ + std::min(options_.grace, longest_wait); }

// When guests that still run are left behind; none: as long as nobody stops them.
std::optional<Clock::time_point> Supervisor::patience_end() const {
  if (stopped_) return *stopped_ + last_patience;
  if (options_.time_limit) return began_ + std::min(*options_.time_limit, longest_wait) + last_patience;
  return std::nullopt;
}

void Supervisor::leave_guests_behind() {
  const bool is_time_over = !stopped_;
  const std::string why =
      is_time_over ? fmt::format("the time limit of {} (--timeout) was reached, and ", text_of(*options_.time_limit))
                   : "";
  for (const Seat& each : seats_) {
    if (!each.is_running()) continue;
    log_.tell(LogLevel::warning, "left_behind",
              fmt::format("{}worker {} does not come back from what the host does for it: the process ends without it",
                          why, each.worker().index()),
              {{"worker", each.worker().index()}});
  }
  if (failure_) log_.tell(LogLevel::error, "cannot_run", reason_of(failure_));
  const int status = failure_ ? exit_status::cannot_run : is_time_over ? exit_status::trapped : exit_status::success;
  _exit(exit_status_.value_or(status));
}

// Workers that are to drain and may wait in a system call. Those who have noticed look by themselves.
void Supervisor::wake_unaware(Clock::time_point now) {
  if (now < next_wake_) return;
  next_wake_ = now + wake_interval;
  seats_.wake_unaware();
}

void Supervisor::drain(std::string_view event, const std::string& why) {
  drain_began_ = Clock::now();
  log_.tell(LogLevel::information, event, why, {{"connections", static_cast<int64_t>(seats_.open_connections())}});
  if (pool_) pool_->stop_connecting();
  seats_.drain();
  wake_unaware(*drain_began_);
}

void Supervisor::stop_guests() {
  stopped_ = Clock::now();
  seats_.stop();
}

StatsResponse Supervisor::answer(std::string_view target) const {
  if (target == "/metrics") return {.status = 200, .body = prometheus_text(metrics())};
  if (target == "/healthz") return {.status = 200, .body = "ok\n"};
  if (target == "/readyz") {
    if (drain_began_) return {.status = 503, .body = "draining\n"};
    return seats_.is_server() ? StatsResponse{.status = 200, .body = "ready\n"}
                              : StatsResponse{.status = 503, .body = "the guest does not listen yet\n"};
  }
  return {.status = 404, .body = "There are /metrics, /healthz and /readyz.\n"};
}

ProcessMetrics Supervisor::metrics() const {
  ProcessMetrics metrics;
  metrics.workers = seats_.counters();
  metrics.traps = traps_;
  metrics.restarts = restarts_;
  metrics.draining = drain_began_.has_value();
  metrics.engine = process_.engine();
  return metrics;
}

}  // namespace

int supervise(const SupervisorOptions& options, const GuestProcess& process, const EventLog& log) {
  return Supervisor(options, process, log).run();
}

}  // namespace shallop
