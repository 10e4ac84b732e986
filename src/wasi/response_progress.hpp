// SPDX-License-Identifier: Apache-2.0
// Whether a server is in the middle of an HTTP/1.1 response, as far as what it sends tells: so that a drain does not
// end a connection in a pause of a streamed response (drain.hpp). It reads a head that is sent in one piece, and
// afterwards counts bytes or follows the chunks. Of what it does not understand it says that it is complete. It looks
// at every response that any server sends, and most are sent whole by one call: of those it reads no more than it takes
// to know that. https://www.rfc-editor.org/rfc/rfc9112#section-6.3
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace shallop::wasi {

// What a server's whole responses look like: most have the beginning and the size of the one before, and of those the
// beginning need not be read again. One serves all connections of a guest.
class UsualResponse {
 public:
  // True for a whole response: the head, its body and nothing else.
  bool is_like(std::string_view bytes) const;

  // `bytes` are a whole response whose first `start_size` say so of all that begin with them and have an empty line
  // before the last `body_size`.
  void learn(std::string_view bytes, size_t start_size, size_t body_size);

 private:
  std::array<char, 256> start_;  // the first start_size_ are set
  size_t start_size_ = 0;
  size_t size_ = ~size_t{0};  // of the whole; at first nothing is like it
  size_t head_end_ = 0;       // where the empty line is
};

class ResponseProgress {
 public:
  // A request begins with `bytes`.
  void note_request(std::string_view bytes) { is_answer_to_head_ = bytes.starts_with("HEAD "); }

  // The server has sent the first `count` bytes of `pieces`, by one call; the first since the last request where
  // `is_answer`.
  void note_sent(std::span<const iovec> pieces, uint64_t count, bool is_answer, UsualResponse& usual);

  bool is_under_way() const { return body_ != Body::complete; }

 private:
  enum class Body : uint8_t { complete, counted, chunked, until_close };
  // Within a chunked body (RFC 9112, 7.1).
  enum class Place : uint8_t { size, extension, data, data_end, trailer_start, trailer };

  void begin(std::span<const iovec> pieces, uint64_t count, UsualResponse& usual);
  // The `count` bytes of `pieces` behind the first `skipped` belong to the body.
  void advance(std::span<const iovec> pieces, uint64_t skipped, uint64_t count);
  void advance_chunks(std::string_view bytes);
  void take_framing(char c);

  uint64_t left_bytes_ = 0;  // of a counted body, or of a chunk's data
  Body body_ = Body::complete;
  Place place_ = Place::size;
  bool is_answer_to_head_ = false;
};

// An interim response (1xx) is not the answer to a request: that is still to come. Switching protocols is.
inline bool is_interim_response(std::string_view bytes) {
  return bytes.starts_with("HTTP/1.1 10") && !bytes.starts_with("HTTP/1.1 101");
}

}  // namespace shallop::wasi
