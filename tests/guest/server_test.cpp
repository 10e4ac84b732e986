// SPDX-License-Identifier: Apache-2.0
// The server's event loop over loopback, on a thread of the test.
#include "shallop/http_server.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "guest/tcp_client.hpp"

namespace shallop::http {
namespace {

using namespace std::chrono_literals;

const std::string get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

std::string body_of(const std::string& response) {
  const std::size_t end_of_head = response.find("\r\n\r\n");
  return end_of_head == std::string::npos ? "no response" : response.substr(end_of_head + 4);
}

/// Answers with the path, and stops when asked for /stop.
class RunningServer {
 public:
  explicit RunningServer(Limits limits = {})
      : server_([this](const Request& request, Response& response) { handle(request, response); }, limits) {
    const auto port = server_.listen(0);
    EXPECT_TRUE(port) << port.error();
    port_ = port.value_or(0);
    thread_ = std::thread([this] { result_ = server_.run(); });
  }

  ~RunningServer() {
    if (!thread_.joinable()) return;
    TcpClient(port_).ask("GET /stop HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    thread_.join();
    EXPECT_TRUE(result_) << result_.error();
  }

  std::uint16_t port() const { return port_; }

 private:
  void handle(const Request& request, Response& response) {
    response.write(request.path);
    if (request.path == "/stop") server_.stop();
  }

  Server server_;
  std::uint16_t port_ = 0;
  std::expected<void, std::string> result_;
  std::thread thread_;
};

TEST(Server, ServesManyRequestsOfManyConnections) {
  const RunningServer server;
  std::vector<TcpClient> clients;
  for (int i = 0; i < 200; ++i) clients.emplace_back(server.port());
  for (int round = 0; round < 3; ++round) {
    for (const TcpClient& client : clients) ASSERT_TRUE(client.send(get));
    for (const TcpClient& client : clients) ASSERT_EQ(body_of(client.receive_response()), "/x");
  }
}

TEST(Server, GivesAPlaceToTheNextClientWhenOneLeaves) {
  const RunningServer server;
  for (int i = 0; i < 300; ++i) {
    const TcpClient client(server.port());
    ASSERT_EQ(body_of(client.ask(get)), "/x");
  }
}

TEST(Server, LetsClientsWaitWhenItIsFull) {
  Limits limits;
  limits.connections = 2;
  const RunningServer server(limits);
  const TcpClient first(server.port());
  ASSERT_EQ(body_of(first.ask(get)), "/x");
  {
    const TcpClient second(server.port());
    ASSERT_EQ(body_of(second.ask(get)), "/x");
  }
  auto third = std::make_unique<TcpClient>(server.port());
  ASSERT_EQ(body_of(third->ask(get)), "/x");
  const TcpClient fourth(server.port());
  ASSERT_TRUE(fourth.send(get));
  ASSERT_EQ(body_of(first.ask(get)), "/x") << "those who are in are served";
  third.reset();
  EXPECT_EQ(body_of(fourth.receive_response()), "/x");
}

TEST(Server, TellsASlowClientByItself) {
  Limits limits;
  limits.head_timeout = 10ms;
  const RunningServer server(limits);
  const TcpClient client(server.port());
  ASSERT_TRUE(client.send("GET / HT"));
  EXPECT_TRUE(client.receive_response().starts_with("HTTP/1.1 408 "));
}

TEST(Server, ClosesAnIdleClientByItself) {
  Limits limits;
  limits.idle_timeout = 10ms;
  const RunningServer server(limits);
  const TcpClient client(server.port());
  ASSERT_EQ(body_of(client.ask(get)), "/x");
  EXPECT_EQ(client.receive_all(), "");
}

TEST(Server, AnswersAClientThatHasFinishedSending) {
  const RunningServer server;
  const TcpClient client(server.port());
  ASSERT_TRUE(client.send(get + get));
  client.finish_sending();
  const std::string both = client.receive_all();
  EXPECT_EQ(body_of(both).substr(0, 2), "/x");
  EXPECT_TRUE(both.ends_with("/x"));
}

TEST(Server, TakesOverASocketThatListens) {
  const OccupiedPort inherited;
  Server server([&](const Request&, Response& response) {
    response.write("adopted");
    server.stop();
  });
  const auto port = server.adopt(dup(inherited.descriptor()));
  ASSERT_TRUE(port) << port.error();
  EXPECT_EQ(*port, inherited.number());
  std::thread thread([&] { EXPECT_TRUE(server.run()); });
  const TcpClient client(inherited.number());
  EXPECT_EQ(body_of(client.ask(get)), "adopted");
  thread.join();
}

TEST(Server, SaysThatAPortIsInUse) {
  const OccupiedPort occupied;
  Server server([](const Request&, Response&) {});
  const auto port = server.listen(occupied.number());
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error(), "cannot listen on port " + std::to_string(occupied.number()) +
                              ": it is in use; stop the program that holds it or choose another port");
}

TEST(Server, SaysThatItDoesNotListen) {
  Server server([](const Request&, Response&) {});
  const auto ended = server.run();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error(), "the server has no socket to listen on");
}

TEST(Server, LooksForAnInheritedSocketOnlyWhenOneIsAnnounced) {
  const OccupiedPort inherited;
  EXPECT_EQ(Server::inherited_descriptor(), -1);
  setenv("LISTEN_FDS", "1", 1);
  const int found = Server::inherited_descriptor();
  setenv("LISTEN_PID", std::to_string(getpid() + 1).c_str(), 1);
  EXPECT_EQ(Server::inherited_descriptor(), -1) << "announced to another process";
  setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
  EXPECT_EQ(Server::inherited_descriptor(), found);
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_PID");
  // Other descriptors of this process may stand before it; what is found must be a socket.
  ASSERT_GE(found, 3);
  EXPECT_LE(found, inherited.descriptor());
}

}  // namespace
}  // namespace shallop::http
