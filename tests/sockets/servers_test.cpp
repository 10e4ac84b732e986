// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <csignal>
#include <ctime>
#include <deque>
#include <thread>

#include "cli/process.hpp"
#include "sockets/client.hpp"
#include "support/builds.hpp"
#include "support/temporary_directory.hpp"

namespace shallop::sockets {
namespace {

using namespace std::chrono_literals;
using cli::Process;

Process start(Build build, std::vector<std::string> options, const std::string& program,
              std::vector<std::string> arguments = {}) {
  std::vector<std::string> command{SHALLOP_PROGRAM, "run"};
  const std::vector<std::string> engine = engine_options(build);
  command.insert(command.end(), engine.begin(), engine.end());
  command.insert(command.end(), options.begin(), options.end());
  command.push_back(SOCKET_PROGRAMS "/" + program + ".wasm");
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Process(command, "/", with_test_cache());
}

// How much processor time the process has taken since it began.
std::chrono::nanoseconds processor_time(pid_t process) {
  clockid_t clock = 0;
  timespec time{};
  EXPECT_EQ(::clock_getcpuclockid(process, &clock), 0);
  EXPECT_EQ(::clock_gettime(clock, &time), 0);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

class Sockets : public testing::TestWithParam<Build> {};

INSTANTIATE_TEST_SUITE_P(Engines, Sockets, testing::ValuesIn(wasm_builds()), build_name);

TEST_P(Sockets, BothGenerationsInOneModule) {
  const auto [out, err, status] = start(GetParam(), {"--net"}, "both_generations").wait();
  EXPECT_EQ(out, "all checks passed\n");
  EXPECT_EQ(err, "");
  EXPECT_EQ(status, 0);
}

// Call by call what WasmEdge answers, by the names of either generation.
TEST_P(Sockets, AnswersOfEveryCallInBothGenerations) {
  const auto [out, err, status] = start(GetParam(), {"--net"}, "vectors").wait();
  EXPECT_EQ(err, "");
  EXPECT_EQ(out, "all checks passed\n");
  EXPECT_EQ(status, 0);
}

TEST_P(Sockets, AGuestThatAttacksItsHostGetsErrors) {
  const auto [out, err, status] = start(GetParam(), {"--net"}, "hostile_guest").wait();
  EXPECT_EQ(err, "");
  EXPECT_EQ(out, "all checks passed\n");
  EXPECT_EQ(status, 0);
}

TEST_P(Sockets, AListenerGivenAtTheStart) {
  const TemporaryDirectory directory;
  directory.write("greeting", "welcome\n");
  const uint16_t port = free_port();
  Process process =
      start(GetParam(), {"--listen", "127.0.0.1:" + std::to_string(port), "--dir", directory.path() + ":/data"},
            "inherited_listener");
  Client client(port);
  EXPECT_EQ(client.receive(8), "welcome\n");
  client.send("ping");
  EXPECT_EQ(client.receive(4), "ping");
  client.finish_sending();
  EXPECT_TRUE(client.is_at_end());
  const auto [out, err, status] = process.wait();
  EXPECT_EQ(out, "all checks passed\n");
  EXPECT_EQ(err, "");
}

TEST_P(Sockets, OnAClosedNetworkTheGuestIsToldNoAndTheUserWhy) {
  const auto [out, err, status] = start(GetParam(), {}, "poll_server").wait();
  EXPECT_EQ(status, 1);
  EXPECT_NE(err.find("--net"), std::string::npos) << err;
  EXPECT_NE(err.find("open: 2\n"), std::string::npos) << err;  // acces
}

TEST_P(Sockets, RulesOpenPartOfTheNetwork) {
  const std::string port = std::to_string(free_port());
  Process allowed = start(GetParam(), {"--net=listen:127.0.0.1:" + port}, "poll_server", {port});
  EXPECT_TRUE(allowed.wait_for_output("listening"));
  const auto [out, err, status] = start(GetParam(), {"--net=listen:127.0.0.1:1"}, "poll_server", {port}).wait();
  EXPECT_NE(err.find("127.0.0.1:" + port), std::string::npos) << err;
  EXPECT_NE(err.find("bind: 2\n"), std::string::npos) << err;
}

class PollServer : public testing::TestWithParam<Build> {
 protected:
  void SetUp() override { ASSERT_TRUE(process_.wait_for_output("listening")); }

  static void exchange(Client& client) {
    client.send("request");
    EXPECT_EQ(client.receive(12), "head:request");
  }

  uint16_t port_ = free_port();
  Process process_ = start(GetParam(), {"--net"}, "poll_server", {std::to_string(port_)});
};

INSTANTIATE_TEST_SUITE_P(Engines, PollServer, testing::ValuesIn(wasm_builds()), build_name);

TEST_P(PollServer, ServesManyConnections) {
  std::deque<Client> clients;
  for (int i = 0; i < 500; ++i) clients.emplace_back(port_);
  for (int round = 0; round < 3; ++round) {
    for (Client& client : clients) client.send("request");
    for (Client& client : clients) EXPECT_EQ(client.receive(12), "head:request");
  }
}

TEST_P(PollServer, ReadsUntilTheClientStopsSending) {
  Client client(port_);
  client.send("last words");
  client.finish_sending();
  EXPECT_EQ(client.receive(15), "head:last words");
  EXPECT_TRUE(client.is_at_end());
}

TEST_P(PollServer, OutlivesClientsThatResetTheirConnections) {
  Client steady(port_);
  for (int i = 0; i < 300; ++i) {
    Client client(port_);
    client.send("request");  // its answer meets a closed door, or not
    if (i % 2 == 0) client.receive(1);
    client.reset();
  }
  exchange(steady);
}

TEST_P(PollServer, OutlivesBeingStoppedAndContinued) {
  Client client(port_);
  for (int i = 0; i < 5; ++i) {
    exchange(client);
    process_.send_signal(SIGSTOP);
    std::this_thread::sleep_for(5ms);
    process_.send_signal(SIGCONT);
    std::this_thread::sleep_for(5ms);
  }
  exchange(client);
}

TEST_P(PollServer, IsIdleWhileItsClientsAre) {
  std::deque<Client> clients;
  for (int i = 0; i < 100; ++i) {
    clients.emplace_back(port_);
    exchange(clients.back());
  }
  clients[50].finish_sending();  // even this one is dealt with once
  std::this_thread::sleep_for(100ms);
  const auto before = processor_time(process_.id());
  std::this_thread::sleep_for(500ms);
  EXPECT_LT(processor_time(process_.id()) - before, 10ms);
}

// The head and the body leave in two segments; without TCP_NODELAY the second waits for the client's delayed
// acknowledgement.
TEST_P(PollServer, AnswersInTwoWritesWithoutTheStall) {
  Client client(port_);
  constexpr int requests = 50;
  const auto start_time = std::chrono::steady_clock::now();
  for (int i = 0; i < requests; ++i) exchange(client);
  EXPECT_LT(std::chrono::steady_clock::now() - start_time, requests * 20ms);
}

}  // namespace
}  // namespace shallop::sockets
