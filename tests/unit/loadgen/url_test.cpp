// SPDX-License-Identifier: Apache-2.0
#include "loadgen/url.hpp"

#include <gtest/gtest.h>

namespace shallop::loadgen {
namespace {

TEST(Url, IsTakenApart) {
  const Url url = parse_url("http://127.0.0.1:8080/a/b?c=1#d").value();
  EXPECT_FALSE(url.tls);
  EXPECT_EQ(url.host, "127.0.0.1");
  EXPECT_EQ(url.port, 8080);
  EXPECT_EQ(url.target, "/a/b?c=1");
  EXPECT_EQ(url.authority(), "127.0.0.1:8080");
}

TEST(Url, HasItsSchemesPort) {
  EXPECT_EQ(parse_url("http://example.org").value().port, 80);
  EXPECT_EQ(parse_url("https://example.org").value().port, 443);
  EXPECT_EQ(parse_url("https://example.org:443/").value().authority(), "example.org");
  EXPECT_EQ(parse_url("http://example.org:443/").value().authority(), "example.org:443");
}

TEST(Url, AlwaysHasAPath) {
  EXPECT_EQ(parse_url("http://a").value().target, "/");
  EXPECT_EQ(parse_url("http://a?q").value().target, "/?q");
  EXPECT_EQ(parse_url("http://a#f").value().target, "/");
}

TEST(Url, TakesIpv6InBrackets) {
  const Url url = parse_url("http://[::1]:8080/").value();
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, 8080);
  EXPECT_EQ(url.authority(), "[::1]:8080");
  EXPECT_EQ(parse_url("http://[::1]").value().authority(), "[::1]");
}

TEST(Url, RefusesWhatIsNone) {
  for (const char* text : {"", "127.0.0.1:8080", "ftp://a/", "http://", "http:///x", "http://a:0/", "http://a:65536",
                           "http://a:80x/", "http://a:/", "http://u:p@a/", "http://[::1", "http://[zz]/", "http://a b/",
                           "http://ä/", "http://[::1]8080/", "http://a\r\nX: y"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_NE(url.error().find(std::string("'") + text + "'"), std::string::npos) << url.error();
  }
}

}  // namespace
}  // namespace shallop::loadgen
