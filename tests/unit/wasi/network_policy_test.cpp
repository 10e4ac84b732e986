// SPDX-License-Identifier: Apache-2.0
#include "wasi/network_policy.hpp"

#include <gtest/gtest.h>

namespace shallop::wasi {
namespace {

NetworkPolicy rules(std::string_view text) {
  auto policy = NetworkPolicy::parse(text);
  if (!policy) throw std::runtime_error(policy.error());
  return *policy;
}
SocketAddress address(std::string_view host, uint16_t port) { return SocketAddress::parse(host, port).value(); }

TEST(NetworkPolicy, IsClosedUnlessOpened) {
  const NetworkPolicy policy;
  EXPECT_TRUE(policy.closed());
  EXPECT_FALSE(policy.may_listen(address("127.0.0.1", 80)));
  EXPECT_FALSE(policy.may_connect(address("127.0.0.1", 80)));
  EXPECT_FALSE(policy.may_resolve("localhost"));
}

TEST(NetworkPolicy, OpenAllowsEverything) {
  for (const NetworkPolicy& policy : {NetworkPolicy::open(), rules("*")}) {
    EXPECT_FALSE(policy.closed());
    EXPECT_TRUE(policy.may_listen(address("::", 0)));
    EXPECT_TRUE(policy.may_connect(address("203.0.113.9", 65'535)));
    EXPECT_TRUE(policy.may_resolve("example.org"));
  }
}

TEST(NetworkPolicy, DirectionsAreApart) {
  const NetworkPolicy policy = rules("listen:127.0.0.1:8080");
  EXPECT_TRUE(policy.may_listen(address("127.0.0.1", 8080)));
  EXPECT_FALSE(policy.may_listen(address("127.0.0.1", 8081)));
  EXPECT_FALSE(policy.may_listen(address("127.0.0.2", 8080)));
  EXPECT_FALSE(policy.may_listen(address("*", 8080)));  // any address is more than that one
  EXPECT_FALSE(policy.may_connect(address("127.0.0.1", 8080)));
  EXPECT_FALSE(policy.may_resolve("example.org"));
  EXPECT_TRUE(policy.may_resolve("localhost"));
}

TEST(NetworkPolicy, PrefixesCoverTheirAddresses) {
  const NetworkPolicy policy = rules("connect:10.1.0.0/15:*,connect:[2001:db8::/33]:443");
  EXPECT_TRUE(policy.may_connect(address("10.0.255.255", 1)));
  EXPECT_TRUE(policy.may_connect(address("10.1.2.3", 1)));
  EXPECT_FALSE(policy.may_connect(address("10.2.0.0", 1)));
  EXPECT_TRUE(policy.may_connect(address("2001:db8:7fff::1", 443)));
  EXPECT_FALSE(policy.may_connect(address("2001:db8:8000::1", 443)));
  EXPECT_FALSE(policy.may_connect(address("2001:db8::1", 80)));
}

TEST(NetworkPolicy, MappedAddressesAreTheirIpv4Address) {
  const NetworkPolicy policy = rules("connect:10.0.0.0/8:*");
  EXPECT_TRUE(policy.may_connect(address("::ffff:10.1.2.3", 1)));
  EXPECT_FALSE(policy.may_connect(address("::ffff:11.1.2.3", 1)));
  // A short IPv4 prefix is no prefix of IPv6.
  EXPECT_FALSE(rules("connect:0.0.0.0/0:*").may_connect(address("2001:db8::1", 1)));
  EXPECT_TRUE(rules("connect:[::ffff:10.0.0.0/104]:*").may_connect(address("::ffff:10.1.2.3", 1)));
}

TEST(NetworkPolicy, PortsAreRanges) {
  const NetworkPolicy policy = rules("listen:*:8000-8002,listen:*:0");
  EXPECT_TRUE(policy.may_listen(address("127.0.0.1", 8000)));
  EXPECT_TRUE(policy.may_listen(address("::1", 8002)));
  EXPECT_FALSE(policy.may_listen(address("::1", 8003)));
  EXPECT_TRUE(policy.may_listen(address("*", 0)));
}

TEST(NetworkPolicy, NamesStandForWhatTheyResolvedTo) {
  NetworkPolicy policy = rules("connect:API.example.org:443");
  EXPECT_TRUE(policy.may_resolve("api.Example.org."));
  EXPECT_FALSE(policy.may_resolve("www.example.org"));
  EXPECT_FALSE(policy.may_connect(address("192.0.2.1", 443)));
  policy.resolved("api.example.org", address("192.0.2.1", 0));
  policy.resolved("www.example.org", address("192.0.2.2", 0));
  EXPECT_TRUE(policy.may_connect(address("192.0.2.1", 443)));
  EXPECT_FALSE(policy.may_connect(address("192.0.2.1", 80)));
  EXPECT_FALSE(policy.may_connect(address("192.0.2.2", 443)));
}

TEST(NetworkPolicy, RefusedRulesAreNamed) {
  for (const std::string_view bad : {"",
                                     "listen",
                                     "listen:",
                                     "listen:8080",
                                     "accept:*:80",
                                     "listen:example.org:80",
                                     "connect:*:80-",
                                     "connect:*:90-80",
                                     "connect:*:65536",
                                     "connect:*:-1",
                                     "connect:*:8o",
                                     "connect:10.0.0.0/33:*",
                                     "connect:10.0.0.0/:*",
                                     "connect:10.0.0.0/8x:*",
                                     "connect:2001:db8::1:80",
                                     "connect:[::1:80",
                                     "connect:a b:80",
                                     "connect:1.2.3:80",
                                     "connect::80",
                                     "*,",
                                     ",*",
                                     "connect:*:80, *"}) {
    const auto policy = NetworkPolicy::parse(bad);
    ASSERT_FALSE(policy) << bad;
    EXPECT_TRUE(policy.error().starts_with("network rule \"")) << policy.error();
  }
}

TEST(ParseListenAddress, TakesTheCommonForms) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080")->text(), "127.0.0.1:8080");
  EXPECT_EQ(parse_listen_address("[::1]:80")->text(), "[::1]:80");
  EXPECT_EQ(parse_listen_address(":80")->text(), "0.0.0.0:80");
  EXPECT_EQ(parse_listen_address("*:0")->text(), "0.0.0.0:0");
  EXPECT_EQ(parse_listen_address("localhost:80")->text(), "127.0.0.1:80");
  for (const std::string_view bad : {"", "80", "127.0.0.1", "::1:80", "127.0.0.1:http", "example.org:80", "1.2.3:80"}) {
    EXPECT_FALSE(parse_listen_address(bad)) << bad;
  }
}

}  // namespace
}  // namespace shallop::wasi
