// SPDX-License-Identifier: Apache-2.0
// The process around a server: its workers, how it ends, what it tells those who watch it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <deque>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "cli/process.hpp"
#include "sockets/client.hpp"
#include "sockets/observed_server.hpp"

namespace shallop::sockets {
namespace {

using namespace std::chrono_literals;
using cli::Process;

constexpr int ended_by(int signal) { return 128 + signal; }

std::vector<std::string> run_command(std::vector<std::string> options, uint16_t port) {
  std::vector<std::string> command{SHALLOP_PROGRAM, "run", "--net"};
  command.insert(command.end(), options.begin(), options.end());
  command.insert(command.end(), {SOCKET_PROGRAMS "/poll_server.wasm", std::to_string(port)});
  return command;
}

struct Server {
  explicit Server(const std::vector<std::string>& options = {}) : process(run_command(options, port), "/", {}) {
    EXPECT_TRUE(process.wait_for_output("listening"));
  }
  uint16_t port = free_port();
  Process process;
};

std::string ask(Client& client, std::string_view request, size_t answer_size) {
  client.send(request);
  return client.receive(answer_size);
}

// The number of the instance that serves `client`.
std::string instance_of(Client& client) { return ask(client, "who", 13); }

size_t open_descriptors(pid_t process) {
  const std::filesystem::directory_iterator folder("/proc/" + std::to_string(process) + "/fd");
  return static_cast<size_t>(std::distance(begin(folder), end(folder)));
}

std::chrono::nanoseconds processor_time(pid_t process) {
  clockid_t clock{};
  timespec time{};
  EXPECT_EQ(clock_getcpuclockid(process, &clock), 0);
  EXPECT_EQ(clock_gettime(clock, &time), 0);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// A response to `GET target`, head and body; the server closes the connection.
std::string get(uint16_t port, const std::string& target) {
  Client client(port);
  client.send("GET " + target + " HTTP/1.1\r\nhost: localhost\r\n\r\n");
  return client.receive(1 << 16);
}

// --- Workers ---

TEST(Workers, ShareThePortEvenly) {
  Server server({"--workers", "2"});
  std::this_thread::sleep_for(200ms);  // until the second one listens, too
  std::deque<Client> clients;
  std::map<std::string, int> connections;
  for (int i = 0; i < 8; ++i) ++connections[instance_of(clients.emplace_back(server.port))];
  ASSERT_EQ(connections.size(), 2u);
  for (const auto& [instance, count] : connections) EXPECT_EQ(count, 4) << instance;
}

TEST(Workers, AreReplacedWhenTheyTrapWhileOthersServe) {
  Server server({"--workers", "2"});
  std::this_thread::sleep_for(200ms);
  Client steady(server.port);
  Client doomed(server.port);
  const std::string steady_instance = instance_of(steady);
  const std::string doomed_instance = instance_of(doomed);
  ASSERT_NE(steady_instance, doomed_instance);
  doomed.send("trap");
  EXPECT_TRUE(doomed.is_at_end());
  EXPECT_EQ(ask(steady, "request", 12), "head:request");

  // The next clients go to the replacement, which is a new instance.
  std::this_thread::sleep_for(500ms);
  Client next(server.port);
  const std::string next_instance = instance_of(next);
  EXPECT_NE(next_instance, steady_instance);
  EXPECT_NE(next_instance, doomed_instance);

  server.process.send_signal(SIGTERM);
  const auto [out, err, status] = server.process.wait();
  EXPECT_EQ(status, 0);
  EXPECT_NE(err.find("trap: unreachable"), std::string::npos) << err;
  EXPECT_NE(err.find("serve"), std::string::npos) << "no backtrace in: " << err;
  EXPECT_NE(err.find("starts again in 100 ms"), std::string::npos) << err;
}

TEST(Workers, LeakNothingWhenTheyAreReplaced) {
  Server server({"--engine", "interpreter", "--workers", "2"});
  std::this_thread::sleep_for(200ms);
  const size_t before = open_descriptors(server.process.id());
  for (int i = 0; i < 3; ++i) {
    Client client(server.port);
    client.send("trap");
    EXPECT_TRUE(client.is_at_end());
    std::this_thread::sleep_for(900ms);
  }
  EXPECT_EQ(open_descriptors(server.process.id()), before);
}

TEST(Workers, ThatTrapAtOnceEndTheProcess) {
  const auto [out, err, status] =
      Process({SHALLOP_PROGRAM, "run", "--workers", "2", SOCKET_PROGRAMS "/trap_at_start.wasm"}, "/", {}).wait();
  EXPECT_EQ(status, 134);
  EXPECT_NE(err.find("never came to wait for clients"), std::string::npos) << err;
}

TEST(Workers, OneThatCannotListenIsTold) {
  Server server;
  const auto [out, err, status] = Process(run_command({"--workers", "2"}, server.port), "/", {}).wait();
  EXPECT_EQ(status, 1);
  EXPECT_NE(err.find("bind: 3"), std::string::npos) << err;  // addrinuse
}

TEST(Workers, HaveOneTimeLimit) {
  Server server({"--workers", "2", "--timeout", "500ms"});
  const auto [out, err, status] = server.process.wait();
  EXPECT_EQ(status, 134);
  EXPECT_NE(err.find("the time limit of 500 ms"), std::string::npos) << err;
  EXPECT_EQ(err.find("starts again"), std::string::npos) << err;
}

// --- The end ---

// Each is woken until it has noticed, which takes long where so many compute on few processors.
TEST(Drain, ManyWorkersThatComputeAreEnded) {
  Server server({"--workers", "128", "--engine", "interpreter", "--grace", "2s"});
  std::deque<Client> clients;
  for (int i = 0; i < 256; ++i) clients.emplace_back(server.port).send("loop");
  std::this_thread::sleep_for(200ms);
  server.process.send_signal(SIGTERM);
  const auto [out, err, status] = server.process.wait();
  EXPECT_EQ(status, 0) << err;
  EXPECT_NE(err.find("the grace time"), std::string::npos) << err;
}

TEST(Drain, ARequestThatHasBegunIsAwaited) {
  Server server;
  Client client(server.port);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(client, "request", 12), "head:request");
  client.send("part");  // within the same tick of the host's clock as the last answer
  server.process.send_signal(SIGTERM);
  std::this_thread::sleep_for(600ms);
  EXPECT_EQ(ask(client, "request", 12), "head:request");
  EXPECT_TRUE(client.is_at_end());
  EXPECT_EQ(server.process.wait().status, 0);
}

TEST(Drain, ASilentServerEndsAtOnce) {
  Server server;
  const auto begin = std::chrono::steady_clock::now();
  server.process.send_signal(SIGTERM);
  EXPECT_EQ(server.process.wait().status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

TEST(Drain, IdleConnectionsAreClosedAndNewOnesRefused) {
  for (const char* workers : {"1", "2"}) {
    Server server({"--workers", workers});
    Client client(server.port);
    EXPECT_EQ(ask(client, "request", 12), "head:request");
    server.process.send_signal(SIGTERM);
    EXPECT_TRUE(client.is_at_end());
    EXPECT_EQ(server.process.wait().status, 0);
    EXPECT_TRUE(refuses_connections(server.port));
  }
}

TEST(Drain, WhoIsInTheMiddleOfAConversationIsServed) {
  Server server;
  Client client(server.port);
  EXPECT_EQ(ask(client, "request", 12), "head:request");
  server.process.send_signal(SIGTERM);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ask(client, "request", 12), "head:request");
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_TRUE(client.is_at_end());  // it has fallen silent
  EXPECT_EQ(server.process.wait().status, 0);
}

// A request that began before the end, and pauses for longer than an idle connection would live, is answered; and the
// answer says that it is the last one.
TEST(Drain, ARequestInTheMiddleIsAnsweredWithTheEndAnnounced) {
  for (const char* workers : {"1", "2"}) {
    ObservedServer server(http_service(), {.options = {"--workers", workers}});
    const std::string& request = server.guest().request;
    const std::array<size_t, 3> pauses{3, server.guest().body_begin - 2, request.size() - 1};
    std::deque<Client> clients;
    for (const size_t sent : pauses) {
      clients.emplace_back(server.port());
      clients.back().send(request.substr(0, sent));
    }
    Client idle(server.port());
    EXPECT_TRUE(server.answers(idle));
    server.process().send_signal(SIGTERM);
    EXPECT_TRUE(idle.is_at_end());
    std::this_thread::sleep_for(300ms);
    for (const size_t sent : pauses) {
      clients.front().send(request.substr(sent));
      const std::string answer = clients.front().receive_until(server.guest().answer_end);
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nconnection: close\r\n")) << answer;
      EXPECT_TRUE(answer.ends_with(server.guest().answer_end)) << answer;
      EXPECT_TRUE(clients.front().is_at_end());
      clients.pop_front();
    }
    EXPECT_EQ(server.process().wait().status, 0);
  }
}

// The first request after the signal on a connection that has had some before.
TEST(Drain, TheNextAnswerOnAKeptConnectionAnnouncesTheEnd) {
  ObservedServer server(http_service());
  Client client(server.port());
  client.send(server.guest().request);
  EXPECT_EQ(client.receive_until(server.guest().answer_end).find("connection:"), std::string::npos);
  server.process().send_signal(SIGTERM);
  std::this_thread::sleep_for(50ms);
  client.send(server.guest().request);
  const std::string answer = client.receive_until(server.guest().answer_end);
  EXPECT_NE(answer.find("\r\nconnection: close\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(client.is_at_end());
  EXPECT_EQ(server.process().wait().status, 0);
}

TEST(Drain, EndsWithTheGraceTime) {
  Server server({"--grace", "300ms"});
  Client client(server.port);
  const auto begin = std::chrono::steady_clock::now();
  server.process.send_signal(SIGTERM);
  std::atomic<bool> stop = false;
  std::thread talker([&] {  // never silent
    while (!stop && ask(client, "request", 12) == "head:request") std::this_thread::sleep_for(10ms);
  });
  const auto [out, err, status] = server.process.wait();
  stop = true;
  talker.join();
  EXPECT_EQ(status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_NE(err.find("the grace time"), std::string::npos) << err;
}

TEST(Drain, ASecondSignalEndsAtOnce) {
  Server server;
  Client client(server.port);
  client.send("request");
  server.process.send_signal(SIGINT);
  std::this_thread::sleep_for(20ms);
  server.process.send_signal(SIGINT);
  EXPECT_EQ(server.process.wait().status, ended_by(SIGINT));
}

// --- Eyes ---

TEST(Stats, TellReadinessHealthAndCounts) {
  const uint16_t stats = free_port();
  Server server({"--workers", "2", "--stats", "127.0.0.1:" + std::to_string(stats)});
  Client client(server.port);
  EXPECT_EQ(ask(client, "request", 12), "head:request");
  EXPECT_TRUE(get(stats, "/healthz").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(get(stats, "/readyz").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(get(stats, "/nosuch").starts_with("HTTP/1.1 404 "));
  const std::string metrics = get(stats, "/metrics");
  EXPECT_NE(metrics.find("shallop_workers 2\n"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("shallop_compilation{state=\""), std::string::npos) << metrics;
  uint64_t received = 0;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("shallop_received_bytes_total{")) received += std::stoull(line.substr(line.find(' ') + 1));
  }
  EXPECT_EQ(received, std::string_view("request").size());

  server.process.send_signal(SIGTERM);
  std::this_thread::sleep_for(50ms);
  client.send("request");
  EXPECT_TRUE(get(stats, "/readyz").starts_with("HTTP/1.1 503 "));
}

// A guest that waits by a readiness set is counted as well as one that calls poll_oneoff.
TEST(Stats, TellTheGuestsWaitsItsMemoryAndWhatRunsIt) {
  for (const ServerGuest* guest : {&http_service(), &poll_server()}) {
    const uint16_t stats = free_port();
    ObservedServer server(*guest, {.options = {"--stats", "127.0.0.1:" + std::to_string(stats)}});
    EXPECT_TRUE(server.answers());
    EXPECT_TRUE(server.answers());
    const std::string metrics = get(stats, "/metrics");
    const auto value = [&metrics](const std::string& name) {
      const size_t place = metrics.find("\n" + name + " ");
      return place == std::string::npos ? 0 : std::stoull(metrics.substr(place + name.size() + 2));
    };
    EXPECT_EQ(value("shallop_accepts_total{worker=\"0\"}"), 2u) << metrics;
    EXPECT_GE(value("shallop_polls_total{worker=\"0\"}"), 2u) << metrics;
    EXPECT_GE(value("shallop_memory_pages{worker=\"0\"}"), 2u) << metrics;
    // The last one may be counted just after its bytes have arrived.
    EXPECT_GE(value("shallop_system_calls_total{worker=\"0\",kind=\"send\"}"), 1u) << metrics;
    EXPECT_EQ(value("shallop_engine{engine=\"interpreter\"}"), 1u) << metrics;
    EXPECT_EQ(value("shallop_compilation{state=\"interpreted\"}"), 1u) << metrics;
    EXPECT_EQ(value("shallop_compilation{state=\"native\"}"), 0u) << metrics;
  }
}

TEST(Stats, AreIdleWhileAClientIsSilent) {
  const uint16_t stats = free_port();
  Server server({"--engine", "interpreter", "--stats", "127.0.0.1:" + std::to_string(stats)});
  Client silent(stats);
  silent.send("GET /met");
  std::this_thread::sleep_for(100ms);
  const auto before = processor_time(server.process.id());
  std::this_thread::sleep_for(1s);
  EXPECT_LT(processor_time(server.process.id()) - before, 50ms);
  server.process.send_signal(SIGTERM);
  EXPECT_EQ(server.process.wait().status, 0);
}

TEST(Stats, AreThereForOthersWhenManyAreSilent) {
  const uint16_t stats = free_port();
  Server server({"--engine", "interpreter", "--stats", "127.0.0.1:" + std::to_string(stats)});
  std::deque<Client> silent;
  for (int i = 0; i < 80; ++i) silent.emplace_back(stats);
  EXPECT_TRUE(get(stats, "/healthz").starts_with("HTTP/1.1 200 "));
}

TEST(Stats, SurviveThoseWhoAskBadly) {
  const uint16_t stats = free_port();
  Server server({"--stats", "127.0.0.1:" + std::to_string(stats)});
  std::deque<Client> silent;
  for (int i = 0; i < 80; ++i) silent.emplace_back(stats);
  silent.clear();
  Client garbage(stats);
  garbage.send("\x16\x03\x01 no HTTP\r\n\r\n");
  EXPECT_EQ(garbage.receive(12), "HTTP/1.1 400");
  Client endless(stats);
  endless.send(std::string(10'000, 'x'));
  EXPECT_TRUE(endless.is_at_end());
  Client post(stats);
  post.send("POST /metrics HTTP/1.1\r\n\r\n");
  EXPECT_EQ(post.receive(12), "HTTP/1.1 405");
  EXPECT_TRUE(get(stats, "/healthz").starts_with("HTTP/1.1 200 "));
}

// The events of what a process has said with --log json.
std::vector<std::string> json_events(const std::string& err) {
  std::istringstream lines(err);
  std::vector<std::string> events;
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line, nullptr, false);
    EXPECT_TRUE(object.is_object()) << line;
    for (const char* member : {"time", "level", "event", "module", "message"})
      EXPECT_TRUE(object.contains(member)) << line;
    events.push_back(object.value("event", ""));
  }
  return events;
}

TEST(Log, IsOneJsonObjectALine) {
  Server server({"--log", "json", "--workers", "2", "--verbose"});
  std::this_thread::sleep_for(200ms);
  Client client(server.port);
  client.send("trap");
  EXPECT_TRUE(client.is_at_end());
  server.process.send_signal(SIGTERM);
  const auto events = json_events(server.process.wait().err);
  for (const char* event : {"engine", "memory", "trap", "draining"})
    EXPECT_NE(std::ranges::find(events, event), events.end()) << event;
}

TEST(Log, IsJsonAlsoWhereNothingRuns) {
  const auto ending = [](std::vector<std::string> command) {
    command.insert(command.begin(), {SHALLOP_PROGRAM, "run", "--log", "json"});
    return Process(command, "/", {}).wait();
  };
  const auto closed = ending({"--engine", "interpreter", SOCKET_PROGRAMS "/poll_server.wasm", "0"});
  EXPECT_EQ(json_events(closed.err.substr(0, closed.err.find('\n'))), std::vector<std::string>{"network_refused"});
  const auto missing = ending({"/nosuch.wasm"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(json_events(missing.err), std::vector<std::string>{"cannot_run"});
}

}  // namespace
}  // namespace shallop::sockets
