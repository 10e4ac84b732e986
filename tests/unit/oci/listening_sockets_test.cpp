// SPDX-License-Identifier: Apache-2.0
#include "oci/listening_sockets.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

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

// In a child: it takes the descriptors from 3 on.
TEST(ListeningSockets, AreLeftToTheNextProgramAsItsFirstDescriptors) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto addresses = parse_listen_addresses("127.0.0.1:28761,127.0.0.1:28762");
    if (!hand_over_listeners(*addresses)) ::_exit(1);
    for (const int fd : {3, 4}) {
      sockaddr_in local{};
      socklen_t size = sizeof local;
      if (::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size) != 0) ::_exit(2);
      if (ntohs(local.sin_port) != 28'758 + fd) ::_exit(3);
      if (::fcntl(fd, F_GETFD) != 0) ::_exit(4);
    }
    const auto again = hand_over_listeners(*addresses);
    ::_exit(again || !again.error().starts_with("cannot listen on 127.0.0.1:28761: ") ? 5 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace shallop::oci
