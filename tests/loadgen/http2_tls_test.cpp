// SPDX-License-Identifier: Apache-2.0
// HTTP/2 over TLS, with a server that is not ours: nginx.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/unique_fd.hpp"
#include "loadgen/bench_program.hpp"
#include "support/temporary_directory.hpp"

namespace shallop::loadgen {
namespace {

constexpr const char* nginx_program = "/usr/sbin/nginx";

uint16_t free_port() {
  const UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  EXPECT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  return ntohs(address.sin_port);
}

bool accepts(uint16_t port) {
  const UniqueFd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

class Http2OverTls : public testing::Test {
 protected:
  void SetUp() override {
    if (access(nginx_program, X_OK) != 0) GTEST_SKIP() << nginx_program << " is not installed";
    const std::string make_certificate =
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost "
        "-keyout " +
        directory_ / "key.pem" + " -out " + certificate_ + " 2>/dev/null";
    ASSERT_EQ(std::system(make_certificate.c_str()), 0) << make_certificate;
    port_ = free_port();
    std::ofstream(directory_ / "nginx.conf")
        << "daemon off;\nmaster_process off;\npid " << directory_ / "pid"
        << ";\nerror_log stderr;\nevents {}\nhttp {\n  access_log off;\n"
        << temporary_paths() << "  ssl_certificate " << certificate_ << ";\n  ssl_certificate_key "
        << directory_ / "key.pem" << ";\n  server {\n    listen 127.0.0.1:" << port_
        << " ssl http2;\n    default_type text/plain;\n    location / { return "
           "200 \"$server_protocol $http_host\"; }\n  }\n}\n";
    server_ = std::make_unique<cli::Process>(
        std::vector<std::string>{nginx_program, "-c", directory_ / "nginx.conf", "-p", directory_ / "."}, ".",
        std::vector<std::string>{"PATH=/usr/bin:/bin"});
    for (int tries = 0; tries < 500 && !accepts(port_); ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ASSERT_TRUE(accepts(port_)) << "nginx does not listen";
  }

  std::string temporary_paths() const {
    std::string text;
    for (const char* each : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
      text += std::string("  ") + each + "_temp_path " + directory_ / each + ";\n";
    }
    return text;
  }
  std::string authority() const { return "localhost:" + std::to_string(port_); }

  TemporaryDirectory directory_;
  std::string certificate_ = directory_ / "certificate.pem";
  uint16_t port_ = 0;
  std::unique_ptr<cli::Process> server_;
};

TEST_F(Http2OverTls, IsSpokenWithACertificateThatFits) {
  if (!knows_localhost()) GTEST_SKIP() << "this machine has no address for localhost (/etc/hosts)";
  const BenchRun run =
      bench_json("--http2 -c 3 -n 500 --streams 8 --cacert " + certificate_ + " -h https://" + authority() + "/some",
                 {"--expect-body", "HTTP/2.0 " + authority()});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.completed(), 500U);
  EXPECT_EQ(run.total_errors(), 0U) << run.out;
  EXPECT_EQ(run.details().at("connect").at("count"), 3);
}

TEST_F(Http2OverTls, TakesAnyCertificateWhenAsked) {
  const BenchRun run = bench_json("--http2 -c 2 -n 100 --insecure -h https://127.0.0.1:" + std::to_string(port_));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.completed(), 100U);
}

TEST_F(Http2OverTls, RefusesACertificateOfNobody) {
  if (!knows_localhost()) GTEST_SKIP() << "this machine has no address for localhost (/etc/hosts)";
  const BenchRun run = bench_json("--http2 -c 1 -n 10 -h https://" + authority());
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.completed(), 0U);
  EXPECT_NE(run.err.find("TLS handshake failed: self-signed certificate"), std::string::npos) << run.err;
}

// The server chooses HTTP/1.1 when that is all the client offers.
TEST_F(Http2OverTls, IsNotSpokenUnlessAskedFor) {
  if (!knows_localhost()) GTEST_SKIP() << "this machine has no address for localhost (/etc/hosts)";
  const BenchRun run = bench_json("-c 1 -n 20 --cacert " + certificate_ + " -h https://" + authority(),
                                  {"--expect-body", "HTTP/1.1 " + authority()});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.completed(), 20U);
}

}  // namespace
}  // namespace shallop::loadgen
