// SPDX-License-Identifier: Apache-2.0
// The example programs as a user starts them, natively and as Wasm: both must do the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cli/process.hpp"
#include "guest/tcp_client.hpp"
#include "support/builds.hpp"
#include "support/temporary_directory.hpp"

namespace shallop {
namespace {

using cli::Process;
using namespace std::chrono_literals;

std::vector<std::string> command(Build build, const std::string& example, const std::vector<std::string>& arguments) {
  const std::string program = std::string(SHALLOP_EXAMPLES) + "/" + example;
  std::vector<std::string> words{program};
  if (build != Build::native) {
    words = {SHALLOP_PROGRAM, "run", "--net"};
    const std::vector<std::string> options = engine_options(build);
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(program + ".wasm");
  }
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

std::unique_ptr<Process> start(Build build, const std::string& example, const std::vector<std::string>& arguments) {
  return std::make_unique<Process>(command(build, example, arguments), "/", with_test_cache());
}

std::size_t line_count(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

class Examples : public testing::TestWithParam<Build> {};

INSTANTIATE_TEST_SUITE_P(, Examples, testing::ValuesIn(all_builds()), build_name);

class HttpService : public Examples {
 protected:
  void SetUp() override {
    service_ = start(GetParam(), "http_service", {std::to_string(port_)});
    ASSERT_TRUE(service_->wait_for_output("listening on port " + std::to_string(port_) + "\n"));
  }

  const std::uint16_t port_ = free_port();
  std::unique_ptr<Process> service_;
};

INSTANTIATE_TEST_SUITE_P(, HttpService, testing::ValuesIn(all_builds()), build_name);

std::string request(const std::string& method, const std::string& path, const std::string& rest = "\r\n") {
  return method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + rest;
}

/// The response without its date, which is checked for its form.
std::string without_date(std::string response) {
  const std::size_t date = response.find("\r\ndate: ");
  constexpr std::size_t line_bytes = sizeof "\r\ndate: Mon, 23 Nov 2026 15:00:00 GMT" - 1;
  if (date == std::string::npos || response.substr(date + line_bytes - 4, 6) != " GMT\r\n")
    return "no date: " + response;
  return response.erase(date, line_bytes);
}

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_P(HttpService, AnswersEveryMethodOnOneConnection) {
  const TcpClient client(port_);
  const std::string response = client.ask(request("GET", "/"));
  EXPECT_EQ(response.size(), 98u) << "as the reference";
  EXPECT_EQ(without_date(response), ok("Hello from GET request"));
  EXPECT_EQ(without_date(client.ask(request("POST", "/"))), ok("Hello from POST request"));
  EXPECT_EQ(without_date(client.ask(request("PUT", "/a?b"))), ok("Hello from unknown request"));
  EXPECT_EQ(without_date(client.ask(request("get", "/"))), ok("Hello from unknown request"));
}

TEST_P(HttpService, AnswersHeadWithoutABody) {
  const TcpClient client(port_);
  ASSERT_TRUE(client.send(request("HEAD", "/", "Connection: close\r\n\r\n")));
  EXPECT_EQ(without_date(client.receive_all()), "HTTP/1.1 200 OK\r\ncontent-length: 26\r\nconnection: close\r\n\r\n");
}

TEST_P(HttpService, ComputesForHeavyPathsAndLogsIt) {
  const TcpClient client(port_);
  EXPECT_EQ(without_date(client.ask(request("GET", "/a/heavy/b"))), ok("Hello from GET request"));
  EXPECT_TRUE(service_->wait_for_output("heavy: Fibonacci(30) = 832040 took "));
  EXPECT_EQ(without_date(client.ask(request("GET", "/?x=/heavy"))), ok("Hello from GET request"));
  service_->send_signal(SIGTERM);
  EXPECT_EQ(line_count(service_->wait().out), 2u) << "a query is no path";
}

TEST_P(HttpService, TakesBodiesOfEveryKind) {
  const TcpClient client(port_);
  const std::string large(300'000, 'x');
  EXPECT_EQ(without_date(client.ask(request("POST", "/", "Content-Length: 300000\r\n\r\n" + large))),
            ok("Hello from POST request"));
  std::string chunks;
  for (int i = 0; i < 100; ++i) chunks += "400\r\n" + std::string(1024, 'y') + "\r\n";
  EXPECT_EQ(without_date(client.ask(request("POST", "/", "Transfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n"))),
            ok("Hello from POST request"));
  EXPECT_EQ(client.ask(request("POST", "/", "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")),
            "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(without_date(client.ask("body")), ok("Hello from POST request"));
}

TEST_P(HttpService, AnswersPipelinedRequestsInOrder) {
  const TcpClient client(port_);
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += request(i % 2 == 0 ? "GET" : "POST", "/");
  std::thread sender([&] { EXPECT_TRUE(client.send(requests)); });
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(without_date(client.receive_response()),
              ok(i % 2 == 0 ? "Hello from GET request" : "Hello from POST request"));
  }
  sender.join();
}

TEST_P(HttpService, SpeaksHttp10) {
  const TcpClient client(port_);
  ASSERT_TRUE(client.send("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(without_date(client.receive_all()),
            "HTTP/1.1 200 OK\r\ncontent-length: 22\r\nconnection: close\r\n\r\nHello from GET request");
}

TEST_P(HttpService, RefusesAndCloses) {
  const TcpClient client(port_);
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(without_date(client.receive_all()),
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 11\r\nconnection: close\r\n\r\nBad Request");
}

TEST_P(HttpService, DoesNotWaitForDelayedAcknowledgements) {
  const TcpClient client(port_);
  std::vector<std::chrono::steady_clock::duration> times;
  for (int i = 0; i < 51; ++i) {
    const auto start = std::chrono::steady_clock::now();
    ASSERT_FALSE(client.ask(request("GET", "/")).empty());
    times.push_back(std::chrono::steady_clock::now() - start);
  }
  std::ranges::nth_element(times, times.begin() + 25);
  EXPECT_LT(times[25], 20ms) << "a stall of Nagle's algorithm takes 40 ms";
}

TEST_P(HttpService, ServesManyConnections) {
  std::vector<TcpClient> clients;
  for (int i = 0; i < 200; ++i) clients.emplace_back(port_);
  for (int round = 0; round < 2; ++round) {
    for (const TcpClient& client : clients) ASSERT_TRUE(client.send(request("GET", "/")));
    for (const TcpClient& client : clients) {
      ASSERT_EQ(without_date(client.receive_response()), ok("Hello from GET request"));
    }
  }
}

TEST(HttpServiceAsWasm, TakesOverTheSocketThatItsHostListensOn) {
  const std::string port = std::to_string(free_port());
  const std::string module = std::string(SHALLOP_EXAMPLES) + "/http_service.wasm";
  Process service({SHALLOP_PROGRAM, "run", "--listen", "127.0.0.1:" + port, module}, "/", {});
  ASSERT_TRUE(service.wait_for_output("listening on port " + port + "\n"));
  const TcpClient client(static_cast<std::uint16_t>(std::stoi(port)));
  EXPECT_EQ(without_date(client.ask(request("GET", "/"))), ok("Hello from GET request"));
}

#ifdef SHALLOP_HAS_COMPILER
bool has_entry(const std::string& cache) {
  std::error_code none;
  for (const auto& each : std::filesystem::directory_iterator(cache + "/shallop", none)) {
    if (each.path().extension() == ".native") return true;
  }
  return false;
}

TEST(HttpServiceAsWasm, GoesOverToNativeCodeWhileItServes) {
  const TemporaryDirectory cache;
  const std::uint16_t port = free_port();
  const std::string module = std::string(SHALLOP_EXAMPLES) + "/http_service.wasm";
  Process service({SHALLOP_PROGRAM, "run", "--verbose", "--net", module, std::to_string(port)}, "/",
                  {"XDG_CACHE_HOME=" + cache.path()});
  ASSERT_TRUE(service.wait_for_output("listening"));
  const TcpClient client(port);
  const auto end = std::chrono::steady_clock::now() + 90s;
  while (!has_entry(cache.path()) && std::chrono::steady_clock::now() < end) {
    ASSERT_EQ(without_date(client.ask(request("GET", "/heavy"))), ok("Hello from GET request"));
  }
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(without_date(client.ask(request("GET", "/heavy"))), ok("Hello from GET request"));
  }
  service.send_signal(SIGTERM);
  const std::string err = service.wait().err;
  EXPECT_NE(err.find("engine: interpreter, while native code is compiled\n"), std::string::npos) << err;
  EXPECT_NE(err.find("engine: native code from now on, compiled in "), std::string::npos) << err;
}
#endif

TEST(HttpServiceAsWasm, FailsOnAClosedNetworkWithTheWayOut) {
  const auto ending =
      Process({SHALLOP_PROGRAM, "run", std::string(SHALLOP_EXAMPLES) + "/http_service.wasm"}, "/", {}).wait();
  EXPECT_EQ(ending.status, 1);
  EXPECT_NE(ending.err.find("--net"), std::string::npos) << ending.err;
  EXPECT_TRUE(ending.err.ends_with("http_service: cannot listen on port 8080: Permission denied\n")) << ending.err;
}

TEST_P(Examples, HttpServiceSurvivesTheEndOfItsDescriptors) {
  const std::uint16_t port = free_port();
  std::string script = "ulimit -n 40; exec";
  for (const std::string& word : command(GetParam(), "http_service", {std::to_string(port)}))
    script += " '" + word + "'";
  Process service({"/bin/sh", "-c", script}, "/", with_test_cache());
  ASSERT_TRUE(service.wait_for_output("listening"));
  std::vector<std::unique_ptr<TcpClient>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<TcpClient>(port));
    ASSERT_TRUE(clients.back()->send(request("GET", "/")));
  }
  for (auto& client : clients) {
    ASSERT_EQ(without_date(client->receive_response()), ok("Hello from GET request"));
    client.reset();  // makes room for the next in the backlog
  }
}

TEST_P(Examples, HttpServiceSaysWhatIsWrongWithItsPort) {
  for (const char* const bad : {"0", "65536", "-1", "http", "80x", ""}) {
    const auto ending = start(GetParam(), "http_service", {bad})->wait();
    EXPECT_EQ(ending.status, 2) << bad;
    EXPECT_EQ(line_count(ending.err), 1u) << ending.err;
    EXPECT_EQ(ending.out, "");
  }
  EXPECT_EQ(start(GetParam(), "http_service", {"8080", "8081"})->wait().status, 2);
}

TEST_P(Examples, HttpServiceSaysThatItsPortIsInUse) {
  const OccupiedPort occupied;
  const auto ending = start(GetParam(), "http_service", {std::to_string(occupied.number())})->wait();
  EXPECT_EQ(ending.status, 1);
  EXPECT_EQ(ending.err, "http_service: cannot listen on port " + std::to_string(occupied.number()) +
                            ": it is in use; stop the program that holds it or choose another port\n");
}

TEST_P(Examples, HelloPrintsItsArguments) {
  const auto ending = start(GetParam(), "hello", {"one", "two words"})->wait();
  EXPECT_EQ(ending.status, 0);
  EXPECT_EQ(ending.out, "Hello from a shallop guest\nargument 1: one\nargument 2: two words\n");
  EXPECT_EQ(ending.err, "");
}

TEST_P(Examples, TcpEchoReturnsWhatManyClientsSend) {
  const std::uint16_t port = free_port();
  const auto echo = start(GetParam(), "tcp_echo", {std::to_string(port)});
  ASSERT_TRUE(echo->wait_for_output("listening on port " + std::to_string(port) + "\n"));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([i, port] {
      std::string text;
      for (int line = 0; line < 50'000; ++line) text += std::to_string(i * line) + "\n";
      const TcpClient client(port);
      std::thread sender([&] {
        EXPECT_TRUE(client.send(text));
        client.finish_sending();
      });
      EXPECT_TRUE(client.receive_all() == text);
      sender.join();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(echo->wait_for_output("client 127.0.0.1:"));
}

TEST_P(Examples, TcpEchoSaysWhatIsWrongWithItsPort) {
  EXPECT_EQ(start(GetParam(), "tcp_echo", {"x"})->wait().status, 2);
  const OccupiedPort occupied;
  const auto ending = start(GetParam(), "tcp_echo", {std::to_string(occupied.number())})->wait();
  EXPECT_EQ(ending.status, 1);
  EXPECT_EQ(line_count(ending.err), 1u) << ending.err;
}

}  // namespace
}  // namespace shallop
