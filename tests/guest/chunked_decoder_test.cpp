// SPDX-License-Identifier: Apache-2.0
// Chunked bodies (RFC 9112, 7.1), whole and cut at every place.
#include "http/chunked_decoder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace shallop::http {
namespace {

using Kind = ChunkedDecoder::Step::Kind;

struct Decoded {
  int status = 0;  // 0 complete, -1 incomplete, else the refusal
  std::string body;
  std::size_t consumed = 0;
};

/// Decodes `text` in pieces of at most `piece_bytes`.
Decoded decode(const std::string& text, std::size_t piece_bytes, const Limits& limits = {}) {
  ChunkedDecoder decoder;
  Decoded result;
  result.status = -1;
  while (result.consumed < text.size()) {
    const std::string piece = text.substr(result.consumed, piece_bytes);
    const auto step = decoder.decode(piece, limits, result.body);
    if (step.kind == Kind::refused) {
      result.status = step.status;
      return result;
    }
    result.consumed += step.consumed;
    if (step.kind == Kind::done) {
      result.status = 0;
      return result;
    }
    EXPECT_EQ(step.consumed, piece.size()) << "more is asked for only when all was taken";
  }
  return result;
}

void expect_status(const std::string& text, int status, const Limits& limits = {}) {
  for (const std::size_t piece_bytes :
       {text.size() + 1, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}}) {
    EXPECT_EQ(decode(text, piece_bytes, limits).status, status) << "in pieces of " << piece_bytes << ": " << text;
  }
}

TEST(ChunkedDecoder, JoinsTheChunks) {
  const std::string text = "5\r\nhello\r\n1;name=value\r\n \r\nA \r\n";
  const std::string good = "5\r\nhello\r\n1;name=\"v;a l\"\r\n \r\n00a\r\n0123456789\r\n0\r\n\r\nGET / ";
  for (std::size_t piece_bytes = 1; piece_bytes <= good.size(); ++piece_bytes) {
    const Decoded decoded = decode(good, piece_bytes);
    EXPECT_EQ(decoded.status, 0) << piece_bytes;
    EXPECT_EQ(decoded.body, "hello 0123456789") << piece_bytes;
    EXPECT_EQ(good.substr(decoded.consumed), "GET / ") << piece_bytes;
  }
  expect_status(text, 400);  // a space behind the size
}

TEST(ChunkedDecoder, TakesAnEmptyBodyAndTrailers) {
  expect_status("0\r\n\r\n", 0);
  expect_status("000\r\n\r\n", 0);
  expect_status("1\r\na\r\n0\r\nX-Sum: 12\r\nY:\r\n\r\n", 0);
}

TEST(ChunkedDecoder, WaitsForTheEnd) {
  expect_status("5\r\nhel", -1);
  expect_status("5\r\nhello\r\n", -1);
  expect_status("0\r\n", -1);
  expect_status("0\r\n\r", -1);
}

TEST(ChunkedDecoder, RefusesWhatHasTwoReadings) {
  expect_status("\r\n", 400);   // no size
  expect_status("x\r\n", 400);  // not hexadecimal
  expect_status("0x5\r\nhello\r\n", 400);
  expect_status("-1\r\n", 400);
  expect_status(" 5\r\nhello\r\n", 400);
  expect_status("5\nhello\r\n", 400);     // bare newline
  expect_status("5\rhello\r\n", 400);     // bare return
  expect_status("5\r\nhello0\r\n", 400);  // more data than announced
  expect_status("5\r\nhello\n0\r\n\r\n", 400);
  expect_status("5;a\nb\r\nhello\r\n", 400);  // newline within an extension
  expect_status(std::string("5;\0\r\nhello\r\n", 12), 400);
  expect_status("0\r\n X: folded\r\n\r\n", 400);  // folded trailer
  expect_status("0\r\nX : 1\r\n\r\n", 400);       // space before the colon
  expect_status("0\r\nX: 1\n\r\n", 400);
  expect_status("0\r\n\rX", 400);
  expect_status("00000000000000005\r\nhello\r\n", 400);  // 17 digits
}

TEST(ChunkedDecoder, StopsAtTheLimits) {
  Limits limits;
  limits.body_bytes = 8;
  limits.head_bytes = 16;
  expect_status("8\r\n01234567\r\n0\r\n\r\n", 0, limits);
  expect_status("9\r\n", 413, limits);
  expect_status("5\r\n01234\r\n4\r\n", 413, limits);
  expect_status("ffffffffffffffff\r\n", 413, limits);
  expect_status("0\r\nX: 0123456789ab\r\n\r\n", 0, limits);
  expect_status("0\r\nX: " + std::string(30, 'a') + "\r\n\r\n", 431, limits);
}

TEST(ChunkedDecoder, LimitsExtensionsOverAllChunks) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "1;" + std::string(100, 'a') + "\r\nb\r\n";
  expect_status(text + "0\r\n\r\n", 400);
}

}  // namespace
}  // namespace shallop::http
