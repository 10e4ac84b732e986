// SPDX-License-Identifier: Apache-2.0
#include "loadgen/worker.hpp"

#include <sys/prctl.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "loadgen/clock.hpp"
#include "loadgen/http1_client.hpp"
#include "loadgen/http2_client.hpp"

namespace shallop::loadgen {
namespace {

constexpr size_t buffer_size = size_t{64} << 10;
constexpr size_t events_max = 512;
// A thread that found as many at one look has no need of a pause before the next.
constexpr int answers_at_once = 16;
// Full buffers that one connection may deliver before others have their turn.
constexpr int full_reads_max = 16;

UniqueFd checked(int descriptor, const char* what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return UniqueFd(descriptor);
}

}  // namespace

template <class Client>
Worker<Client>::Worker(const Plan& plan, unsigned index, RunControl& control, SSL_CTX* tls, Tally& tally)
    : plan_(plan),
      control_(control),
      tls_(tls),
      tally_(tally),
      schedule_(plan, index),
      shared_(plan),
      targets_of_(plan.origins.size()),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)),
      epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      timer_(checked(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create")) {
  for (uint32_t i = 0; i < plan.targets.size(); ++i) targets_of_[plan.targets[i].origin].push_back(i);
  const size_t count = plan.connections / plan.threads + (index < plan.connections % plan.threads ? 1 : 0);
  connections_.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    // Numbered over all threads, so that every origin and every target has its share.
    const size_t number = i * plan.threads + index;
    Connection& connection = connections_.emplace_back(shared_);
    connection.origin = static_cast<uint32_t>(number % plan.origins.size());
    connection.next_target =
        static_cast<uint32_t>(number / plan.origins.size() % targets_of_[connection.origin].size());
  }
  idle_.reserve(count);
  ready_.reserve(count);
  answers_.reserve(plan.streams);
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, timer_.get(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

template <class Client>
void Worker<Client>::run() {
  prctl(PR_SET_TIMERSLACK, 1);  // wake up when a request is due or a pause ends, not 50 us later
  connect_all();
  tally_.connected = open_;
  if (const auto start_ns = control_.wait_for_start(open_, connect_failure_)) {
    begin_load(*start_ns);
    loop();
  }
  finish();
}

template <class Client>
void Worker<Client>::begin_load(int64_t start_ns) {
  now_ = now_ns();
  phase_ = Phase::load;
  last_open_ns_ = now_;
  adapted_ns_ = now_;
  window_begin_ = start_ns + plan_.warmup_ns;
  if (plan_.duration_ns) window_end_ = window_begin_ + *plan_.duration_ns;
  schedule_.begin(start_ns);
  // With a rate or a number of requests, those of the warm-up are told apart; else a response in the window counts.
  if (schedule_.has_rate() || plan_.requests) {
    count_from_ = window_begin_;
    schedule_.count_from(count_from_);
  }
  tally_.gaps.begin(window_begin_);
  if (plan_.warmup_ns == 0) begin_window();
  arm_timer();
  for (Connection& each : connections_) {
    if (each.state != ConnectionState::open) continue;
    now_ = now_ns();
    offer(each);
    flush(each);
  }
}

template <class Client>
void Worker<Client>::loop() {
  std::array<epoll_event, events_max> events{};
  check_ending();
  while (phase_ != Phase::ended) {
    const int count = wait(events);
    if (schedule_.has_rate()) now_ = now_ns();
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      auto* connection = static_cast<Connection*>(event.data.ptr);
      connection != nullptr ? on_event(*connection, event.events) : tick();
    }
    serve_ready();
    if (schedule_.has_rate()) send_due();
    check_ending();
    if (pause_.length_ns() != 0 && count < answers_at_once) {
      const timespec length = as_timespec(pause_.length_ns());
      nanosleep(&length, nullptr);
    }
  }
}

template <class Client>
void Worker<Client>::on_event(Connection& connection, uint32_t events) {
  switch (connection.state) {
    case ConnectionState::closed: return;
    case ConnectionState::connecting:
      if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
      on_connected(connection);
      break;
    case ConnectionState::handshaking: on_handshake(connection); break;
    case ConnectionState::open: break;
  }
  if (connection.state != ConnectionState::open) return;
  // With the end of the handshake TLS may have taken in what follows it; no event will tell of that.
  if (connection.stream.has_tls()) events |= EPOLLIN;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    read(connection, (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
  } else if ((events & EPOLLOUT) != 0) {
    flush(connection);
  }
}

template <class Client>
void Worker<Client>::read(Connection& connection, bool until_end) {
  for (int full_reads = 0;; ++full_reads) {
    const auto transfer = connection.stream.receive({buffer_.get(), buffer_size});
    if (transfer.status == ByteStream::Status::again) {
      if (transfer.drained) return;
      continue;
    }
    now_ = now_ns();
    if (!take_in(connection, transfer)) return;
    if (transfer.drained && !until_end) return;
    if (full_reads == full_reads_max) return look_again(connection);
  }
}

// Not all that was there has been read.
template <class Client>
void Worker<Client>::look_again(Connection& connection) {
  if (poll_set_ && poll_set_->contains(number_of(connection))) return;  // tells it anyway
  watch(connection, EPOLL_CTL_MOD);                                     // tells it at once
}

template <class Client>
bool Worker<Client>::take_in(Connection& connection, const ByteStream::Transfer& transfer) {
  answers_.clear();
  Reception reception;
  switch (transfer.status) {
    case ByteStream::Status::ok:
      if (now_ >= window_begin_ && now_ < window_end_) tally_.count_bytes(transfer.size);
      reception = connection.client.receive({buffer_.get(), transfer.size}, answers_);
      break;
    case ByteStream::Status::end: reception = connection.client.end_of_stream(answers_); break;
    default: lose(connection, {FailureKind::reset, transfer.error}); return false;
  }
  for (const Answer& answer : answers_) settle(answer);
  if (reception.failure) {
    lose(connection, *reception.failure);
    return false;
  }
  if (reception.close) {
    reopen(connection);
    return false;
  }
  if (connections_.size() > few_connections) {
    mark_ready(connection);
    return true;
  }
  offer(connection);
  return flush(connection);
}

template <class Client>
void Worker<Client>::mark_ready(Connection& connection) {
  if (connection.is_ready) return;
  connection.is_ready = true;
  ready_.push_back(&connection);
}

// Of many connections: all receptions of a batch come before all sends, so that the kernel's way through either stays
// in the processor's cache. A request begins when it is sent, so the time in between is nobody's latency.
template <class Client>
void Worker<Client>::serve_ready() {
  for (Connection* const each : ready_) {
    each->is_ready = false;
    if (each->state != ConnectionState::open) continue;
    now_ = now_ns();
    offer(*each);
    flush(*each);
  }
  ready_.clear();
}

template <class Client>
bool Worker<Client>::flush(Connection& connection) {
  for (;;) {
    if (!send_output(connection)) return false;
    answers_.clear();
    if (!connection.client.take_late_answers(answers_)) return true;
    for (const Answer& answer : answers_) settle(answer);
    offer(connection);
  }
}

template <class Client>
bool Worker<Client>::send_output(Connection& connection) {
  for (std::string_view bytes = connection.client.output(); !bytes.empty(); bytes = connection.client.output()) {
    const auto transfer = connection.stream.send(bytes);
    if (transfer.status == ByteStream::Status::again) {
      connection.client.sent(0);
      if (poll_set_) poll_set_->watch_for_room(number_of(connection));
      return true;
    }
    if (transfer.status != ByteStream::Status::ok) {
      lose(connection, {FailureKind::reset, transfer.error});
      return false;
    }
    connection.client.sent(transfer.size);
  }
  return true;
}

// Within the window, and of a request that does not belong to the warm-up.
template <class Client>
bool Worker<Client>::counts(int64_t due_ns) const {
  return now_ >= window_begin_ && now_ < window_end_ && due_ns >= count_from_;
}

template <class Client>
void Worker<Client>::settle(const Answer& answer) {
  --in_flight_;
  ++answers_of_tick_;
  if (answer.failure) return fail(*answer.failure, answer.flight.due_ns);
  const int64_t response_ns = now_ - answer.flight.due_ns;
  pause_.note(response_ns);
  if (!counts(answer.flight.due_ns)) return;
  tally_.gaps.mark(now_);
  ++tally_.statuses[static_cast<size_t>(answer.status)];
  const bool is_expected = plan_.expected_statuses[static_cast<size_t>(answer.status)];
  if (!is_expected || !answer.body_matches) {
    tally_.unexpected.record(response_ns);
    return fail(is_expected ? Failure{FailureKind::body, 0} : Failure{FailureKind::status, answer.status},
                answer.flight.due_ns);
  }
  tally_.response.record(response_ns);
  if (schedule_.has_rate()) {
    tally_.service.record(now_ - answer.flight.sent_ns);
    tally_.send_lag.record(answer.flight.sent_ns - answer.flight.due_ns);
  }
}

// Gives a connection that can take requests what there is for it to do.
template <class Client>
void Worker<Client>::offer(Connection& connection) {
  if (phase_ != Phase::load) return;  // an HTTP/2 server speaks first, while others still connect
  while (connection.client.can_begin() && !schedule_.is_used_up() && now_ < window_end_) {
    if (schedule_.has_rate()) {
      const int64_t due_ns = schedule_.next_due_ns();
      if (due_ns > now_) break;
      if (counts(due_ns)) ++tally_.waited;
      if (!issue(connection, due_ns)) break;
    } else if (!issue(connection, now_)) {
      break;
    }
  }
  if (!schedule_.has_rate() || connection.is_queued || !connection.client.can_begin()) return;
  connection.is_queued = true;
  idle_.push(&connection);
}

template <class Client>
bool Worker<Client>::issue(Connection& connection, int64_t due_ns) {
  const std::vector<uint32_t>& targets = targets_of_[connection.origin];
  const Flight flight{.due_ns = due_ns, .sent_ns = now_, .target = targets[connection.next_target]};
  if (++connection.next_target == targets.size()) connection.next_target = 0;
  if (!connection.client.begin(flight)) return false;
  schedule_.take(due_ns);
  ++in_flight_;
  return true;
}

template <class Client>
void Worker<Client>::send_due() {
  while (!idle_.empty() && !schedule_.is_used_up() && schedule_.next_due_ns() <= now_ && now_ < window_end_) {
    Connection& connection = *idle_.pop();
    connection.is_queued = false;
    if (connection.state != ConnectionState::open || !connection.client.can_begin()) continue;
    if (!issue(connection, schedule_.next_due_ns()) || !flush(connection)) continue;
    if (connection.client.can_begin() && !connection.is_queued) {
      connection.is_queued = true;
      idle_.push(&connection);
    }
    now_ = now_ns();
  }
}

template <class Client>
void Worker<Client>::fail(const Failure& failure, int64_t due_ns) {
  if (phase_ != Phase::connecting && !counts(due_ns)) return;
  tally_.count_failure(failure);
  if (phase_ == Phase::load) control_.count_failure();
}

// The connection is of no use any more, nor is what was in flight on it.
template <class Client>
void Worker<Client>::lose(Connection& connection, const Failure& failure) {
  bool had_flights = false;
  connection.client.for_each_flight([&](const Flight& flight) {
    had_flights = true;
    --in_flight_;
    fail(failure, flight.due_ns);
  });
  // A server may close a connection that nobody uses; it may not speak on it.
  if (!had_flights && failure.kind == FailureKind::malformed) fail(failure, now_);
  reopen(connection);
}

template <class Client>
void Worker<Client>::close(Connection& connection) {
  if (poll_set_) poll_set_->remove(number_of(connection));
  connection.stream.close();
  connection.client.drop();
  connection.state = ConnectionState::closed;
  --open_;
  last_open_ns_ = now_;
}

template <class Client>
void Worker<Client>::reopen(Connection& connection) {
  close(connection);
  if (phase_ != Phase::ended && !schedule_.is_used_up()) connect(connection);
}

template class Worker<Http1Client>;
template class Worker<Http2Client>;

}  // namespace shallop::loadgen
