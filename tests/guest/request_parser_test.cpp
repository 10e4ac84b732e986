// SPDX-License-Identifier: Apache-2.0
// Which heads are taken, how they are read and which are refused with what (RFC 9110, RFC 9112). Every head is also fed
// octet by octet and cut in two at every place: where it was cut must not matter.
#include "http/request_parser.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace shallop::http {
namespace {

using Kind = HeadResult::Kind;

struct Parsed {
  std::unique_ptr<const std::string> text;  // what the views of `head` view
  HeadResult result;
  Head head;
};

/// Feeds growing prefixes of `text`, which end at `cuts` and at its end, until the head is complete or refused.
Parsed parse_cut(const std::string& text, const std::vector<std::size_t>& cuts, const Limits& limits = {}) {
  Parsed parsed;
  parsed.text = std::make_unique<const std::string>(text);
  HeadProgress progress;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    // A prefix within `text` would not end in a NUL: parse a copy of it, and the text itself when it is complete.
    const std::size_t size = i < cuts.size() ? cuts[i] : text.size();
    const std::string prefix = text.substr(0, size);
    parsed.result = parse_head(prefix, limits, progress, parsed.head);
    if (parsed.result.kind != Kind::incomplete) break;
  }
  if (parsed.result.kind == Kind::complete) {
    HeadProgress fresh;
    parse_head(*parsed.text, limits, fresh, parsed.head);
  }
  return parsed;
}

Parsed parse(const std::string& text, const Limits& limits = {}) { return parse_cut(text, {}, limits); }

int status_of(const Parsed& parsed) {
  switch (parsed.result.kind) {
    case Kind::complete: return 0;
    case Kind::incomplete: return -1;
    case Kind::refused: return parsed.result.status;
  }
  return -2;
}

void expect_same_for_every_cut(const std::string& text, const Limits& limits = {}) {
  const int status = status_of(parse(text, limits));
  const std::size_t size = parse(text, limits).result.size;
  std::vector<std::size_t> everywhere;
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    everywhere.push_back(cut);
    const Parsed in_two = parse_cut(text, {cut}, limits);
    ASSERT_EQ(status_of(in_two), status) << "cut at " << cut;
    ASSERT_EQ(in_two.result.size, size) << "cut at " << cut;
  }
  const Parsed by_octet = parse_cut(text, everywhere, limits);
  EXPECT_EQ(status_of(by_octet), status) << "octet by octet";
  EXPECT_EQ(by_octet.result.size, size) << "octet by octet";
}

/// A request line and headers around what a case is about.
std::string with_header(const std::string& lines) { return "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n\r\n"; }
std::string with_target(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"; }
std::string with_method_and_target(const std::string& both) { return both + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

struct Case {
  const char* name;
  std::string text;
  int status;  // 0 for a head that is taken
};

std::ostream& operator<<(std::ostream& out, const Case& test_case) { return out << test_case.name; }

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

class HeadTable : public testing::TestWithParam<Case> {};

TEST_P(HeadTable, HasOneReading) {
  const Case& test_case = GetParam();
  EXPECT_EQ(status_of(parse(test_case.text)), test_case.status);
  expect_same_for_every_cut(test_case.text);
}

const std::vector<Case> taken = {
    {"Minimal", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
    {"EmptyHost", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 0},
    {"Http10WithoutHost", "GET / HTTP/1.0\r\n\r\n", 0},
    {"LaterMinorVersion", "GET / HTTP/1.9\r\nHost: a\r\n\r\n", 0},
    {"EmptyLineBefore", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
    {"AnyTokenIsAMethod", "m-SEARCH!#$%&'*+.^_`|~9 / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
    {"NoSpaceBehindColon", with_header("X:1"), 0},
    {"SpaceAroundValue", with_header("X: \t 1 \t "), 0},
    {"EmptyValue", with_header("X:"), 0},
    {"ObsText", with_header("X: caf\xc3\xa9"), 0},
    {"TabWithinValue", with_header("X: a\tb"), 0},
    {"ContentLengthZero", with_header("Content-Length: 0"), 0},
    {"ContentLengthLeadingZeros", with_header("Content-Length: 0005"), 0},
    {"Chunked", with_header("Transfer-Encoding: chunked"), 0},
    {"ChunkedInCapitals", with_header("TRANSFER-ENCODING: CHUNKED"), 0},
    {"ChunkedWithEmptyMembers", with_header("Transfer-Encoding: , chunked ,"), 0},
    {"UnknownExpectationIn10", "GET / HTTP/1.0\r\nExpect: tea\r\n\r\n", 0},
    {"HostWithPort", "GET / HTTP/1.1\r\nHost: example.org:8080\r\n\r\n", 0},
    {"HostIpv6", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 0},
    {"BrowserQuery", with_target("/a?x={1}|[2]^`\"<>\\"), 0},
    {"AbsoluteTarget", with_target("http://example.org/a"), 0},
    {"AbsoluteTargetWithoutPath", with_target("HTTPS://example.org"), 0},
    {"Asterisk", with_method_and_target("OPTIONS *"), 0},
    {"Connect", with_method_and_target("CONNECT example.org:443"), 0},
    {"PostWithoutLengthIn11", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
};
INSTANTIATE_TEST_SUITE_P(Taken, HeadTable, testing::ValuesIn(taken), name_of);

const std::vector<Case> refused = {
    // Request line
    {"NoMethod", " / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"MethodWithSpaceBefore", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"MethodWithControl", "GE\x01T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"MethodWithBrackets", "GE[T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TwoSpacesBeforeTarget", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TwoSpacesBehindTarget", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TabInsteadOfSpace", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"Http09", "GET /\r\n\r\n", 400},
    {"SpaceBehindVersion", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
    {"LowerCaseVersion", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    {"VersionWithTwoDigits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
    {"VersionWithoutMinor", "GET / HTTP/1\r\nHost: a\r\n\r\n", 400},
    {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"Http3", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
    {"Http0", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
    {"BareNewline", "GET / HTTP/1.1\nHost: a\n\n", 400},
    {"BareReturn", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400},
    {"BareReturnBefore", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"TlsClientHello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 12), 400},
    // Target
    {"Fragment", with_target("/a#b"), 400},
    {"TargetWithControl", with_target("/a\x7f"), 400},
    {"TargetWithHighOctet", with_target("/\xc3\xa9"), 400},
    {"RelativeTarget", with_target("a/b"), 400},
    {"OtherScheme", with_target("ftp://example.org/"), 400},
    {"AbsoluteWithoutHost", with_target("http:///a"), 400},
    {"AbsoluteWithUser", with_target("http://user@example.org/"), 400},
    {"AsteriskForGet", with_target("*"), 400},
    {"ConnectWithPath", with_method_and_target("CONNECT /a"), 400},
    {"ConnectWithUser", with_method_and_target("CONNECT u@a:1"), 400},
    // Header lines
    {"SpaceBeforeColon", with_header("X : 1"), 400},
    {"TabBeforeColon", with_header("X\t: 1"), 400},
    {"NoColon", with_header("X 1"), 400},
    {"EmptyName", with_header(": 1"), 400},
    {"ControlInName", with_header("X\x01: 1"), 400},
    {"FoldedLine", with_header("X: 1\r\n folded"), 400},
    {"FoldedFirstLine", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"NulInValue", with_header(std::string("X: a\0b", 6)), 400},
    {"ControlInValue",
     with_header("X: a\x0b"
                 "b"),
     400},
    {"DeleteInValue", with_header("X: a\x7f"), 400},
    {"BareReturnInValue", with_header("X: a\rb"), 400},
    {"BareNewlineInValue", with_header("X: a\nY: b"), 400},
    {"ReturnBeforeReturn", with_header("X: a\r"), 400},
    // Host
    {"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
    {"TwoHosts", with_header("Host: a"), 400},
    {"HostWithPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"HostWithUser", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
    {"HostWithSpace", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    {"HostWithBadPort", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400},
    {"HostWithOpenBracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
    {"HostBehindBracket", "GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n", 400},
    {"HostList", "GET / HTTP/1.1\r\nHost: a, b:1, c\r\n\r\n", 400},
    {"TwoHostsIn10", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    // Framing: what two parsers could read in two ways
    {"LengthAndChunked", with_header("Content-Length: 5\r\nTransfer-Encoding: chunked"), 400},
    {"ChunkedAndLength", with_header("Transfer-Encoding: chunked\r\nContent-Length: 5"), 400},
    {"TwoLengths", with_header("Content-Length: 5\r\nContent-Length: 6"), 400},
    {"TwoEqualLengths", with_header("Content-Length: 5\r\nContent-Length: 5"), 400},
    {"LengthList", with_header("Content-Length: 5, 5"), 400},
    {"EmptyLength", with_header("Content-Length:"), 400},
    {"SignedLength", with_header("Content-Length: +5"), 400},
    {"NegativeLength", with_header("Content-Length: -5"), 400},
    {"HexadecimalLength", with_header("Content-Length: 0x5"), 400},
    {"LengthWithSpace", with_header("Content-Length: 5 5"), 400},
    {"ChunkedTwice", with_header("Transfer-Encoding: chunked, chunked"), 400},
    {"TwoTransferEncodings", with_header("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400},
    {"ChunkedNotLast", with_header("Transfer-Encoding: chunked, gzip"), 400},
    {"NotChunked", with_header("Transfer-Encoding: gzip"), 400},
    {"Identity", with_header("Transfer-Encoding: identity"), 400},
    {"ChunkedWithParameter", with_header("Transfer-Encoding: chunked;q=1"), 400},
    {"ChunkedQuoted", with_header("Transfer-Encoding: \"chunked\""), 400},
    {"ChunkedMisspelt", with_header("Transfer-Encoding: xchunked"), 400},
    {"EmptyTransferEncoding", with_header("Transfer-Encoding:"), 400},
    {"ChunkedIn10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"GzipThenChunked", with_header("Transfer-Encoding: gzip, chunked"), 501},
    {"PostWithoutLengthIn10", "POST / HTTP/1.0\r\n\r\n", 411},
    {"PutWithoutLengthIn10", "PUT / HTTP/1.0\r\n\r\n", 411},
    {"UnknownExpectation", with_header("Expect: tea"), 417},
};
INSTANTIATE_TEST_SUITE_P(Refused, HeadTable, testing::ValuesIn(refused), name_of);

const std::vector<Case> incomplete = {
    {"Nothing", "", -1},
    {"Method", "GET", -1},
    {"Line", "GET / HTTP/1.1\r\n", -1},
    {"HalfLineEnd", "GET / HTTP/1.1\r", -1},
    {"Headers", "GET / HTTP/1.1\r\nHost: a\r\n", -1},
    {"HalfEmptyLine", "GET / HTTP/1.1\r\nHost: a\r\n\r", -1},
};
INSTANTIATE_TEST_SUITE_P(Incomplete, HeadTable, testing::ValuesIn(incomplete), name_of);

TEST(RequestParser, GivesThePartsOfARequest) {
  const std::string text =
      "PUT /a/b?c=d?e HTTP/1.1\r\nhost: example.org:80\r\nX-One:  1 \r\nx-two:\r\ncontent-length: 12\r\n\r\nbody";
  const Parsed parsed = parse(text);
  ASSERT_EQ(status_of(parsed), 0);
  const Request& request = parsed.head.request;
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/a/b?c=d?e");
  EXPECT_EQ(request.path, "/a/b");
  EXPECT_EQ(request.query, "c=d?e");
  EXPECT_EQ(request.authority, "example.org:80");
  EXPECT_EQ(request.form, TargetForm::origin);
  EXPECT_EQ(request.minor_version, 1);
  ASSERT_EQ(request.headers().size(), 4u);
  EXPECT_EQ(request.headers()[1].name, "X-One");
  EXPECT_EQ(request.headers()[1].value, "1");
  EXPECT_EQ(request.header("x-ONE"), "1");
  EXPECT_EQ(request.header("X-Two"), "");
  EXPECT_EQ(request.header("absent"), "");
  EXPECT_EQ(parsed.head.framing.content_length, 12u);
  EXPECT_FALSE(parsed.head.framing.chunked);
  EXPECT_EQ(parsed.result.size, text.size() - 4);
}

TEST(RequestParser, TakesTheAuthorityOfAnAbsoluteTargetBeforeTheHost) {
  const Parsed parsed = parse("GET http://example.org:81?q HTTP/1.1\r\nHost: other\r\n\r\n");
  ASSERT_EQ(status_of(parsed), 0);
  EXPECT_EQ(parsed.head.request.form, TargetForm::absolute);
  EXPECT_EQ(parsed.head.request.authority, "example.org:81");
  EXPECT_EQ(parsed.head.request.path, "/");
  EXPECT_EQ(parsed.head.request.query, "q");
}

TEST(RequestParser, KnowsAsteriskAndAuthorityForm) {
  Parsed parsed = parse(with_method_and_target("OPTIONS *"));
  EXPECT_EQ(parsed.head.request.form, TargetForm::asterisk);
  EXPECT_EQ(parsed.head.request.path, "*");
  parsed = parse(with_method_and_target("CONNECT b:443"));
  EXPECT_EQ(parsed.head.request.form, TargetForm::authority);
  EXPECT_EQ(parsed.head.request.authority, "b:443");
}

TEST(RequestParser, ForgetsTheLastRequest) {
  Head head;
  HeadProgress progress;
  const std::string first = "GET http://b/?q HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n";
  const std::string second = "GET /p HTTP/1.1\r\nHost: c\r\n\r\n";
  ASSERT_EQ(parse_head(first, Limits{}, progress, head).kind, Kind::complete);
  progress = {};
  ASSERT_EQ(parse_head(second, Limits{}, progress, head).kind, Kind::complete);
  EXPECT_EQ(head.request.query, "");
  EXPECT_EQ(head.request.authority, "c");
  EXPECT_EQ(head.request.form, TargetForm::origin);
  EXPECT_EQ(head.request.headers().size(), 1u);
  EXPECT_EQ(head.request.minor_version, 1);
  EXPECT_FALSE(head.framing.expects_continue);
}

TEST(RequestParser, DecidesHowLongTheConnectionLives) {
  const auto keep_alive = [](const std::string& text) { return parse(text).head.framing.keep_alive; };
  EXPECT_TRUE(keep_alive("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(keep_alive(with_header("Connection: close")));
  EXPECT_FALSE(keep_alive(with_header("Connection: x, CLOSE")));
  EXPECT_FALSE(keep_alive(with_header("Connection: close\r\nConnection: keep-alive")));
  EXPECT_TRUE(keep_alive(with_header("Connection: closed")));
  EXPECT_FALSE(keep_alive("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keep_alive("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(RequestParser, KnowsWhoWaitsFor100Continue) {
  EXPECT_TRUE(parse(with_header("Expect: 100-Continue")).head.framing.expects_continue);
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n").head.framing.expects_continue);
}

TEST(RequestParser, ReadsALengthBeyond64BitsAsTheGreatest) {
  const Parsed parsed = parse(with_header("Content-Length: 18446744073709551616"));
  ASSERT_EQ(status_of(parsed), 0);
  EXPECT_EQ(parsed.head.framing.content_length, ~std::uint64_t{0});
  EXPECT_EQ(parse(with_header("Content-Length: 18446744073709551615")).head.framing.content_length, ~std::uint64_t{0});
  EXPECT_EQ(parse(with_header("Content-Length: 18446744073709551614")).head.framing.content_length,
            ~std::uint64_t{0} - 1);
}

TEST(RequestParser, StopsAtTheLimits) {
  Limits limits;
  limits.request_line_bytes = 32;
  limits.head_bytes = 80;
  const auto with_line_of = [](std::size_t bytes) {
    const std::string frame = "GET / HTTP/1.1\r\n";
    return "GET /" + std::string(bytes - frame.size(), 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  EXPECT_EQ(status_of(parse(with_line_of(32), limits)), 0);
  EXPECT_EQ(status_of(parse(with_line_of(33), limits)), 414);
  EXPECT_EQ(status_of(parse(with_line_of(60), limits)), 414);
  expect_same_for_every_cut(with_line_of(33), limits);
  expect_same_for_every_cut(with_line_of(60), limits);

  const auto with_head_of = [](std::size_t bytes) {
    const std::string frame = with_header("X: ");
    return with_header("X: " + std::string(bytes - frame.size(), 'a'));
  };
  EXPECT_EQ(status_of(parse(with_head_of(80), limits)), 0);
  EXPECT_EQ(status_of(parse(with_head_of(81), limits)), 431);
  EXPECT_EQ(status_of(parse(with_head_of(200), limits)), 431);
  expect_same_for_every_cut(with_head_of(81), limits);
  expect_same_for_every_cut(with_head_of(200), limits);
}

TEST(RequestParser, PrefersTheMistakeThatComesFirst) {
  Limits limits;
  limits.request_line_bytes = 32;
  limits.head_bytes = 80;
  const std::string bad_then_long = "GET /\x01" + std::string(100, 'a') + " HTTP/1.1\r\n\r\n";
  const std::string long_then_bad = "GET /" + std::string(100, 'a') + "\x01 HTTP/1.1\r\n\r\n";
  EXPECT_EQ(status_of(parse(bad_then_long, limits)), 400);
  EXPECT_EQ(status_of(parse(long_then_bad, limits)), 414);
  expect_same_for_every_cut(bad_then_long, limits);
  expect_same_for_every_cut(long_then_bad, limits);
}

TEST(RequestParser, LimitsTheNumberOfHeaderLines) {
  std::string lines = "Host: a\r\n";
  for (std::size_t i = 1; i < max_header_lines; ++i) lines += "X: y\r\n";
  EXPECT_EQ(status_of(parse("GET / HTTP/1.1\r\n" + lines + "\r\n")), 0);
  EXPECT_EQ(status_of(parse("GET / HTTP/1.1\r\n" + lines + "X: y\r\n\r\n")), 431);
}

TEST(RequestParser, LimitsEmptyLinesBeforeARequest) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "\r\n";
  EXPECT_EQ(status_of(parse(text + "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 414);
}

}  // namespace
}  // namespace shallop::http
