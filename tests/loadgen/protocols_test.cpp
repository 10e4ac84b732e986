// SPDX-License-Identifier: Apache-2.0
// HTTP/2, TLS, Unix sockets, IPv6.
#include <gtest/gtest.h>

#include <cstdlib>

#include "loadgen/bench_program.hpp"
#include "loadgen/http2_server.hpp"
#include "loadgen/truth_server.hpp"
#include "support/temporary_directory.hpp"

namespace shallop::loadgen {
namespace {

TEST(Http2, SendsExactlyTheRequestsAskedFor) {
  Http2Server server;
  const BenchRun run =
      bench_json("--http2 -c 3 -t 2 -n 1000 -h " + server.url(), {"--expect-body", "Hello from GET request"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.completed(), 1000U);
  EXPECT_EQ(server.requests(), 1000U);
  EXPECT_EQ(server.connections(), 3U);
  EXPECT_EQ(server.most_streams(), 1U);
}

TEST(Http2, HasAsManyStreamsAsAskedFor) {
  Http2Server server;
  const BenchRun run = bench_json("--http2 -c 1 -n 1000 --streams 16 -h " + server.url());
  EXPECT_EQ(run.completed(), 1000U) << run.err;
  EXPECT_EQ(server.most_streams(), 16U);
}

TEST(Http2, SendsBodies) {
  Http2Server server;
  const BenchRun run = bench_json("--http2 -c 1 -n 10 --streams 3 -m POST -b 0123456789 -h " + server.url());
  EXPECT_EQ(run.completed(), 10U) << run.out;
  EXPECT_EQ(server.body_bytes(), 100U);
}

TEST(Http2, CountsStreamsThatAreReset) {
  Http2Server server(100);
  const BenchRun run = bench_json("--http2 -c 2 -n 1000 --streams 4 -h " + server.url());
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.completed(), 990U) << run.out;
  EXPECT_EQ(run.total_errors(), 10U) << run.out;
  EXPECT_EQ(server.connections(), 2U) << "a stream's end is not the connection's";
}

TEST(Http2, FollowsARate) {
  Http2Server server;
  const BenchRun run = bench_json("--http2 -c 2 -n 200 --streams 4 --rate 1000 -h " + server.url());
  EXPECT_EQ(run.completed(), 200U) << run.out;
  EXPECT_GE(run.json.at("shallop").at("window_ns"), 198'000'000);
}

// rewrk reports thousands of requests here.
TEST(Http2, OfAServerWithoutItIsAnError) {
  TruthServer server([](uint64_t) { return Reply{Act::garbage, {}}; });
  const BenchRun run = bench_json("--http2 -c 2 -d 300ms -h " + server.url());
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.completed(), 0U);
  EXPECT_GT(run.errors("malformed"), 0U) << run.out;
  EXPECT_NE(run.err.find("does not follow HTTP/2"), std::string::npos) << run.err;
}

TEST(Addresses, MayBeOfIpv6) {
  std::unique_ptr<TruthServer> server;
  try {
    server = std::make_unique<TruthServer>([](uint64_t) { return Reply{}; }, TruthServer::Place::ipv6);
  } catch (const std::runtime_error&) {
    GTEST_SKIP() << "there is no ::1 here";
  }
  const std::string authority = "[::1]:" + std::to_string(server->port());
  EXPECT_EQ(bench_json("-c 2 -n 50 -h http://" + authority).completed(), 50U);
  EXPECT_NE(server->latest_request().find("\r\nHost: " + authority + "\r\n"), std::string::npos);
}

TEST(Addresses, MayBeUnixSockets) {
  const TemporaryDirectory directory;
  TruthServer server([](uint64_t) { return Reply{}; }, TruthServer::Place::unix_socket, directory / "socket");
  const BenchRun run = bench_json("-c 40 -t 2 -n 500 --unix " + directory / "socket" + " -h http://example.org/x");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.completed(), 500U);
  EXPECT_EQ(server.latest_request(), "GET /x HTTP/1.1\r\nHost: example.org\r\n\r\n");
}

// localhost is ::1 and 127.0.0.1 on most machines; the server listens on one of them.
TEST(Addresses, OfANameAreTriedInTurn) {
  if (!knows_localhost()) GTEST_SKIP() << "this machine has no address for localhost (/etc/hosts)";
  TruthServer server([](uint64_t) { return Reply{}; });
  const BenchRun run = bench_json("-c 4 -n 100 -h http://localhost:" + std::to_string(server.port()));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.completed(), 100U);
}

// A server with a certificate for localhost, made by itself.
class Tls : public testing::Test {
 protected:
  Tls() {
    const std::string command =
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost "
        "-keyout " +
        directory_ / "key.pem" + " -out " + certificate_ + " 2>/dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    server_ = std::make_unique<cli::Process>(
        std::vector<std::string>{"/usr/bin/python3", "tests/loadgen/tls_server.py", certificate_,
                                 directory_ / "key.pem", directory_ / "port"},
        ".", std::vector<std::string>{"PATH=/usr/bin:/bin"});
    EXPECT_TRUE(server_->wait_for_output("listening\n"));
    port_ = directory_.read("port");
  }

  TemporaryDirectory directory_;
  std::string certificate_ = directory_ / "certificate.pem";
  std::unique_ptr<cli::Process> server_;
  std::string port_;
};

TEST_F(Tls, IsSpokenWithACertificateThatFits) {
  if (!knows_localhost()) GTEST_SKIP() << "this machine has no address for localhost (/etc/hosts)";
  const BenchRun run = bench_json("-c 3 -n 60 --cacert " + certificate_ + " -h https://localhost:" + port_,
                                  {"--expect-body", "Hello from GET request"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.completed(), 60U);
  EXPECT_EQ(run.details().at("connect").at("count"), 3);
}

TEST_F(Tls, RefusesACertificateOfNobody) {
  if (!knows_localhost()) GTEST_SKIP() << "this machine has no address for localhost (/etc/hosts)";
  const BenchRun run = bench_json("-c 1 -n 10 -h https://localhost:" + port_);
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.completed(), 0U);
  EXPECT_GE(run.errors("tls"), 1U) << run.out;
  EXPECT_NE(run.err.find("TLS handshake failed: self-signed certificate"), std::string::npos) << run.err;
}

TEST_F(Tls, RefusesACertificateOfAnotherHost) {
  const BenchRun run = bench_json("-c 1 -n 10 --cacert " + certificate_ + " -h https://127.0.0.1:" + port_);
  EXPECT_EQ(run.status, 1);
  EXPECT_NE(run.err.find("TLS handshake failed: IP address mismatch"), std::string::npos) << run.err;
}

TEST_F(Tls, TakesAnyCertificateWhenAsked) {
  EXPECT_EQ(bench_json("-c 2 -n 20 --insecure -h https://127.0.0.1:" + port_).completed(), 20U);
  EXPECT_EQ(bench_json("-c 2 -n 20 --insecure --no-keepalive -h https://127.0.0.1:" + port_).completed(), 20U);
}

TEST_F(Tls, WithoutHttp2IsAnErrorForHttp2) {
  const BenchRun run = bench_json("-c 1 -d 200ms --http2 --insecure -h https://127.0.0.1:" + port_);
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.completed(), 0U);
  EXPECT_EQ(run.total_errors(), run.errors("malformed") + run.errors("tls"));
}

TEST_F(Tls, WithAServerOfClearTextIsAnError) {
  TruthServer server([](uint64_t) { return Reply{Act::garbage, {}}; });
  const BenchRun run =
      bench_json("-c 1 -d 200ms -h https://127.0.0.1:" + std::to_string(server.port()) + " --connect-timeout 100ms");
  EXPECT_EQ(run.status, 1);
  EXPECT_GE(run.errors("tls") + run.errors("connect-timeout"), 1U) << run.out;
}

}  // namespace
}  // namespace shallop::loadgen
