// SPDX-License-Identifier: Apache-2.0
#include "loadgen/targets.hpp"

#include <gtest/gtest.h>

namespace shallop::loadgen {
namespace {

Plan plan_of(const RequestDescription& request, bool http2 = false) {
  Plan plan;
  plan.http2 = http2;
  EXPECT_TRUE(add_targets(plan, {request}, "").has_value());
  return plan;
}

RequestDescription request_for(const char* url) {
  RequestDescription request;
  request.url = parse_url(url).value();
  return request;
}

TEST(Targets, AreSentInOriginFormWithThePortInHost) {
  EXPECT_EQ(plan_of(request_for("http://127.0.0.1:45200/a?b=1")).targets[0].http1,
            "GET /a?b=1 HTTP/1.1\r\nHost: 127.0.0.1:45200\r\n\r\n");
}

TEST(Targets, HaveTheLengthOfTheirBody) {
  RequestDescription request = request_for("http://127.0.0.1/");
  request.method = "POST";
  request.body = "some data";
  EXPECT_EQ(plan_of(request).targets[0].http1,
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nsome data");
  request.body = "";
  EXPECT_EQ(plan_of(request).targets[0].http1, "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n");
}

TEST(Targets, AHostHeaderStandsForTheUrls) {
  RequestDescription request = request_for("http://127.0.0.1:1/");
  request.headers = {{"host", "example.org"}, {"X-A", "b"}};
  EXPECT_EQ(plan_of(request).targets[0].http1, "GET / HTTP/1.1\r\nHost: example.org\r\nX-A: b\r\n\r\n");
}

TEST(Targets, OfHttp2HaveLowerCaseAndNoConnection) {
  RequestDescription request = request_for("http://127.0.0.1:1/");
  request.headers = {{"X-A", "b"}, {"Connection", "close"}};
  const Target target = plan_of(request, true).targets[0];
  EXPECT_EQ(target.headers, (HeaderFields{{"x-a", "b"}}));
  EXPECT_EQ(target.authority, "127.0.0.1:1");
}

TEST(Targets, ShareTheOriginOfTheirServer) {
  Plan plan;
  ASSERT_TRUE(add_targets(plan,
                          {request_for("http://127.0.0.1:1/a"), request_for("http://127.0.0.1:2/"),
                           request_for("http://127.0.0.1:1/b")},
                          "")
                  .has_value());
  ASSERT_EQ(plan.origins.size(), 2U);
  EXPECT_EQ(plan.targets[0].origin, plan.targets[2].origin);
}

TEST(Targets, UnixSocketsHaveShortPaths) {
  Plan plan;
  const auto added = add_targets(plan, {request_for("http://a/")}, std::string(200, 'x'));
  ASSERT_FALSE(added.has_value());
  EXPECT_NE(added.error().find("longer than the 107 bytes"), std::string::npos) << added.error();
}

TEST(HeaderField, IsReadWithAndWithoutABlank) {
  EXPECT_EQ(parse_header_field("A: b"), (std::pair<std::string, std::string>("A", "b")));
  EXPECT_EQ(parse_header_field("A:b: c "), (std::pair<std::string, std::string>("A", "b: c")));
  for (const char* text : {"", "A", ": b", "A b: c", "A: b\r\nC: d"}) EXPECT_FALSE(parse_header_field(text)) << text;
}

TEST(RequestFile, IsReadLineByLine) {
  RequestDescription pattern;
  pattern.headers = {{"A", "b"}};
  const auto requests = parse_request_file("# comment\n\nhttp://a/1\n  post http://a/2\n", pattern);
  ASSERT_TRUE(requests.has_value()) << requests.error();
  ASSERT_EQ(requests->size(), 2U);
  EXPECT_EQ((*requests)[0].method, "GET");
  EXPECT_EQ((*requests)[1].method, "POST");
  EXPECT_EQ((*requests)[1].url.target, "/2");
  EXPECT_EQ((*requests)[1].headers, pattern.headers);
}

TEST(RequestFile, NamesTheLineThatIsWrong) {
  for (const char* line : {"GET", "GET ftp://a/", "GET http://a/ more", "G(T http://a/", "GET http://a/ @nosuchfile"}) {
    const auto requests = parse_request_file(std::string("http://a/\n") + line + "\n", {});
    ASSERT_FALSE(requests.has_value()) << line;
    EXPECT_TRUE(requests.error().starts_with("line 2: ")) << requests.error();
  }
  EXPECT_FALSE(parse_request_file("# nothing\n", {}).has_value());
}

}  // namespace
}  // namespace shallop::loadgen
