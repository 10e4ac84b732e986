// SPDX-License-Identifier: Apache-2.0
// The framing of HTTP/1.1 responses: where one ends, and whether it is whole. Strict about whatever decides that, blind
// to the rest. Bytes are read where they were received; only a header that arrives in pieces is copied.
// https://www.rfc-editor.org/rfc/rfc9112#section-6.3
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "loadgen/failure.hpp"

namespace shallop::loadgen {

// What the header of a response says about the rest of it.
struct ResponseHead {
  int status = 0;
  bool keeps_alive = true;
  bool chunked = false;
  bool has_length = false;
  uint64_t length = 0;
};

// The last header that a thread's connections received. A server repeats itself to the byte, but for the Date once a
// second, and comparing is quicker than parsing.
struct KnownHeader {
  static constexpr size_t size_max = 512;

  std::string bytes;  // with the empty line; empty: none
  ResponseHead head;
};

class ResponseParser {
 public:
  static constexpr size_t header_size_max = size_t{64} << 10;

  enum class Progress : uint8_t { more, complete, malformed };

  // Before the first byte of a response. Both `expected_body` and `known` may be null and outlive the response.
  void begin(bool answers_head, const std::string* expected_body, KnownHeader* known = nullptr);

  // Takes bytes from the front of `bytes`, which it shortens, until the response is complete or malformed or there are
  // none left. Not called again once it was complete or malformed.
  Progress feed(std::string_view& bytes);

  // What the end of the stream makes of the response: complete when its body ends so. Otherwise `more`: truncated.
  Progress end_of_stream();

  bool has_begun() const { return state_ != State::header || !header_.empty() || interim_seen_; }
  // Known once the header is complete.
  int status() const { return head_.status; }
  bool keeps_alive() const { return head_.keeps_alive; }
  // Once the response is complete.
  bool body_matches() const { return expected_body_ == nullptr || (matches_ && body_size_ == expected_body_->size()); }
  Malformation why() const { return why_; }

 private:
  enum class State : uint8_t {
    header,
    counted_body,
    body_until_close,
    chunk_size,
    chunk_extension,
    chunk_data,
    chunk_end,
    trailer,
    complete
  };

  Progress fail(Malformation why);
  Progress read_header(std::string_view& bytes);
  bool parse_header(std::string_view header);
  bool take_known_header(std::string_view& bytes);
  bool parse_status_line(std::string_view line);
  bool parse_field(std::string_view line);
  bool take_content_length(std::string_view value);
  bool take_transfer_encoding(std::string_view value);
  void take_connection(std::string_view value);
  // After the header: which of the body's forms follows.
  Progress choose_body();
  Progress read_counted_body(std::string_view& bytes);
  Progress read_chunk_size(char character);
  Progress read_trailer(char character);
  void take_body(std::string_view part);

  State state_ = State::header;
  Malformation why_ = Malformation::status_line;
  bool answers_head_ = false;
  bool interim_seen_ = false;
  bool matches_ = true;
  ResponseHead head_;
  unsigned line_size_ = 0;  // of the chunk size, the extension or the trailer's line
  uint64_t remaining_ = 0;  // of the body or the chunk
  uint64_t body_size_ = 0;  // so far
  size_t trailer_size_ = 0;
  const std::string* expected_body_ = nullptr;
  KnownHeader* known_ = nullptr;
  std::string header_;  // the part of an incomplete one that was received before
};

}  // namespace shallop::loadgen
