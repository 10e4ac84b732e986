// SPDX-License-Identifier: Apache-2.0
#include "loadgen/response_parser.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace shallop::loadgen {
namespace {

using Progress = ResponseParser::Progress;

struct Parsed {
  Progress progress = Progress::more;
  size_t left = 0;  // bytes behind the response
  int status = 0;
  bool keeps_alive = false;
  bool body_matches = false;
  Malformation why{};
};

// The bytes come in pieces of `piece` bytes; the end of the stream follows when `ends`.
Parsed parse(std::string_view text, size_t piece, bool ends = false, bool head = false,
             const std::string* body = nullptr, KnownHeader* known = nullptr) {
  ResponseParser parser;
  parser.begin(head, body, known);
  Parsed parsed;
  for (size_t at = 0; at < text.size() && parsed.progress == Progress::more; at += piece) {
    std::string_view bytes = text.substr(at, piece);
    parsed.progress = parser.feed(bytes);
    if (parsed.progress != Progress::more) parsed.left = bytes.size() + text.size() - std::min(text.size(), at + piece);
  }
  if (ends && parsed.progress == Progress::more) parsed.progress = parser.end_of_stream();
  parsed.status = parser.status();
  parsed.keeps_alive = parser.keeps_alive();
  parsed.body_matches = parser.body_matches();
  parsed.why = parser.why();
  return parsed;
}

// However the bytes are cut, the result is the same; so it is when the header is known from the response before.
Parsed parse_in_all_cuts(std::string_view text, bool ends = false, bool head = false,
                         const std::string* body = nullptr) {
  const Parsed whole = parse(text, text.size(), ends, head, body);
  KnownHeader known;
  for (int i = 0; i < 2; ++i) {
    const Parsed again = parse(text, text.size(), ends, head, body, &known);
    EXPECT_EQ(again.progress, whole.progress);
    EXPECT_EQ(again.body_matches, whole.body_matches);
    if (whole.progress != Progress::complete) continue;
    EXPECT_EQ(again.left, whole.left);
    EXPECT_EQ(again.status, whole.status);
    EXPECT_EQ(again.keeps_alive, whole.keeps_alive);
  }
  for (size_t piece = 1; piece < text.size(); ++piece) {
    const Parsed cut = parse(text, piece, ends, head, body);
    EXPECT_EQ(cut.progress, whole.progress) << "in pieces of " << piece;
    EXPECT_EQ(cut.body_matches, whole.body_matches) << "in pieces of " << piece;
    if (whole.progress == Progress::complete) {
      EXPECT_EQ(cut.left, whole.left) << "in pieces of " << piece;
    }
  }
  return whole;
}

TEST(ResponseParser, KnowsAHeaderOnlyWhenEachByteIsTheSame) {
  KnownHeader known;
  const auto with_length = [&](std::string_view length) {
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: " + std::string(length) + "\r\n\r\nhello, world";
    const Parsed parsed = parse(text, text.size(), false, false, nullptr, &known);
    EXPECT_EQ(parsed.progress, Progress::complete);
    return parsed.left;
  };
  EXPECT_EQ(with_length("5"), 7U);
  EXPECT_FALSE(known.bytes.empty());
  EXPECT_EQ(with_length("5"), 7U);
  EXPECT_EQ(with_length("6"), 6U);
  EXPECT_EQ(with_length("5"), 7U);
  EXPECT_EQ(with_length("12"), 0U);
  EXPECT_EQ(with_length("1"), 11U);
}

TEST(ResponseParser, DoesNotKeepALongHeader) {
  KnownHeader known;
  const std::string text = "HTTP/1.1 204 None\r\nX: " + std::string(KnownHeader::size_max, 'x') + "\r\n\r\n";
  EXPECT_EQ(parse(text, text.size(), false, false, nullptr, &known).progress, Progress::complete);
  EXPECT_TRUE(known.bytes.empty());
}

TEST(ResponseParser, CompletesACountedBody) {
  const Parsed parsed = parse_in_all_cuts("HTTP/1.1 200 OK\r\nServer: x\r\ncontent-LENGTH: 5\r\n\r\nhello");
  EXPECT_EQ(parsed.progress, Progress::complete);
  EXPECT_EQ(parsed.status, 200);
  EXPECT_TRUE(parsed.keeps_alive);
  EXPECT_EQ(parsed.left, 0U);
}

TEST(ResponseParser, LeavesWhatFollows) {
  EXPECT_EQ(parse_in_all_cuts("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP").left, 4U);
}

TEST(ResponseParser, CompletesWithoutABody) {
  for (const char* text : {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n",
                           "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", "HTTP/1.1 204\r\n\r\n"}) {
    EXPECT_EQ(parse_in_all_cuts(text).progress, Progress::complete) << text;
  }
  EXPECT_EQ(parse_in_all_cuts("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", false, true).progress,
            Progress::complete);
}

TEST(ResponseParser, CompletesChunks) {
  const std::string body = "hello world";
  const std::string text =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n";
  EXPECT_EQ(parse_in_all_cuts(text + "\r\n", false, false, &body).progress, Progress::complete);
  EXPECT_TRUE(parse(text + "\r\n", 7, false, false, &body).body_matches);
  EXPECT_EQ(parse_in_all_cuts(text + "Trailer: a\r\n\r\nX").left, 1U);
  EXPECT_EQ(parse_in_all_cuts(text, true).progress, Progress::more) << "the trailer's end is missing";
}

TEST(ResponseParser, CompletesABodyAtTheEndOfTheStream) {
  const Parsed parsed = parse_in_all_cuts("HTTP/1.0 200 OK\r\n\r\nsome bytes", true);
  EXPECT_EQ(parsed.progress, Progress::complete);
  EXPECT_FALSE(parsed.keeps_alive);
}

TEST(ResponseParser, IsTruncatedAtTheEndOfTheStream) {
  for (const char* text : {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "HTTP/1.1 200 OK\r\nContent-Len",
                           "HTTP/1.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"}) {
    EXPECT_EQ(parse_in_all_cuts(text, true).progress, Progress::more) << text;
  }
}

TEST(ResponseParser, PassesOverInterimResponses) {
  const Parsed parsed = parse_in_all_cuts(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
  EXPECT_EQ(parsed.progress, Progress::complete);
  EXPECT_EQ(parsed.status, 200);
}

TEST(ResponseParser, KnowsWhenTheConnectionEnds) {
  const auto keeps_alive = [](const std::string& version, const std::string& fields) {
    return parse("HTTP/" + version + " 200 OK\r\n" + fields + "Content-Length: 0\r\n\r\n", 1000).keeps_alive;
  };
  EXPECT_TRUE(keeps_alive("1.1", ""));
  EXPECT_FALSE(keeps_alive("1.1", "Connection: Close\r\n"));
  EXPECT_FALSE(keeps_alive("1.1", "Connection: foo, close\r\n"));
  EXPECT_FALSE(keeps_alive("1.0", ""));
  EXPECT_TRUE(keeps_alive("1.0", "Connection: keep-alive\r\n"));
}

TEST(ResponseParser, TakesLinesWithoutCarriageReturn) {
  EXPECT_EQ(parse_in_all_cuts("HTTP/1.1 200 OK\nContent-Length: 2\n\nab").progress, Progress::complete);
}

TEST(ResponseParser, ComparesTheBody) {
  const std::string body = "hello";
  const auto matches = [&](const std::string& sent) {
    return parse_in_all_cuts("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(sent.size()) + "\r\n\r\n" + sent,
                             false, false, &body)
        .body_matches;
  };
  EXPECT_TRUE(matches("hello"));
  EXPECT_FALSE(matches("hellO"));
  EXPECT_FALSE(matches("hell"));
  EXPECT_FALSE(matches("hello!"));
  EXPECT_FALSE(matches(""));
}

struct Bad {
  const char* text;
  Malformation why;
};

class BadResponse : public testing::TestWithParam<Bad> {};

TEST_P(BadResponse, IsMalformed) {
  const Parsed parsed = parse_in_all_cuts(GetParam().text);
  EXPECT_EQ(parsed.progress, Progress::malformed) << GetParam().text;
  EXPECT_EQ(parsed.why, GetParam().why) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadResponse,
    testing::Values(
        Bad{"garbage\r\n\r\n", Malformation::status_line}, Bad{"\x16\x03\x01", Malformation::status_line},
        Bad{"HTTP/2 200\r\n\r\n", Malformation::status_line}, Bad{"HTTP/1.1 20 OK\r\n\r\n", Malformation::status_line},
        Bad{"HTTP/1.1 700 OK\r\n\r\n", Malformation::status_line},
        Bad{"HTTP/1.1 2000\r\n\r\n", Malformation::status_line}, Bad{"\r\n\r\n", Malformation::status_line},
        Bad{"HTTP/1.1 200 OK\r\nno field\r\n\r\n", Malformation::header_field},
        Bad{"HTTP/1.1 200 OK\r\nA : b\r\n\r\n", Malformation::header_field},
        Bad{"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", Malformation::header_field},
        Bad{"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", Malformation::content_length},
        Bad{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", Malformation::content_length},
        Bad{"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", Malformation::content_length},
        Bad{"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n", Malformation::content_length},
        Bad{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", Malformation::content_length},
        Bad{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", Malformation::transfer_encoding},
        Bad{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
            Malformation::transfer_encoding},
        Bad{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", Malformation::chunk},
        Bad{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", Malformation::chunk},
        Bad{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", Malformation::chunk},
        Bad{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", Malformation::chunk},
        Bad{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", Malformation::upgrade}));

TEST(ResponseParser, GivesUpAHeaderWithoutEnd) {
  std::string text = "HTTP/1.1 200 OK\r\n";
  while (text.size() < 2 * ResponseParser::header_size_max) text += "X-Endless: yes\r\n";
  for (const size_t piece : {size_t{100}, size_t{4096}, text.size()}) {
    const Parsed parsed = parse(text, piece);
    EXPECT_EQ(parsed.progress, Progress::malformed) << piece;
    EXPECT_EQ(parsed.why, Malformation::header_too_long) << piece;
  }
}

TEST(ResponseParser, IsUsedAgain) {
  ResponseParser parser;
  for (int i = 0; i < 3; ++i) {
    parser.begin(false, nullptr);
    EXPECT_FALSE(parser.has_begun());
    std::string_view bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab";
    EXPECT_EQ(parser.feed(bytes), Progress::complete);
    EXPECT_TRUE(parser.has_begun());
  }
}

}  // namespace
}  // namespace shallop::loadgen
