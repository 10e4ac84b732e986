// SPDX-License-Identifier: Apache-2.0
// Servers in other languages than the SDK's, as their toolchains make them, on a socket that they are given. Where a
// toolchain is missing its cases are skipped; CMake says so when it configures.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/process.hpp"
#include "sockets/client.hpp"

namespace shallop::sockets {
namespace {

struct Language {
  std::string name;
  std::string file;  // empty: not built here
  std::string toolchain;
};

void PrintTo(const Language& language, std::ostream* out) { *out << language.name; }

class LanguageServer : public testing::TestWithParam<Language> {};

TEST_P(LanguageServer, AnswersOnASocketThatItIsGiven) {
  const Language& language = GetParam();
  if (language.file.empty()) GTEST_SKIP() << "there is no " << language.toolchain << " here";
  const uint16_t port = free_port();
  cli::Process server({SHALLOP_PROGRAM, "run", "--listen", "127.0.0.1:" + std::to_string(port), language.file}, "/",
                      {});
  ASSERT_TRUE(server.wait_for_output("listening"));
  for (int i = 0; i < 20; ++i) {
    Client client(port);
    client.send("GET /" + std::to_string(i) + " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    std::string response;
    for (std::string part = client.receive(1); !part.empty(); part = client.receive(1)) response += part;
    EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\n")) << response;
    EXPECT_TRUE(response.ends_with("Hello from " + language.name + ", /" + std::to_string(i))) << response;
  }
}

INSTANTIATE_TEST_SUITE_P(Languages, LanguageServer,
                         testing::Values(Language{"Go", GO_SERVER, "go (1.21 or newer)"},
                                         Language{"Rust", RUST_SERVER, "rustc with the target wasm32-wasi"}),
                         [](const testing::TestParamInfo<Language>& info) { return info.param.name; });

}  // namespace
}  // namespace shallop::sockets
