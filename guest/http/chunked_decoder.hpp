// SPDX-License-Identifier: Apache-2.0
// Takes the chunked coding off a request body (RFC 9112, 7.1), octet by octet where it frames and in blocks where it
// carries. Extensions are skipped; trailers are checked and dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "shallop/http/limits.hpp"

namespace shallop::http {

class ChunkedDecoder {
 public:
  struct Step {
    enum class Kind : std::uint8_t { more, done, refused };
    Kind kind;
    int status;            // of the refusal
    std::size_t consumed;  // octets of the input that belong to the body, valid unless refused
  };

  /// Appends the payload in `input` to `body`. After `more`, go on with the octets that follow.
  Step decode(std::string_view input, const Limits& limits, std::string& body);

 private:
  enum class Place : std::uint8_t {
    size_first_digit,
    size,
    extension,
    size_newline,
    data,
    data_return,
    data_newline,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_newline,
    last_newline,
  };

  int framing_octet(char c, const Limits& limits, std::size_t body_size) noexcept;
  int size_digit(char c, const Limits& limits, std::size_t body_size) noexcept;
  int move_to(Place next) noexcept;

  std::uint64_t remaining_ = 0;  // of the chunk's payload
  std::size_t trailer_bytes_ = 0;
  std::size_t extension_bytes_ = 0;  // of all chunks: one cannot hide a stream of them behind a small body
  std::uint8_t size_digits_ = 0;
  Place place_ = Place::size_first_digit;
  bool done_ = false;
};

}  // namespace shallop::http
