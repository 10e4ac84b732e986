// SPDX-License-Identifier: Apache-2.0
// One connection over a socket pair, with the clock in the test's hands. On a SOCK_SEQPACKET pair each send() of the
// connection is a message of its own, so that "in one write" can be seen.
#include "http/connection.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace shallop::http {
namespace {

using Wait = Connection::Wait;
using Handler = std::function<void(const Request&, Response&)>;

const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class ConnectionTest : public testing::Test {
 protected:
  ~ConnectionTest() override {
    if (client_ >= 0) ::close(client_);
  }

  void open(int socket_type = SOCK_STREAM) {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, socket_type | SOCK_NONBLOCK, 0, pair), 0);
    client_ = pair[0];
    workspace_.date.set(784111777);
    workspace_.now = 1'000'000;
    connection_ = Connection(pair[1], workspace_);
  }

  void send(std::string_view text) {
    ASSERT_EQ(::send(client_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }

  Wait ready() { return connection_.on_ready(workspace_); }

  Wait send_and_serve(std::string_view text) {
    send(text);
    return ready();
  }

  /// Serves as an event loop does until the connection waits for something that is not there.
  Wait serve_while_ready() {
    Wait wait = Wait::readable;
    for (;;) {
      pollfd entry{connection_.descriptor(), static_cast<short>(wait == Wait::writable ? POLLOUT : POLLIN), 0};
      if (wait == Wait::closed || poll(&entry, 1, 0) == 0) return wait;
      wait = ready();
    }
  }

  /// One message of a SOCK_SEQPACKET pair, or what there is of a stream.
  std::string receive() {
    std::string text(1 << 20, '\0');
    const ssize_t size = recv(client_, text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

  bool at_end() {
    char octet;
    return recv(client_, &octet, 1, 0) == 0;
  }

  void close_client() { ::close(std::exchange(client_, -1)); }

  Wait wait_until_deadline() {
    workspace_.now = connection_.deadline();
    return connection_.on_deadline(workspace_);
  }

  /// Answers with what it was asked: method, path, one header, body.
  Handler handler_ = [](const Request& request, Response& response) {
    response.write(request.method);
    response.write(" ");
    response.write(request.path);
    response.write(" ");
    response.write(request.header("x-tag"));
    response.write(" ");
    response.write(request.body);
  };
  int client_ = -1;
  Limits limits_{.request_line_bytes = 8 * 1024, .body_bytes = 4096};
  Workspace workspace_{{&handler_, [](void* object, const Request& request,
                                      Response& response) { (*static_cast<Handler*>(object))(request, response); }},
                       limits_};
  Connection connection_;
};

std::string response_with(std::string_view body, std::string_view connection_header = {}) {
  return "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n" + std::string(connection_header) + "\r\n" + std::string(body);
}

int status_of(const std::string& response) {
  return response.starts_with("HTTP/1.1 ") ? std::stoi(response.substr(9, 3)) : 0;
}

TEST_F(ConnectionTest, AnswersInOneWriteAndStaysOpen) {
  open(SOCK_SEQPACKET);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(send_and_serve(get), Wait::readable);
    EXPECT_EQ(receive(), response_with("GET /  "));
    EXPECT_EQ(receive(), "");
  }
}

TEST_F(ConnectionTest, AnswersPipelinedRequestsInOrderAndInOneWrite) {
  open(SOCK_SEQPACKET);
  const std::string second = "POST /2 HTTP/1.1\r\nHost: a\r\nX-Tag: t\r\nContent-Length: 4\r\n\r\nbody";
  const std::string third = "PUT /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
  EXPECT_EQ(send_and_serve(get + second + third), Wait::readable);
  EXPECT_EQ(receive(), response_with("GET /  ") + response_with("POST /2 t body") + response_with("PUT /3  ab"));
}

TEST_F(ConnectionTest, DoesNotMindWhereTheInputIsCut) {
  const std::string input =
      "\r\nPOST /1 HTTP/1.1\r\nHost: a\r\nX-Tag: one\r\nContent-Length: 4\r\n\r\nbody"
      "PUT /2 HTTP/1.1\r\nHost: a\r\nX-Tag: two\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3;x\r\ncde\r\n0\r\nT: "
      "1\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: a\r\nX-Tag: three\r\n\r\n";
  const std::string expected =
      response_with("POST /1 one body") + response_with("PUT /2 two abcde") + response_with("GET /3 three ");
  for (std::size_t cut = 1; cut < input.size(); ++cut) {
    open();
    send(input.substr(0, cut));
    ASSERT_EQ(serve_while_ready(), Wait::readable);
    std::string output = receive();
    send(input.substr(cut));
    ASSERT_EQ(serve_while_ready(), Wait::readable);
    EXPECT_EQ(output + receive(), expected) << "cut at " << cut;
    close_client();
  }
  open();
  std::string output;
  for (const char octet : input) {
    ASSERT_EQ(send_and_serve({&octet, 1}), Wait::readable);
    output += receive();
  }
  EXPECT_EQ(output, expected) << "octet by octet";
}

TEST_F(ConnectionTest, DoesNotMistakeABodyForARequest) {
  open();
  send_and_serve("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(get.size()) + "\r\n\r\n" + get);
  EXPECT_EQ(receive(), response_with("POST /  " + get));
}

TEST_F(ConnectionTest, AnswersHeadWithoutBody) {
  open();
  send_and_serve("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get);
  const std::string body = "HEAD /  ";
  const std::string full = response_with(body);
  EXPECT_EQ(receive(), full.substr(0, full.size() - body.size()) + response_with("GET /  "));
}

TEST_F(ConnectionTest, ClosesWhenAsked) {
  open();
  EXPECT_EQ(send_and_serve("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), Wait::closed);
  EXPECT_EQ(receive(), response_with("GET /  ", "connection: close\r\n"));
  EXPECT_TRUE(at_end());
}

TEST_F(ConnectionTest, ClosesBehindHttp10AndKeepsItOpenWhenAsked) {
  open();
  EXPECT_EQ(send_and_serve("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), Wait::readable);
  EXPECT_EQ(receive(), response_with("GET /  ", "connection: keep-alive\r\n"));
  EXPECT_EQ(send_and_serve("GET / HTTP/1.0\r\n\r\n"), Wait::closed);
  EXPECT_EQ(receive(), response_with("GET /  ", "connection: close\r\n"));
}

TEST_F(ConnectionTest, IgnoresWhatFollowsTheLastRequest) {
  open();
  EXPECT_EQ(send_and_serve("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get), Wait::readable);
  EXPECT_EQ(receive(), response_with("GET /  ", "connection: close\r\n"));
  EXPECT_TRUE(at_end());
  close_client();
  EXPECT_EQ(ready(), Wait::closed);
}

TEST_F(ConnectionTest, InvitesTheBodyOfAClientThatExpectsIt) {
  open(SOCK_SEQPACKET);
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
  EXPECT_EQ(send_and_serve(head), Wait::readable);
  EXPECT_EQ(receive(), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(send_and_serve("body"), Wait::readable);
  EXPECT_EQ(receive(), response_with("POST /  body"));

  EXPECT_EQ(send_and_serve(head + "bo"), Wait::readable);
  EXPECT_EQ(receive(), "") << "the body is on its way already";
  EXPECT_EQ(send_and_serve("dy"), Wait::readable);
  EXPECT_EQ(receive(), response_with("POST /  body"));
}

TEST_F(ConnectionTest, RefusesALargeBodyBeforeItIsSent) {
  open();
  EXPECT_EQ(send_and_serve("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4097\r\n\r\n"),
            Wait::readable);
  const std::string response = receive();
  EXPECT_EQ(status_of(response), 413);
  EXPECT_NE(response.find("connection: close\r\n"), std::string::npos);
  EXPECT_EQ(response.find("100 Continue"), std::string::npos);
}

TEST_F(ConnectionTest, RefusesAChunkedBodyThatGrowsTooLarge) {
  open();
  EXPECT_EQ(send_and_serve("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n"), Wait::readable);
  EXPECT_EQ(send_and_serve(std::string(0x800, 'x') + "\r\n801\r\n"), Wait::readable);
  EXPECT_EQ(status_of(receive()), 413);
}

TEST_F(ConnectionTest, TakesABodyAsLargeAsTheLimit) {
  open();
  const std::string body(4096, 'x');
  send_and_serve("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4096\r\n\r\n" + body);
  EXPECT_EQ(receive(), response_with("POST /  " + body));
}

TEST_F(ConnectionTest, LingersBehindARefusalSoThatItIsRead) {
  open();
  EXPECT_EQ(send_and_serve("BAD\r\n"), Wait::readable);
  EXPECT_EQ(status_of(receive()), 400);
  EXPECT_TRUE(at_end());
  EXPECT_EQ(send_and_serve(get), Wait::readable) << "swallowed";
  EXPECT_EQ(receive(), "");
  EXPECT_EQ(connection_.deadline(), workspace_.now + limits_.linger_timeout.count());
  EXPECT_EQ(wait_until_deadline(), Wait::closed);
}

TEST_F(ConnectionTest, RefusesWithTheRightStatus) {
  const std::pair<std::string, int> cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET /" + std::string(9000, 'a'), 414},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(17000, 'a'), 431},
      {"POST / HTTP/1.0\r\n\r\n", 411},
      {"GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx", 400},
      {"CONNECT b:1 HTTP/1.1\r\nHost: b:1\r\n\r\n", 405},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 413},
  };
  for (const auto& [text, status] : cases) {
    open();
    EXPECT_EQ(send_and_serve(text), Wait::readable);
    EXPECT_EQ(status_of(receive()), status) << text.substr(0, 100);
    close_client();
  }
}

TEST_F(ConnectionTest, AnswersWhatCameBeforeABadRequest) {
  open(SOCK_SEQPACKET);
  send_and_serve(get + "BAD\r\n\r\n");
  const std::string both = receive();
  const std::string first = response_with("GET /  ");
  ASSERT_TRUE(both.starts_with(first));
  EXPECT_EQ(status_of(both.substr(first.size())), 400);
}

TEST_F(ConnectionTest, Answers500WhenTheHandlerMisbehaves) {
  const Handler bad_handlers[] = {
      [](const Request&, Response&) { throw std::runtime_error("handler"); },
      [](const Request&, Response& response) { response.set_status(42); },
      [](const Request&, Response& response) { response.add_header("x", "a\r\nb: c"); },
  };
  for (const Handler& handler : bad_handlers) {
    handler_ = handler;
    open();
    EXPECT_EQ(send_and_serve(get), Wait::readable);
    const std::string response = receive();
    EXPECT_EQ(status_of(response), 500);
    EXPECT_EQ(response.find("b: c"), std::string::npos);
    close_client();
  }
}

TEST_F(ConnectionTest, ClosesWhenTheHandlerWantsIt) {
  handler_ = [](const Request&, Response& response) { response.close_connection(); };
  open();
  EXPECT_EQ(send_and_serve(get), Wait::closed);
  EXPECT_NE(receive().find("connection: close\r\n"), std::string::npos);
}

TEST_F(ConnectionTest, EndsWithItsPeer) {
  open();
  send_and_serve("GET / HT");
  close_client();
  EXPECT_EQ(ready(), Wait::closed);
}

TEST_F(ConnectionTest, SurvivesReadinessWithoutInput) {
  open();
  EXPECT_EQ(ready(), Wait::readable);
  EXPECT_EQ(send_and_serve(get), Wait::readable);
  EXPECT_EQ(status_of(receive()), 200);
}

TEST_F(ConnectionTest, ClosesAClientThatSaysNothing) {
  open();
  EXPECT_EQ(connection_.deadline(), workspace_.now + limits_.head_timeout.count());
  EXPECT_EQ(wait_until_deadline(), Wait::closed);
  EXPECT_EQ(receive(), "");
}

TEST_F(ConnectionTest, ClosesAnIdleClientWithoutAWord) {
  open();
  send_and_serve(get);
  receive();
  EXPECT_EQ(connection_.deadline(), workspace_.now + limits_.idle_timeout.count());
  EXPECT_EQ(wait_until_deadline(), Wait::closed);
  EXPECT_EQ(receive(), "");
}

TEST_F(ConnectionTest, DoesNotTakeASpareLineEndForARequest) {
  open();
  send_and_serve(get);
  receive();
  send_and_serve("\r\n");
  EXPECT_EQ(connection_.deadline(), workspace_.now + limits_.idle_timeout.count());
  EXPECT_EQ(wait_until_deadline(), Wait::closed);
  EXPECT_EQ(receive(), "");
}

TEST_F(ConnectionTest, TimesOutASlowHead) {
  open();
  send_and_serve(get);
  receive();
  workspace_.now += 5'000;
  send_and_serve("GET");
  const Milliseconds deadline = workspace_.now + limits_.head_timeout.count();
  EXPECT_EQ(connection_.deadline(), deadline);
  for (const char* const piece : {" /", " HTTP/1.1\r\n", "Host: a\r\n"}) {
    workspace_.now += 1'000;
    send_and_serve(piece);
    EXPECT_EQ(connection_.deadline(), deadline) << "one octet now and then earns no time";
  }
  EXPECT_EQ(wait_until_deadline(), Wait::readable);
  EXPECT_EQ(status_of(receive()), 408);
  EXPECT_TRUE(at_end());
}

TEST_F(ConnectionTest, TimesOutASlowBody) {
  open();
  send_and_serve("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4096\r\n\r\n");
  const Milliseconds deadline = workspace_.now + limits_.transfer_timeout.count();
  EXPECT_EQ(connection_.deadline(), deadline);
  send_and_serve(std::string(2048, 'x'));
  EXPECT_EQ(connection_.deadline(), deadline + 2'000) << "at 1024 bytes a second";
  EXPECT_EQ(wait_until_deadline(), Wait::readable);
  EXPECT_EQ(status_of(receive()), 408);
}

class SlowReader : public ConnectionTest {
 protected:
  void SetUp() override {
    open();
    const int small = 1;  // raised to the least that the system has
    setsockopt(connection_.descriptor(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    handler_ = [](const Request& request, Response& response) {
      response.write(std::string(200'000, request.path.back()));
    };
  }

  /// A pipelined batch, one request for each letter.
  static std::string requests(std::string_view letters) {
    std::string text;
    for (const char letter : letters) text += "GET /" + std::string(1, letter) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    return text;
  }
};

TEST_F(SlowReader, HoldsRequestsBackUntilItReads) {
  int handled = 0;
  const Handler large = handler_;
  handler_ = [&](const Request& request, Response& response) {
    ++handled;
    large(request, response);
  };
  EXPECT_EQ(send_and_serve(requests("abcdef")), Wait::writable);
  EXPECT_EQ(handled, 1) << "the others wait for the first response to leave";

  std::string expected;
  for (const char letter : std::string("abcdef")) expected += response_with(std::string(200'000, letter));
  std::string output;
  for (int round = 0; round < 10'000 && output.size() < expected.size(); ++round) {
    output += receive();
    ASSERT_NE(ready(), Wait::closed);
  }
  EXPECT_TRUE(output == expected);
  EXPECT_EQ(handled, 6);
  EXPECT_EQ(send_and_serve(requests("g")), Wait::writable) << "and it goes on";
}

TEST_F(SlowReader, IsClosedWhenItDoesNotRead) {
  EXPECT_EQ(send_and_serve(requests("a")), Wait::writable);
  EXPECT_EQ(connection_.deadline(), workspace_.now + limits_.transfer_timeout.count());
  EXPECT_EQ(wait_until_deadline(), Wait::closed);
}

TEST_F(SlowReader, EarnsTimeByReading) {
  EXPECT_EQ(send_and_serve(requests("a")), Wait::writable);
  const Milliseconds before = connection_.deadline();
  receive();
  EXPECT_EQ(ready(), Wait::writable);
  EXPECT_GT(connection_.deadline(), before);
}

TEST_F(SlowReader, GetsAllOfALastResponse) {
  handler_ = [](const Request&, Response& response) {
    response.write(std::string(200'000, 'z'));
    response.close_connection();
  };
  EXPECT_EQ(send_and_serve(requests("z")), Wait::writable);
  std::string output;
  Wait wait = Wait::writable;
  while (wait == Wait::writable) {
    output += receive();
    wait = ready();
  }
  EXPECT_EQ(wait, Wait::closed);
  output += receive();
  EXPECT_TRUE(output == response_with(std::string(200'000, 'z'), "connection: close\r\n"));
}

TEST_F(SlowReader, GoneIsNoticed) {
  EXPECT_EQ(send_and_serve(requests("a")), Wait::writable);
  close_client();
  EXPECT_EQ(ready(), Wait::closed);
}

}  // namespace
}  // namespace shallop::http
