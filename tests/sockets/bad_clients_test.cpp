// SPDX-License-Identifier: Apache-2.0
// What clients can do to a server, by mistake or on purpose. After each of it the server has neither crashed nor leaked
// a descriptor, and still answers those who were there before and those who come.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <deque>
#include <memory>
#include <thread>

#include "sockets/observed_server.hpp"

namespace shallop::sockets {
namespace {

using namespace std::chrono_literals;

struct Setting {
  const ServerGuest* guest = nullptr;
  Build build = Build::interpreted;
  std::string workers;
};

void PrintTo(const Setting& setting, std::ostream* out) { *out << setting.guest->name; }

std::string setting_name(const testing::TestParamInfo<Setting>& info) {
  return info.param.guest->name + (info.param.build == Build::compiled ? "Compiled" : "Interpreted") +
         info.param.workers;
}

// Each guest with one worker, which accepts by itself, and with two, for which the supervisor accepts.
std::vector<Setting> settings() {
  std::vector<Setting> all;
  for (const ServerGuest* guest : {&http_service(), &poll_server()}) {
    for (const Build build : wasm_builds()) {
      all.push_back({.guest = guest, .build = build, .workers = build == Build::compiled ? "1" : "2"});
    }
  }
  return all;
}

class BadClients : public testing::TestWithParam<Setting> {
 protected:
  void SetUp() override {
    const auto& [guest, build, workers] = GetParam();
    server_ = std::make_unique<ObservedServer>(
        *guest, ServerOptions{.build = build, .options = {"--workers", workers, "--grace", "3s"}});
    steady_ = std::make_unique<Client>(server_->port());
    ASSERT_TRUE(server_->answers(*steady_));
    before_ = server_->settled_descriptors();
  }

  void TearDown() override {
    if (!steady_) return;  // the server did not come
    EXPECT_TRUE(server_->answers(*steady_)) << "one who was there before gets no answer";
    EXPECT_TRUE(server_->answers()) << "one who comes gets no answer";
    EXPECT_TRUE(server_->comes_down_to_descriptors(before_)) << server_->descriptors() << " instead of " << before_;
    server_->process().send_signal(SIGTERM);
    const auto [out, err, status] = server_->process().wait();
    EXPECT_EQ(status, 0) << err;
  }

  bool is_http() const { return GetParam().guest == &http_service(); }
  const std::string& request() const { return GetParam().guest->request; }

  std::unique_ptr<ObservedServer> server_;
  std::unique_ptr<Client> steady_;
  size_t before_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Servers, BadClients, testing::ValuesIn(settings()), setting_name);

TEST_P(BadClients, ResetTheConnectionInEveryState) {
  const size_t body = GetParam().guest->body_begin;
  for (int round = 0; round < 10; ++round) {
    // Nothing sent; in the first line; at the end of the head; in the body; whole, its answer on its way.
    for (const size_t sent : {size_t{0}, size_t{2}, body, body + 2, request().size()}) {
      Client client(server_->port());
      client.send(request().substr(0, sent));
      client.reset();
    }
    Client between_requests(server_->port());
    EXPECT_TRUE(server_->answers(between_requests));
    between_requests.reset();
    Client in_the_second(server_->port());
    EXPECT_TRUE(server_->answers(in_the_second));
    in_the_second.send(request().substr(0, 3));
    in_the_second.reset();
    Client in_the_answer(server_->port());
    in_the_answer.send(request());
    EXPECT_EQ(in_the_answer.receive(1).size(), 1u);
    in_the_answer.reset();
  }
}

// While the server stands still they connect, speak and go: it finds them in its backlog.
TEST_P(BadClients, AreGoneBeforeTheyAreAccepted) {
  server_->process().send_signal(SIGSTOP);
  for (int i = 0; i < 100; ++i) {
    Client client(server_->port());
    if (i % 2 == 0) client.send(request());
    if (i % 3 == 0) client.finish_sending();
    if (i % 5 != 0) client.reset();
  }
  server_->process().send_signal(SIGCONT);
}

TEST_P(BadClients, StopSendingAndStillGetTheirAnswer) {
  Client whole(server_->port());
  whole.send(request());
  whole.finish_sending();
  EXPECT_TRUE(whole.receive_until(GetParam().guest->answer_end).ends_with(GetParam().guest->answer_end));
  EXPECT_TRUE(whole.is_at_end());
  Client half(server_->port());
  half.send(request().substr(0, request().size() / 2));
  half.finish_sending();
  half.receive_until("no server says this");  // an answer or none, but an end
}

TEST_P(BadClients, VanishWithoutAWord) {
  // One that was answered, one in the middle of its request; the server cannot know, and ends all the same.
  for (const size_t sent : {request().size(), request().size() / 2}) {
    Client client(server_->port());
    client.send(request().substr(0, sent));
    if (sent == request().size()) client.receive_until(GetParam().guest->answer_end);
    if (!client.vanish()) GTEST_SKIP() << "TCP_REPAIR needs CAP_NET_ADMIN";
  }
  EXPECT_TRUE(server_->answers(*steady_));
  before_ += 2;  // open until the guest's own time limit for them
}

TEST_P(BadClients, SendEveryByteInASegmentOfItsOwn) {
  if (!is_http()) GTEST_SKIP() << "its requests are what comes in one segment";
  Client client(server_->port());
  for (const char byte : request() + request()) {
    client.send({&byte, 1});
    if (byte == '\n') EXPECT_TRUE(server_->answers(*steady_));
  }
  // The answers may come together.
  const std::string_view end = GetParam().guest->answer_end;
  std::string text = client.receive_until(end);
  if (text.find(end) + end.size() == text.size()) text += client.receive_until(end);
  const size_t second = text.find(end) + end.size();
  EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\n")) << text;
  EXPECT_TRUE(text.substr(std::min(second, text.size())).starts_with("HTTP/1.1 200 OK\r\n")) << text;
}

// Thousands of requests in a row from one who takes the answers a few hundred bytes at a time.
TEST_P(BadClients, ReadSlowly) {
  if (!is_http()) GTEST_SKIP() << "it gives up who does not take an answer at once";
  constexpr size_t requests = 20'000;
  Client client(server_->port());
  client.send(request());
  const std::string answer = client.receive_until(GetParam().guest->answer_end);
  ASSERT_TRUE(answer.ends_with(GetParam().guest->answer_end));
  std::thread sender([&] {
    for (size_t i = 0; i < requests; ++i) client.send(request());
  });
  std::string text;
  for (size_t left = requests * answer.size(); left > 0;) {
    const std::string part = client.receive(std::min<size_t>(left, 400));
    if (part.empty()) break;
    left -= part.size();
    text += part;
  }
  sender.join();
  // The second that each was made in does not matter (RFC 9110, section 5.6.7 has the date's length).
  constexpr std::string_view date = "date: ";
  constexpr size_t date_size = 29;
  const size_t date_start = answer.find(date);
  for (size_t i = 0; i < requests; ++i) {
    std::string each = text.substr(std::min(i * answer.size(), text.size()), answer.size());
    if (date_start != std::string::npos && each.size() == answer.size()) {
      each.replace(date_start + date.size(), date_size, answer, date_start + date.size(), date_size);
    }
    ASSERT_EQ(each, answer) << "answer " << i;
  }
}

// Sends as long as the server takes anything. A number of bytes: what lies in buffers from here to there.
size_t flood(const Client& client, const std::string& request, size_t most) {
  std::string block;
  while (block.size() < 65'536) block += request;
  size_t total = 0;
  int idle_rounds = 0;
  while (total < most && idle_rounds < 20) {
    const ssize_t sent = ::send(client.fd(), block.data(), block.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) break;  // it was closed for us, which is an answer, too
    idle_rounds = sent > 0 ? 0 : idle_rounds + 1;
    if (sent > 0) total += static_cast<size_t>(sent);
    if (sent <= 0) std::this_thread::sleep_for(10ms);
  }
  return total;
}

TEST_P(BadClients, NeverReadAndAreNeitherHeardForEverNorWaitedForBusily) {
  constexpr size_t most = size_t{64} << 20;
  const uint64_t resident = server_->resident_bytes();
  std::deque<Client> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(server_->port());
    EXPECT_LT(flood(clients.back(), request(), most), most) << "the server took all that was sent";
  }
  EXPECT_LT(server_->resident_bytes(), resident + (size_t{32} << 20));
  const auto before = server_->processor_time();
  std::this_thread::sleep_for(500ms);
  EXPECT_LT(server_->processor_time() - before, 100ms);
  EXPECT_TRUE(server_->answers(*steady_));
}

TEST_P(BadClients, ScanPortsAndSpeakOtherProtocols) {
  for (int i = 0; i < 300; ++i) {
    const Client client(server_->port());  // and closed at once
  }
  const std::string zeros(5'000, '\0');
  const std::string endless_line = "GET /" + std::string(100'000, 'a');
  for (const std::string& words :
       {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), zeros, endless_line,
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), std::string("\r\n\r\n\r\n"),
        std::string("SSH-2.0-OpenSSH\r\n"),
        std::string("GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")}) {
    Client client(server_->port());
    ::send(client.fd(), words.data(), words.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    client.finish_sending();
    client.receive_until("no server says this");
  }
}

// As fast as one thread can connect: about 20,000 in a second. A few hundred are open at any time.
TEST_P(BadClients, ConnectInABurst) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server_->port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const linger at_once{.l_onoff = 1, .l_linger = 0};  // no TIME_WAIT: ports would run out
  std::deque<UniqueFd> open;
  for (int i = 0; i < 20'000; ++i) {
    UniqueFd& socket = open.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ASSERT_TRUE(socket);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    static_cast<void>(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
    if (open.size() > 300) open.pop_front();
  }
}

TEST_P(BadClients, SeeNothingOfAServerThatWasStoppedAndContinued) {
  for (int i = 0; i < 5; ++i) {
    server_->process().send_signal(SIGSTOP);
    steady_->send(request());
    server_->process().send_signal(SIGCONT);
    EXPECT_TRUE(steady_->receive_until(GetParam().guest->answer_end).ends_with(GetParam().guest->answer_end));
  }
}

// --- Without descriptors ---

class WithoutDescriptors : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Workers, WithoutDescriptors, testing::Values("1", "2"));

TEST_P(WithoutDescriptors, ClientsWaitAndAreServedWhenOthersLeave) {
  ObservedServer server(http_service(), {.options = {"--workers", GetParam()}, .descriptors_max = 48});
  const size_t before = server.settled_descriptors();
  std::deque<Client> clients;
  for (int i = 0; i < 80; ++i) clients.emplace_back(server.port());
  std::this_thread::sleep_for(200ms);
  const auto busy_before = server.processor_time();
  std::this_thread::sleep_for(500ms);
  EXPECT_LT(server.processor_time() - busy_before, 100ms);
  for (int i = 0; !clients.empty(); ++i) {
    EXPECT_TRUE(server.answers(clients.front())) << "client " << i;
    clients.pop_front();
  }
  EXPECT_TRUE(server.comes_down_to_descriptors(before));
  EXPECT_TRUE(server.answers());
}

}  // namespace
}  // namespace shallop::sockets
