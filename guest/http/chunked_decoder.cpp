// SPDX-License-Identifier: Apache-2.0
#include "chunked_decoder.hpp"

#include <algorithm>

#include "character_classes.hpp"

namespace shallop::http {
namespace {

constexpr int accepted = 0;
constexpr int bad_request = 400;
constexpr int content_too_large = 413;
constexpr int fields_too_large = 431;

constexpr std::size_t max_extension_bytes = std::size_t{16} * 1024;
constexpr int max_size_digits = 16;  // else leading zeros could go on for ever

int hexadecimal(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::decode(std::string_view input, const Limits& limits, std::string& body) {
  std::size_t position = 0;
  while (position < input.size() && !done_) {
    if (place_ == Place::data) {
      const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size() - position));
      body.append(input.substr(position, taken));
      position += taken;
      remaining_ -= taken;
      if (remaining_ == 0) place_ = Place::data_return;
    } else if (const int status = framing_octet(input[position], limits, body.size()); status != accepted) {
      return {Step::Kind::refused, status, 0};
    } else {
      ++position;
    }
  }
  return {done_ ? Step::Kind::done : Step::Kind::more, 0, position};
}

int ChunkedDecoder::move_to(Place next) noexcept {
  place_ = next;
  return accepted;
}

/// The limit is checked while the number grows, so that it cannot overflow.
int ChunkedDecoder::size_digit(char c, const Limits& limits, std::size_t body_size) noexcept {
  const int digit = hexadecimal(c);
  if (digit < 0 || size_digits_ == max_size_digits) return bad_request;
  ++size_digits_;
  remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(digit);
  if (remaining_ + body_size > limits.body_bytes) return content_too_large;
  return move_to(Place::size);
}

int ChunkedDecoder::framing_octet(char c, const Limits& limits, std::size_t body_size) noexcept {
  switch (place_) {
    case Place::size_first_digit: size_digits_ = 0; return size_digit(c, limits, body_size);
    case Place::size:
      if (c == '\r') return move_to(Place::size_newline);
      if (c == ';') return move_to(Place::extension);
      return size_digit(c, limits, body_size);
    case Place::extension:
      if (c == '\r') return move_to(Place::size_newline);
      return is(value_character, c) && ++extension_bytes_ <= max_extension_bytes ? accepted : bad_request;
    case Place::size_newline:
      if (c != '\n') return bad_request;
      return move_to(remaining_ == 0 ? Place::trailer_start : Place::data);
    case Place::data: return accepted;  // decode() takes the payload in blocks
    case Place::data_return: return c == '\r' ? move_to(Place::data_newline) : bad_request;
    case Place::data_newline: return c == '\n' ? move_to(Place::size_first_digit) : bad_request;
    case Place::trailer_start:
      if (c == '\r') return move_to(Place::last_newline);
      if (++trailer_bytes_ > limits.head_bytes) return fields_too_large;
      return is(token_character, c) ? move_to(Place::trailer_name) : bad_request;
    case Place::trailer_name:
      if (++trailer_bytes_ > limits.head_bytes) return fields_too_large;
      if (c == ':') return move_to(Place::trailer_value);
      return is(token_character, c) ? accepted : bad_request;
    case Place::trailer_value:
      if (++trailer_bytes_ > limits.head_bytes) return fields_too_large;
      if (c == '\r') return move_to(Place::trailer_newline);
      return is(value_character, c) ? accepted : bad_request;
    case Place::trailer_newline: return c == '\n' ? move_to(Place::trailer_start) : bad_request;
    case Place::last_newline: done_ = c == '\n'; return done_ ? accepted : bad_request;
  }
  return bad_request;
}

}  // namespace shallop::http
