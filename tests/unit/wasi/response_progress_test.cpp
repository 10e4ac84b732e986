// SPDX-License-Identifier: Apache-2.0
#include "wasi/response_progress.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace shallop::wasi {
namespace {

iovec piece_of(std::string_view bytes) {
  return {.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
}

// The first `count` of the bytes are sent by one call.
void send(ResponseProgress& progress, std::string_view bytes, size_t count, bool is_answer) {
  const iovec piece = piece_of(bytes);
  UsualResponse none;
  progress.note_sent({&piece, 1}, count, is_answer, none);
}

// Whether a response is under way after its pieces have been sent, each by one call.
bool is_under_way(std::initializer_list<std::string_view> pieces, std::string_view request = "GET / HTTP/1.1\r\n") {
  ResponseProgress progress;
  progress.note_request(request);
  bool is_answer = true;
  for (const std::string_view each : pieces) {
    send(progress, each, each.size(), is_answer);
    is_answer = false;
  }
  return progress.is_under_way();
}

// The same where one call sends them all.
bool is_under_way_after_one_call(std::initializer_list<std::string_view> pieces) {
  std::vector<iovec> vectors;
  size_t count = 0;
  for (const std::string_view each : pieces) {
    vectors.push_back(piece_of(each));
    count += each.size();
  }
  ResponseProgress progress;
  UsualResponse none;
  progress.note_sent(vectors, count, true, none);
  return progress.is_under_way();
}

TEST(ResponseProgress, CountsABodyOfKnownLength) {
  EXPECT_FALSE(is_under_way({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345"}));
  EXPECT_FALSE(is_under_way({"HTTP/1.1 200 OK\r\ncontent-length:5\r\nx: y\r\n\r\n", "12", "345"}));
  EXPECT_FALSE(is_under_way({"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}));
  EXPECT_TRUE(is_under_way({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}));
  EXPECT_TRUE(is_under_way({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1", "234"}));
}

TEST(ResponseProgress, CountsABodyThatIsSentWithItsHead) {
  constexpr std::string_view head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx: y\r\n\r\n";
  EXPECT_FALSE(is_under_way_after_one_call({head, "12", "345"}));
  EXPECT_TRUE(is_under_way_after_one_call({head, "12", "34"}));
  EXPECT_TRUE(is_under_way_after_one_call({head, "1"}));
  EXPECT_FALSE(is_under_way({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\r\n\r\n12"})) << "more than its length";
  EXPECT_TRUE(is_under_way({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\r\n"}));
}

constexpr std::string_view chunked_head =
    "HTTP/1.1 200 OK\r\nDate: now\r\nTransfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n";

TEST(ResponseProgress, FollowsChunks) {
  EXPECT_TRUE(is_under_way({chunked_head}));
  EXPECT_TRUE(is_under_way({chunked_head, "3\r\nabc\r\n"}));
  EXPECT_FALSE(is_under_way({chunked_head, "3\r\nabc\r\n", "0\r\n\r\n"}));
  EXPECT_FALSE(is_under_way({chunked_head, "3\r\nabc\r\n0\r\n\r\n"}));
  EXPECT_FALSE(is_under_way({chunked_head, "0\r\n", "\r\n"}));
  EXPECT_TRUE(is_under_way({chunked_head, "5\r\n0\r\n\r\n"})) << "the chunk's data look like the last chunk";
  EXPECT_TRUE(is_under_way({chunked_head, "A;name=value\r\n0123456789\r\n"}));
  EXPECT_FALSE(is_under_way({chunked_head, "A;name=value\r\n0123456789\r\n00;last\r\n\r\n"}));
  EXPECT_FALSE(is_under_way_after_one_call({chunked_head, "3\r\n", "abc", "\r\n", "0\r\n", "\r\n"}));
  EXPECT_TRUE(is_under_way_after_one_call({chunked_head, "3\r\n", "abc", "\r\n", "0\r\n"}));
  EXPECT_FALSE(is_under_way({chunked_head, "11111111111111111\r\n"})) << "no size of a chunk";
}

TEST(ResponseProgress, FollowsTrailers) {
  constexpr std::string_view body = "3\r\nabc\r\n0\r\nDigest: 1\r\nx:\r\n\r\n";
  EXPECT_FALSE(is_under_way({chunked_head, body}));
  for (size_t cut = 1; cut < body.size(); ++cut) {
    EXPECT_TRUE(is_under_way({chunked_head, body.substr(0, cut)})) << cut;
    EXPECT_FALSE(is_under_way({chunked_head, body.substr(0, cut), body.substr(cut)})) << cut;
    EXPECT_FALSE(is_under_way({std::string(chunked_head).append(body.substr(0, cut)), body.substr(cut)})) << cut;
  }
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
  const auto answer = [&](std::string_view bytes) { send(progress, bytes, bytes.size(), true); };
  answer("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
  EXPECT_TRUE(progress.is_under_way());
  answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n");
  EXPECT_TRUE(progress.is_under_way());
  answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
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
  send(progress, bytes, bytes.size() - 2, true);
  EXPECT_TRUE(progress.is_under_way());
  send(progress, "45", 2, false);
  EXPECT_FALSE(progress.is_under_way());
}

constexpr std::string_view usual_response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: 1\r\n\r\n12345";

// Whether `bytes`, the first `count` of which are sent, are under way where a server has sent usual_response before.
bool is_under_way_after_the_usual(std::string_view bytes, size_t count,
                                  std::string_view request = "GET / HTTP/1.1\r\n") {
  UsualResponse usual;
  ResponseProgress progress;
  for (const auto& [each, size] : {std::pair(usual_response, usual_response.size()), std::pair(bytes, count)}) {
    const iovec piece = piece_of(each);
    progress.note_request(request);
    progress.note_sent({&piece, 1}, size, true, usual);
  }
  return progress.is_under_way();
}

bool is_under_way_after_the_usual(std::string_view bytes) { return is_under_way_after_the_usual(bytes, bytes.size()); }

TEST(UsualResponse, IsKnownAgain) {
  UsualResponse usual;
  EXPECT_FALSE(usual.is_like(""));
  EXPECT_FALSE(usual.is_like(usual_response));
  ResponseProgress progress;
  const iovec piece = piece_of(usual_response);
  progress.note_sent({&piece, 1}, usual_response.size(), true, usual);
  EXPECT_TRUE(usual.is_like(usual_response));
  EXPECT_TRUE(usual.is_like("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: 2\r\n\r\nabcde"));
  EXPECT_FALSE(usual.is_like("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nDate: 2\r\n\r\nabcde"));
  EXPECT_FALSE(usual.is_like("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: 2\r\nx\r\nabcd"));
  EXPECT_FALSE(usual.is_like(usual_response.substr(1)));
  EXPECT_FALSE(usual.is_like({}));
}

TEST(UsualResponse, TellsNothingOfAnother) {
  EXPECT_FALSE(is_under_way_after_the_usual(usual_response));
  EXPECT_TRUE(is_under_way_after_the_usual(usual_response, usual_response.size() - 1)) << "not all is sent";
  EXPECT_TRUE(is_under_way_after_the_usual("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate:\r\n\r\n1234"));
  EXPECT_TRUE(is_under_way_after_the_usual("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nDate: 1\r\n\r\n12345"));
  EXPECT_TRUE(is_under_way_after_the_usual("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: 1\r\nx:y\r\n\r\n"))
      << "its size and its beginning, and no body";
  EXPECT_TRUE(is_under_way_after_the_usual(chunked_head));
  EXPECT_FALSE(is_under_way_after_the_usual("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 38, "HEAD / HTTP/1.1\r\n"));
}

// Bytes that look like the usual response may be a part of another's body.
TEST(UsualResponse, WithinABodyIsThatBodys) {
  UsualResponse usual;
  ResponseProgress progress;
  const auto send_piece = [&](std::string_view bytes, bool is_answer) {
    const iovec piece = piece_of(bytes);
    progress.note_sent({&piece, 1}, bytes.size(), is_answer, usual);
  };
  send_piece(usual_response, true);
  send_piece("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", true);
  send_piece(usual_response, false);
  EXPECT_TRUE(progress.is_under_way());
  send_piece(usual_response, true);
  EXPECT_FALSE(progress.is_under_way());
}

TEST(UsualResponse, WithALongBeginningIsReadEachTime) {
  const std::string bytes = "HTTP/1.1 200 OK\r\nx: " + std::string(300, 'x') + "\r\nContent-Length: 1\r\n\r\n1";
  UsualResponse usual;
  ResponseProgress progress;
  const iovec piece = piece_of(bytes);
  progress.note_sent({&piece, 1}, bytes.size(), true, usual);
  EXPECT_FALSE(progress.is_under_way());
  EXPECT_FALSE(usual.is_like(bytes));
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
