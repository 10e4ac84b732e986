// SPDX-License-Identifier: Apache-2.0
#include "compare/http_probe.hpp"

#include <gtest/gtest.h>

namespace shallop::compare {
namespace {

std::string error_of(std::string_view response) {
  const auto answer = parse_answer(response);
  return answer ? "" : answer.error();
}

TEST(ParseAnswer, TakesTheFramingsOfHttp) {
  EXPECT_EQ(parse_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), (ProbeAnswer{200, "abc"}));
  EXPECT_EQ(parse_answer("HTTP/1.0 404 Not Found\r\n\r\nto the end"), (ProbeAnswer{404, "to the end"}));
  EXPECT_EQ(parse_answer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"),
            (ProbeAnswer{200, "abcde"}));
}

TEST(ParseAnswer, RefusesWhatIsNotWhole) {
  EXPECT_EQ(error_of(""), "its response is no HTTP");
  EXPECT_EQ(error_of("SSH-2.0-x\r\n\r\n"), "its response is no HTTP");
  EXPECT_EQ(error_of("HTTP/1.1 2xx OK\r\n\r\n"), "its response has no status");
  EXPECT_EQ(error_of("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc"), "its response is truncated");
  EXPECT_EQ(error_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), "its response is truncated");
  EXPECT_EQ(error_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "its chunks are malformed");
}

TEST(Fetch, TellsThatNobodyListens) {
  const auto port = find_free_port();
  ASSERT_TRUE(port);
  EXPECT_FALSE(accepts_connections(*port));
  EXPECT_EQ(fetch(*port, "/", 1).error(), "it does not accept a connection");
}

}  // namespace
}  // namespace shallop::compare
