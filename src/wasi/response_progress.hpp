// SPDX-License-Identifier: Apache-2.0
// Whether a server is in the middle of an HTTP/1.1 response, as far as what it sends tells: so that a drain does not
// end a connection in a pause of a streamed response (drain.hpp). It reads a head that is sent in one piece, and
// afterwards counts bytes or looks for the last chunk. Of what it does not understand it says that it is complete.
// https://www.rfc-editor.org/rfc/rfc9112#section-6.3
#pragma once

#include <cstdint>
#include <string_view>

namespace shallop::wasi {

class ResponseProgress {
 public:
  // A request begins with `bytes`.
  void note_request(std::string_view bytes) { is_answer_to_head_ = bytes.starts_with("HEAD "); }

  // The server has sent `count` bytes, that begin as `first` does and end as `last` does; the first since the last
  // request where `is_answer`.
  void note_sent(std::string_view first, std::string_view last, uint64_t count, bool is_answer);

  bool is_under_way() const { return body_ != Body::complete; }

 private:
  enum class Body : uint8_t { complete, counted, chunked, until_close };

  void begin(std::string_view head, std::string_view last, uint64_t body_count);
  void advance(std::string_view last, uint64_t count);

  uint64_t left_bytes_ = 0;  // of a counted body
  Body body_ = Body::complete;
  bool is_answer_to_head_ = false;
};

// An interim response (1xx) is not the answer to a request: that is still to come. Switching protocols is.
inline bool is_interim_response(std::string_view bytes) {
  return bytes.starts_with("HTTP/1.1 10") && !bytes.starts_with("HTTP/1.1 101");
}

}  // namespace shallop::wasi
