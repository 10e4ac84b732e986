// SPDX-License-Identifier: Apache-2.0
// One thread of the generator: an event loop over its share of the connections. It makes them, sends what the schedule
// says, and counts what comes back. Per request it makes one send(), one recv() and its part of an epoll_wait() or a
// poll(), and reads the clock once or twice; it allocates nothing (HTTP/1.1).
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <sys/epoll.h>

#include "base/unique_fd.hpp"
#include "loadgen/connection.hpp"
#include "loadgen/flight.hpp"
#include "loadgen/pause.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/poll_set.hpp"
#include "loadgen/request_schedule.hpp"
#include "loadgen/run_control.hpp"
#include "loadgen/tally.hpp"

namespace shallop::loadgen {

// `Client` is Http1Client or Http2Client.
template <class Client>
class Worker {
 public:
  // Thread `index` of the plan's. All but the worker itself outlive it. `tls` is null when no origin needs it.
  Worker(const Plan& plan, unsigned index, RunControl& control, SSL_CTX* tls, Tally& tally);

  // To the end of the run. Throws std::bad_alloc, and std::system_error when the host has no epoll set left.
  void run();

 private:
  using Connection = loadgen::Connection<Client>;
  enum class Phase : uint8_t { connecting, load, ended };
  // With more, all receptions of a batch of events come before all sends, and sockets stay in the epoll set.
  static constexpr size_t few_connections = 32;

  // worker_connect.cpp: making connections.
  void connect_all();
  bool start_more_connections();
  void connect(Connection& connection);
  void connecting_failed(Connection& connection, const Failure& failure);
  void on_connected(Connection& connection);
  void on_handshake(Connection& connection);
  void become_open(Connection& connection);
  void became_tried(Connection& connection);
  void retry_closed_connections();
  void watch(Connection& connection, int operation);

  // worker_wait.cpp: waiting for events. Each tells how many there are.
  int wait(std::span<epoll_event> events);
  int look(std::span<epoll_event> events, int timeout_ms);
  int linger(std::span<epoll_event> events);
  void consider_polling();
  void move_to_poll_set(Connection& connection);
  size_t number_of(const Connection& connection) const {
    return static_cast<size_t>(&connection - connections_.data());
  }

  // worker.cpp: the load.
  void begin_load(int64_t start_ns);
  void loop();
  void on_event(Connection& connection, uint32_t events);
  void read(Connection& connection, bool until_end);
  void look_again(Connection& connection);
  // All three are false when the connection is not open any more.
  bool take_in(Connection& connection, const ByteStream::Transfer& transfer);
  bool flush(Connection& connection);
  bool send_output(Connection& connection);
  void settle(const Answer& answer);
  void mark_ready(Connection& connection);
  void serve_ready();
  void offer(Connection& connection);
  bool issue(Connection& connection, int64_t due_ns);  // false when it takes no further request
  void send_due();
  void lose(Connection& connection, const Failure& failure);
  void reopen(Connection& connection);
  void close(Connection& connection);
  void fail(const Failure& failure, int64_t due_ns);
  bool counts(int64_t due_ns) const;

  // worker_ticks.cpp: every few milliseconds, what is not worth a look per request; and the ends of a run.
  void tick();
  void arm_timer();
  void check_timeouts();
  void check_ending();
  void begin_window();
  void finish();

  const Plan& plan_;
  RunControl& control_;
  SSL_CTX* tls_;
  Tally& tally_;
  RequestSchedule schedule_;
  Pause pause_;  // closed loop only
  typename Client::Shared shared_;
  std::vector<std::vector<uint32_t>> targets_of_;  // by origin
  std::vector<Connection> connections_;
  IdleQueue<Connection> idle_;
  std::vector<Connection*> ready_;  // of the batch of events, each once; when connections are many
  std::vector<Answer> answers_;
  std::unique_ptr<char[]> buffer_;
  UniqueFd epoll_;
  std::optional<PollSet> poll_set_;  // once there is one, it has the open connections
  UniqueFd timer_;

  Phase phase_ = Phase::connecting;
  int64_t now_ = 0;  // the clock as it was last read
  int64_t window_begin_ = INT64_MAX;
  int64_t window_end_ = INT64_MAX;
  int64_t count_from_ = INT64_MIN;  // requests due earlier belong to the warm-up
  int64_t next_timeout_check_ = 0;
  int64_t adapted_ns_ = 0;  // the pause
  int64_t sleeps_ = 0;      // until the last tick
  int64_t answers_of_tick_ = 0;
  int64_t last_open_ns_ = 0;  // when a connection was last open
  uint64_t in_flight_ = 0;
  size_t started_ = 0;  // connections, in the connecting phase
  size_t tried_ = 0;
  size_t open_ = 0;
  size_t closed_ = 0;  // those that wait for another try
  std::optional<Failure> connect_failure_;
  bool is_window_begun_ = false;
  int64_t window_cpu_ns_ = 0;
  int64_t window_waiting_ns_ = 0;
  int64_t window_wall_ns_ = 0;
  int64_t lingered_ns_ = 0;  // on the processor, but only looking for events
};

}  // namespace shallop::loadgen
