// SPDX-License-Identifier: Apache-2.0
// What goes out: dates, framing, and what a handler may not do.
#include "shallop/http/response.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "http/http_date.hpp"
#include "http/response_writer.hpp"

namespace shallop::http {
namespace {

const DateLine date = [] {
  DateLine line;
  line.set(1795446000);  // Mon, 23 Nov 2026 15:00:00
  return line;
}();

std::string written(const Response& response, bool head_only = false,
                    ConnectionHeader connection = ConnectionHeader::none) {
  OutputBuffer out;
  append_response(out, response, date, head_only, connection);
  return std::string(out.text());
}

TEST(DateLine, IsAnImfFixdate) {
  DateLine line;
  line.set(784111777);
  EXPECT_EQ(line.text(), "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");  // the example of RFC 9110, 5.6.7
  line.set(0);
  EXPECT_EQ(line.text(), "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
  line.set(1709251199);
  EXPECT_EQ(line.text(), "date: Thu, 29 Feb 2024 23:59:59 GMT\r\n");
}

TEST(DateLine, AgreesWithStrftimeOverFourCenturies) {
  DateLine line;
  for (std::time_t time = 0; time < 12'622'780'800; time += 1'000'003) {
    std::tm fields{};
    gmtime_r(&time, &fields);
    char expected[64];
    std::strftime(expected, sizeof expected, "date: %a, %d %b %Y %H:%M:%S GMT\r\n", &fields);
    line.set(time);
    ASSERT_EQ(line.text(), expected);
  }
}

TEST(ResponseWriter, WritesThe98BytesOfTheReference) {
  Response response;
  response.write("Hello from GET request");
  const std::string text = written(response);
  EXPECT_EQ(
      text,
      "HTTP/1.1 200 OK\r\ncontent-length: 22\r\ndate: Mon, 23 Nov 2026 15:00:00 GMT\r\n\r\nHello from GET request");
  EXPECT_EQ(text.size(), 98u);
}

TEST(ResponseWriter, WritesStatusHeadersAndConnection) {
  Response response;
  response.set_status(404);
  response.add_header("content-type", "text/plain");
  response.write("no ");
  response.write("such");
  EXPECT_EQ(written(response, false, ConnectionHeader::close),
            "HTTP/1.1 404 Not Found\r\ncontent-length: 7\r\ndate: Mon, 23 Nov 2026 15:00:00 GMT\r\n"
            "connection: close\r\ncontent-type: text/plain\r\n\r\nno such");
  EXPECT_NE(written(response, false, ConnectionHeader::keep_alive).find("connection: keep-alive\r\n"),
            std::string::npos);
}

TEST(ResponseWriter, WritesAStatusWithoutAReason) {
  Response response;
  response.set_status(299);
  EXPECT_TRUE(written(response).starts_with("HTTP/1.1 299 \r\n"));
}

TEST(ResponseWriter, AnswersHeadWithoutTheBodyButItsLength) {
  Response response;
  response.write("body");
  const std::string text = written(response, true);
  EXPECT_NE(text.find("content-length: 4\r\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(ResponseWriter, SendsNoContentWhereNoneMayBe) {
  for (const int status : {204, 304}) {
    Response response;
    response.set_status(status);
    response.write("body");
    const std::string text = written(response);
    EXPECT_EQ(text.find("content-length"), std::string::npos) << status;
    EXPECT_TRUE(text.ends_with("\r\n\r\n")) << status;
  }
}

TEST(ResponseWriter, GrowsForALargeBodyAndAppendsBehindWhatIsThere) {
  Response response;
  const std::string body(1'000'000, 'x');
  response.write(body);
  OutputBuffer out;
  out.append("before");
  append_response(out, response, date, false, ConnectionHeader::none);
  EXPECT_TRUE(out.text().starts_with("beforeHTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n"));
  EXPECT_TRUE(out.text().ends_with(body));
}

TEST(ResponseWriter, RefusesWithTheReasonAndCloses) {
  OutputBuffer out;
  append_refusal(out, 431, date, false);
  EXPECT_EQ(out.text(),
            "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 31\r\n"
            "date: Mon, 23 Nov 2026 15:00:00 GMT\r\nconnection: close\r\n\r\nRequest Header Fields Too Large");
}

TEST(Response, RefusesHeadersThatBreakTheFraming) {
  const auto valid_with = [](std::string_view name, std::string_view value) {
    Response response;
    response.add_header(name, value);
    return response.valid();
  };
  EXPECT_TRUE(valid_with("x-a", "b c\td"));
  EXPECT_FALSE(valid_with("", "b"));
  EXPECT_FALSE(valid_with("x a", "b"));
  EXPECT_FALSE(valid_with("x:", "b"));
  EXPECT_FALSE(valid_with("x", "b\r\ny: c"));
  EXPECT_FALSE(valid_with("x", "b\n"));
  EXPECT_FALSE(valid_with("x", std::string_view("b\0", 2)));
  EXPECT_FALSE(valid_with("Content-Length", "5"));
  EXPECT_FALSE(valid_with("transfer-encoding", "chunked"));
  EXPECT_FALSE(valid_with("Connection", "close"));
  EXPECT_FALSE(valid_with("DATE", "today"));
}

TEST(Response, RefusesStatusesThatAreNone) {
  for (const int status : {-1, 0, 100, 199, 600, 1000}) {
    Response response;
    response.set_status(status);
    EXPECT_FALSE(response.valid()) << status;
  }
}

TEST(Response, IsAsNewWhenCleared) {
  Response response;
  response.set_status(500);
  response.add_header("x", "y");
  response.add_header("x", "\r");
  response.write("body");
  response.close_connection();
  response.clear();
  EXPECT_TRUE(response.valid());
  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(response.header_lines(), "");
  EXPECT_EQ(response.body(), "");
  EXPECT_FALSE(response.closes_connection());
}

}  // namespace
}  // namespace shallop::http
