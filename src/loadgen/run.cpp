// SPDX-License-Identifier: Apache-2.0
#include "loadgen/run.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "base/signals_blocked.hpp"
#include "loadgen/clock.hpp"
#include "loadgen/http1_client.hpp"
#include "loadgen/http2_client.hpp"
#include "loadgen/series.hpp"
#include "loadgen/worker.hpp"

namespace shallop::loadgen {
namespace {

using Tallies = std::vector<std::unique_ptr<Tally>>;

void wait_for_event(const RunControl& control, int64_t until_ns) {
  const int64_t timeout_ns = std::max<int64_t>(until_ns - now_ns(), 0);
  const timespec timeout{.tv_sec = timeout_ns / ns_per_s, .tv_nsec = timeout_ns % ns_per_s};
  pollfd event{.fd = control.event_descriptor(), .events = POLLIN, .revents = 0};
  if (ppoll(&event, 1, &timeout, nullptr) <= 0) return;
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t size = read(control.event_descriptor(), &count, sizeof count);
}

void watch(const Plan& plan, const RunControl& control, Series& series, const Observer& observer) {
  while (!control.have_all_ended()) {
    const auto start_ns = control.start_ns();
    if (!start_ns) {
      wait_for_event(control, now_ns() + ns_per_s);
      continue;
    }
    const int64_t origin_ns = *start_ns + plan.warmup_ns;
    wait_for_event(control, origin_ns + series.next_end_ns());
    const int64_t elapsed_ns = now_ns() - origin_ns;
    if (elapsed_ns < series.next_end_ns()) continue;
    const Interval& latest = series.end_interval(series.next_end_ns());
    observer({elapsed_ns, latest, series.completed(), series.failed()});
  }
}

void merge_failures(std::vector<FailureCount>& into, const std::vector<FailureCount>& from) {
  for (const FailureCount& each : from) {
    const auto known = std::ranges::find(into, each.failure, &FailureCount::failure);
    if (known != into.end()) {
      known->count += each.count;
    } else {
      into.push_back(each);
    }
  }
}

void merge(Result& result, const Tally& tally) {
  result.response.merge(tally.response);
  result.service.merge(tally.service);
  result.send_lag.merge(tally.send_lag);
  result.connect.merge(tally.connect);
  result.unexpected.merge(tally.unexpected);
  result.connected += tally.connected;
  result.bytes_received += tally.bytes.load();
  for (size_t status = 0; status < tally.statuses.size(); ++status) {
    if (tally.statuses[status] != 0) result.statuses[static_cast<int>(status)] += tally.statuses[status];
  }
  merge_failures(result.failures, tally.failures);
  result.in_flight += tally.in_flight;
  result.oldest_in_flight_ns = std::max(result.oldest_in_flight_ns, tally.oldest_in_flight_ns);
  result.threads.push_back(tally.use);
  if (result.pace) {
    result.pace->overdue += tally.overdue;
    result.pace->waited += tally.waited;
  }
}

Ending ending_of(const Plan& plan, const RunControl& control, const Tallies& tallies, bool had_time) {
  if (control.stops()) return control.ending();
  if (std::ranges::any_of(tallies, [](const auto& each) { return each->is_server_gone; })) return Ending::server_gone;
  return plan.requests && had_time ? Ending::requests : Ending::duration;
}

void fill(Result& result, const Plan& plan, const RunControl& control, const Tallies& tallies) {
  result.connections = plan.connections;
  if (plan.rate_per_s) result.pace = Pace{.offered_per_s = *plan.rate_per_s};
  for (const auto& each : tallies) merge(result, *each);
  std::ranges::sort(result.failures, std::greater(), &FailureCount::count);

  const auto start_ns = control.start_ns();
  if (!start_ns) {
    result.ending = control.stops() ? control.ending() : Ending::server_gone;
    return;
  }
  const int64_t origin_ns = *start_ns + plan.warmup_ns;
  int64_t end_ns = origin_ns;
  for (const auto& each : tallies) end_ns = std::max(end_ns, each->ended_at_ns);
  if (plan.duration_ns) end_ns = std::min(end_ns, origin_ns + *plan.duration_ns);
  result.window_ns = end_ns - origin_ns;
  const int64_t age_ns = now_ns() - origin_ns;
  result.started_at_s = static_cast<double>(read_clock_ns(CLOCK_REALTIME) - age_ns) / 1e9;
  result.ending = ending_of(plan, control, tallies, !plan.duration_ns || result.window_ns < *plan.duration_ns);
  if (result.pace) result.pace->achieved_per_s = result.requests_per_s();

  std::vector<std::vector<GapRecord::Gap>> gaps;
  for (const auto& each : tallies) {
    each->gaps.mark(end_ns);
    gaps.push_back(each->gaps.gaps());
  }
  result.silence = longest_silence(gaps, origin_ns);
}

template <class Client>
void run_threads(const Plan& plan, RunControl& control, SSL_CTX* tls, const Tallies& tallies,
                 const std::function<void()>& watch_them) {
  std::vector<std::unique_ptr<Worker<Client>>> workers;
  workers.reserve(plan.threads);
  for (unsigned i = 0; i < plan.threads; ++i) {
    workers.push_back(std::make_unique<Worker<Client>>(plan, i, control, tls, *tallies[i]));
  }
  std::vector<std::jthread> threads;
  {
    const SignalsBlocked blocked;
    try {
      for (const auto& worker : workers) threads.emplace_back([&each = *worker] { each.run(); });
    } catch (const std::system_error&) {
      control.start_without(plan.threads - static_cast<unsigned>(threads.size()));
      throw;
    }
  }
  watch_them();
}

}  // namespace

std::unique_ptr<Result> run_plan(const Plan& plan, RunControl& control, SSL_CTX* tls, const Observer& observer) {
  Tallies tallies;
  for (unsigned i = 0; i < plan.threads; ++i) tallies.push_back(std::make_unique<Tally>());
  Series series(tallies);
  const auto watch_them = [&] { watch(plan, control, series, observer); };
  plan.http2 ? run_threads<Http2Client>(plan, control, tls, tallies, watch_them)
             : run_threads<Http1Client>(plan, control, tls, tallies, watch_them);

  auto result = std::make_unique<Result>();
  fill(*result, plan, control, tallies);
  // What is left of the last interval.
  if (result->window_ns > series.begin_ns()) series.end_interval(result->window_ns);
  result->series = series.intervals();
  return result;
}

std::expected<void, std::string> provide_descriptors(const Plan& plan) {
  // Besides the connections: standard streams, two of each thread, and a few of the libraries.
  const rlim_t needed = plan.connections + rlim_t{2} * plan.threads + 16;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return {};
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < needed) {
    return std::unexpected(fmt::format(
        "{} connections need {} file descriptors, but the hard limit is {} (ulimit -Hn); raise it or take fewer "
        "connections (-c)",
        plan.connections, needed, limit.rlim_max));
  }
  limit.rlim_cur = needed;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return std::unexpected(
        fmt::format("{} connections need {} file descriptors, and the limit (ulimit -n) cannot be raised",
                    plan.connections, needed));
  }
  return {};
}

}  // namespace shallop::loadgen
