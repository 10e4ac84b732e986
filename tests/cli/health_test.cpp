// SPDX-License-Identifier: Apache-2.0
// `shallop health` against servers that answer what the test says.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <string>
#include <thread>

#include "base/unique_fd.hpp"
#include "cli/workshop.hpp"

namespace shallop::cli {
namespace {

// Answers one connection, once it has sent something.
class OneAnswer {
 public:
  // Without an answer the connection stays open and silent.
  OneAnswer(int family, std::optional<std::string> answer)
      : listener_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage address{};
    address.ss_family = static_cast<sa_family_t>(family);
    auto* const ipv4 = reinterpret_cast<sockaddr_in*>(&address);
    auto* const ipv6 = reinterpret_cast<sockaddr_in6*>(&address);
    if (family == AF_INET) ipv4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (family == AF_INET6) ipv6->sin6_addr = in6addr_loopback;
    socklen_t size = family == AF_INET ? sizeof *ipv4 : sizeof *ipv6;
    is_listening_ = ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                    ::listen(listener_.get(), 1) == 0 &&
                    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0;
    port_ = ntohs(family == AF_INET ? ipv4->sin_port : ipv6->sin6_port);
    if (is_listening_) thread_ = std::thread([this, text = std::move(answer)] { serve(text); });
  }
  ~OneAnswer() {
    ::shutdown(listener_.get(), SHUT_RDWR);  // ends accept()
    if (thread_.joinable()) thread_.join();
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  bool is_listening() const { return is_listening_; }
  std::string port() const { return std::to_string(port_); }
  // Of the request, when the test has seen the answer.
  const std::string& request() {
    thread_.join();
    return request_;
  }

 private:
  void serve(const std::optional<std::string>& answer) {
    const UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) return;
    while (!request_.contains("\r\n\r\n")) {
      char buffer[1024];
      const ssize_t count = ::recv(connection.get(), buffer, sizeof buffer, 0);
      if (count <= 0) return;
      request_.append(buffer, static_cast<size_t>(count));
    }
    if (answer) {
      ::send(connection.get(), answer->data(), answer->size(), MSG_NOSIGNAL);
    } else {
      char byte = 0;
      ::recv(connection.get(), &byte, 1, 0);  // until the other side has given up
    }
  }

  UniqueFd listener_;
  bool is_listening_ = false;
  uint16_t port_ = 0;
  std::string request_;
  std::thread thread_;
};

Process::Ending ask(const std::vector<std::string>& operands) {
  std::vector<std::string> words{"health"};
  words.insert(words.end(), operands.begin(), operands.end());
  return Workshop().start(words)->wait();
}

TEST(Health, IsGoodBelow400) {
  for (const std::string status : {"200 OK", "204 No Content", "302 Found"}) {
    OneAnswer server(AF_INET, "HTTP/1.1 " + status + "\r\ncontent-length: 0\r\n\r\n");
    const auto [out, err, exit] = ask({server.port(), "/ready?full"});
    EXPECT_EQ(exit, 0) << status << ": " << err;
    EXPECT_EQ(out + err, "");
    EXPECT_TRUE(server.request().starts_with("GET /ready?full HTTP/1.1\r\nhost: localhost:" + server.port() + "\r\n"));
  }
}

TEST(Health, IsBadFrom400On) {
  OneAnswer server(AF_INET, "HTTP/1.1 503 Service Unavailable\r\n\r\n");
  const auto [out, err, exit] = ask({server.port()});
  EXPECT_EQ(exit, 1);
  EXPECT_EQ(err, "shallop: http://127.0.0.1:" + server.port() + "/: HTTP/1.1 503 Service Unavailable\n");
}

TEST(Health, IsBadWhereNobodyListens) {
  std::string port;
  {
    port = OneAnswer(AF_INET, "").port();
  }
  const auto [out, err, exit] = ask({port});
  EXPECT_EQ(exit, 1);
  EXPECT_EQ(err, "shallop: http://127.0.0.1:" + port + "/: Connection refused\n");
}

TEST(Health, IsBadWithoutAnAnswerInTime) {
  OneAnswer server(AF_INET, std::nullopt);
  const auto [out, err, exit] = ask({server.port(), "--timeout=300ms"});
  EXPECT_EQ(exit, 1);
  EXPECT_EQ(err, "shallop: http://127.0.0.1:" + server.port() + "/: no answer in time\n");
}

TEST(Health, IsBadWhenTheAnswerIsNoHttp) {
  for (const std::string answer : {"", "hello\r\n", "HTTP/1.1\r\n", "HTTP/1.1 two\r\n", "HTTP/1.1 99999 X\r\n",
                                   "HTTP/1.1 200 with no end", "\r\n"}) {
    OneAnswer server(AF_INET, answer);
    const auto [out, err, exit] = ask({server.port()});
    EXPECT_EQ(exit, 1) << answer;
    EXPECT_EQ(std::ranges::count(err, '\n'), 1) << err;
  }
}

TEST(Health, AsksByIpv6WhereNobodyListensByIpv4) {
  OneAnswer server(AF_INET6, "HTTP/1.1 200 OK\r\n\r\n");
  if (!server.is_listening()) GTEST_SKIP() << "there is no IPv6 here";
  EXPECT_EQ(ask({server.port()}).status, 0);
}

TEST(Health, RefusesWhatIsNoQuestion) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"0"},
                                                                                     {"65536"},
                                                                                     {"http"},
                                                                                     {"80", "/a b"},
                                                                                     {"80", "/a\r\nx: y"},
                                                                                     {"80", "/", "more"},
                                                                                     {"--timeout=0", "80"}}) {
    const auto [out, err, exit] = ask(words);
    EXPECT_EQ(exit, 2) << err;
    EXPECT_EQ(std::ranges::count(err, '\n'), 1) << err;
  }
}

}  // namespace
}  // namespace shallop::cli
