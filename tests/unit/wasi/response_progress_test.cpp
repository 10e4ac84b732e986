// SPDX-License-Identifier: Apache-2.0
#include "wasi/response_progress.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace shallop::wasi {
namespace {

// Whether a response is under way after its pieces have been sent, each by one call.
bool is_under_way(std::initializer_list<std::string_view> pieces, std::string_view request = "GET / HTTP/1.1\r\n") {
  ResponseProgress progress;
  progress.note_request(request);
  bool is_answer = true;
  for (const std::string_view each : pieces) {
    progress.note_sent(each, each, each.size(), is_answer);
    is_answer = false;
  }
  return progress.is_under_way();
}

TEST(ResponseProgress, CountsABodyOfKnownLength) {
  EXPECT_FALSE(is_under_way({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345"}));
  EXPECT_FALSE(is_under_way({"HTTP/1.1 200 OK\r\ncontent-length:5\r\nx: y\r\n\r\n", "12", "345"}));
  EXPECT_FALSE(is_under_way({"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}));
  EXPECT_TRUE(is_under_way({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}));
  EXPECT_TRUE(is_under_way({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1", "234"}));
}

TEST(ResponseProgress, LooksForTheLastChunk) {
  constexpr std::string_view head = "HTTP/1.1 200 OK\r\nDate: now\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_TRUE(is_under_way({head}));
  EXPECT_TRUE(is_under_way({head, "3\r\nabc\r\n"}));
  EXPECT_FALSE(is_under_way({head, "3\r\nabc\r\n", "0\r\n\r\n"}));
  EXPECT_FALSE(is_under_way({head, "3\r\nabc\r\n0\r\n\r\n"}));
}

TEST(ResponseProgress, ABodyWithoutLengthEndsWithTheConnection) {
  EXPECT_TRUE(is_under_way({"HTTP/1.0 200 OK\r\nServer: s\r\n\r\n", "anything"}));
}

TEST(ResponseProgress, SomeResponsesHaveNoBody) {
  constexpr std::string_view head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  EXPECT_FALSE(is_under_way({head}, "HEAD / HTTP/1.1\r\n"));
  EXPECT_FALSE(is_under_way({"HTTP/1.1 204 No Content\r\n\r\n"}));
  EXPECT_FALSE(is_under_way({"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"}));
  EXPECT_FALSE(is_under_way({"HTTP/1.1 101 Switching Protocols\r\n\r\n", "frames"}));
}

TEST(ResponseProgress, TheNextAnswerBeginsAnew) {
  ResponseProgress progress;
  const auto send = [&](std::string_view bytes) { progress.note_sent(bytes, bytes, bytes.size(), true); };
  send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
  EXPECT_TRUE(progress.is_under_way());
  send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
  EXPECT_FALSE(progress.is_under_way());
}

TEST(ResponseProgress, WhatItDoesNotUnderstandIsComplete) {
  for (const std::string_view bytes : {"", "+PONG\r\n", "HTTP/1.", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
                                       "HTTP/1.1\r\n\r\n", "HTTP/1.1 2\r\n\r\n"}) {
    EXPECT_FALSE(is_under_way({bytes})) << bytes;
  }
  // A length that is none: the connection's end is the only one to wait for.
  EXPECT_TRUE(is_under_way({"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n"}));
  EXPECT_TRUE(is_under_way({"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"}));
}

TEST(ResponseProgress, OfAPieceOnlyWhatWasTakenCounts) {
  constexpr std::string_view bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345";
  ResponseProgress progress;
  progress.note_sent(bytes, "", bytes.size() - 2, true);
  EXPECT_TRUE(progress.is_under_way());
  progress.note_sent("45", "45", 2, false);
  EXPECT_FALSE(progress.is_under_way());
}

TEST(InterimResponse, IsNoAnswer) {
  EXPECT_TRUE(is_interim_response("HTTP/1.1 100 Continue\r\n\r\n"));
  EXPECT_TRUE(is_interim_response("HTTP/1.1 103 Early Hints\r\n"));
  EXPECT_FALSE(is_interim_response("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_FALSE(is_interim_response("HTTP/1.1 200 OK\r\n"));
  EXPECT_FALSE(is_interim_response("HTTP/1.1 1"));
}

}  // namespace
}  // namespace shallop::wasi
