// SPDX-License-Identifier: Apache-2.0
#include "oci/listening_sockets.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace shallop::oci {
namespace {

bool allowed(std::string_view address, const std::vector<std::string>& rules) {
  return is_allowed(parse_listen_addresses(address).value().front(), rules);
}

TEST(ListeningSockets, AreNamedByNumbers) {
  ASSERT_TRUE(parse_listen_addresses("127.0.0.1:8080,[::1]:80"));
  EXPECT_EQ(parse_listen_addresses("127.0.0.1:8080,[::1]:80")->back().text, "[::1]:80");
  for (const char* text : {"", "127.0.0.1", ":80", "localhost:80", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:80x",
                           "::1:80", "[::1]", "127.0.0.1:80,", "*:80"}) {
    EXPECT_FALSE(parse_listen_addresses(text)) << text;
  }
}

TEST(ListeningSockets, AreThoseThatTheOperatorAllows) {
  EXPECT_FALSE(allowed("127.0.0.1:80", {}));
  EXPECT_TRUE(allowed("127.0.0.1:80", {"127.0.0.1:80"}));
  EXPECT_FALSE(allowed("127.0.0.2:80", {"127.0.0.1:80"}));
  EXPECT_FALSE(allowed("0.0.0.0:80", {"127.0.0.1:80"}));
  EXPECT_TRUE(allowed("127.0.0.1:8999", {"[::1]:80", "127.0.0.1:8000-8999"}));
  EXPECT_FALSE(allowed("127.0.0.1:9000", {"127.0.0.1:8000-8999"}));
  EXPECT_TRUE(allowed("[::1]:80", {"*:80"}));
  EXPECT_FALSE(allowed("[::2]:80", {"[::1]:80"}));
}

TEST(ListeningSockets, HaveRulesThatCanBeRead) {
  for (const char* rule : {"127.0.0.1:80", "*:1-65535", "[::]:80-80"}) EXPECT_TRUE(is_listen_rule(rule)) << rule;
  for (const char* rule : {"80", "*", "*:0", "*:90-80", "*:1-2-3", "host:80", ""}) {
    EXPECT_FALSE(is_listen_rule(rule)) << rule;
  }
}

// In a child, which takes the descriptors from 3 on. Its status: 0 where `check` is satisfied.
template <typename Check>
void expect_in_child(Check check) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::close_range(first_inherited, ~0U, 0);
    ::_exit(check());
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(ListeningSockets, AreLeftToTheNextProgramAsItsFirstDescriptors) {
  expect_in_child([] {
    std::string text;
    for (int port = 28'763; port < 28'763 + 16; ++port) text += fmt::format(",127.0.0.1:{}", port);
    const auto addresses = parse_listen_addresses(text.substr(1));
    auto listeners = open_listeners(*addresses);
    if (!listeners || !hand_over(*listeners)) return 1;
    listeners->clear();
    for (int fd = 3; fd < 3 + 16; ++fd) {
      sockaddr_in local{};
      socklen_t size = sizeof local;
      if (::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size) != 0) return 2;
      if (ntohs(local.sin_port) != 28'760 + fd) return 3;
      if (::fcntl(fd, F_GETFD) != 0) return 4;
    }
    const auto again = open_listeners(*addresses);
    return again || !again.error().starts_with("cannot listen on 127.0.0.1:28763: ") ? 5 : 0;
  });
}

// A file of this process, whose owner would close the number again.
TEST(ListeningSockets, TakeNoNumberThatIsInUse) {
  expect_in_child([] {
    const auto listeners = open_listeners(*parse_listen_addresses("127.0.0.1:28761,127.0.0.1:28762"));
    if (!listeners || ::open("/dev/null", O_RDONLY | O_CLOEXEC) != 3 ||
        ::open("/dev/null", O_RDONLY | O_CLOEXEC) != 4) {
      return 1;
    }
    ::close(3);
    const auto handed = hand_over(*listeners);
    return handed || handed.error() != "the socket for descriptor 4 cannot be handed over" ? 2 : 0;
  });
}

// Open for whoever becomes another program; the engine left it.
TEST(ListeningSockets, TakeNumbersThatTheEngineLeftOpen) {
  expect_in_child([] {
    const auto listeners = open_listeners(*parse_listen_addresses("127.0.0.1:28761"));
    return listeners && ::open("/dev/null", O_RDONLY) == 3 && hand_over(*listeners) ? 0 : 1;
  });
}

}  // namespace
}  // namespace shallop::oci
