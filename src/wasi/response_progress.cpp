// SPDX-License-Identifier: Apache-2.0
#include "wasi/response_progress.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace shallop::wasi {
namespace {

constexpr std::string_view head_end = "\r\n\r\n";

// `name` in small letters, with its colon. Most lines differ where the colon would be. A capital lacks one bit of its
// small letter, which the other characters of names have.
template <size_t size>
bool is_field(std::string_view line, const char (&name)[size]) {
  constexpr size_t length = size - 1;
  if (line.size() < length || line[length - 1] != ':') return false;
  int difference = 0;
  for (size_t i = 0; i < length; ++i) difference |= (line[i] | 0x20) ^ name[i];
  return difference == 0;
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

// What stands behind the name of a field; none where that is no number of 64 bits.
std::optional<uint64_t> number_of(std::string_view value) {
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

std::string_view text_of(const iovec& piece) { return {static_cast<const char*>(piece.iov_base), piece.iov_len}; }

// True for a head with a body of `length` bytes and nothing else. Should the head have ended before, its body is longer
// than that.
bool ends_with_body(std::string_view bytes, uint64_t length) {
  if (length > bytes.size() || bytes.size() - length < head_end.size()) return false;
  return bytes.substr(bytes.size() - length - head_end.size(), head_end.size()) == head_end;
}

}  // namespace

bool UsualResponse::is_like(std::string_view bytes) const {
  return bytes.size() == size_ && std::memcmp(bytes.data(), start_.data(), start_size_) == 0 &&
         std::memcmp(bytes.data() + head_end_, head_end.data(), head_end.size()) == 0;
}

void UsualResponse::learn(std::string_view bytes, size_t start_size, size_t body_size) {
  if (start_size > start_.size()) return;
  start_size_ = bytes.copy(start_.data(), start_size);
  size_ = bytes.size();
  head_end_ = bytes.size() - body_size - head_end.size();
}

void ResponseProgress::note_sent(std::span<const iovec> pieces, uint64_t count, bool is_answer, UsualResponse& usual) {
  if (!is_answer && is_under_way()) {
    advance(pieces, 0, count);
  } else if (!pieces.empty() && pieces[0].iov_len == count && usual.is_like(text_of(pieces[0]))) {
    body_ = Body::complete;
  } else {
    begin(pieces, count, usual);
  }
}

void ResponseProgress::begin(std::span<const iovec> pieces, uint64_t count, UsualResponse& usual) {
  constexpr size_t status_position = 9;
  constexpr char content_length[] = "content-length:";
  constexpr char transfer_encoding[] = "transfer-encoding:";
  body_ = Body::complete;
  if (pieces.empty() || is_answer_to_head_) return;
  const std::string_view first = text_of(pieces[0]).substr(0, count);
  if (!first.starts_with("HTTP/1.") || first.size() < status_position + 3) return;
  const std::string_view status = first.substr(status_position, 3);
  if (status < "200" || status > "999" || status == "204" || status == "304") return;

  Body body = Body::until_close;
  for (size_t line_end = first.find('\n'); line_end != std::string_view::npos;) {
    const std::string_view rest = first.substr(line_end + 1);
    if (rest.starts_with("\r\n")) {
      body_ = body;
      advance(pieces, line_end + 3, count - line_end - 3);
      return;
    }
    if (is_field(rest, transfer_encoding)) {
      body = Body::chunked;
      place_ = Place::size;
      left_bytes_ = 0;
    } else if (body != Body::chunked && is_field(rest, content_length)) {
      if (const auto length = number_of(rest.substr(sizeof content_length - 1))) {
        if (first.size() == count && ends_with_body(first, *length)) {
          const size_t next_line = first.find('\n', line_end + 1) + 1;
          usual.learn(first, next_line, *length);
          return;
        }
        body = Body::counted;
        left_bytes_ = *length;
      }
    }
    line_end = first.find('\n', line_end + 1);
  }
}

void ResponseProgress::advance(std::span<const iovec> pieces, uint64_t skipped, uint64_t count) {
  if (body_ == Body::counted) {
    left_bytes_ -= std::min(left_bytes_, count);
    if (left_bytes_ == 0) body_ = Body::complete;
  }
  if (body_ != Body::chunked) return;
  for (const iovec& piece : pieces) {
    std::string_view bytes = text_of(piece);
    const size_t passed = std::min<uint64_t>(skipped, bytes.size());
    skipped -= passed;
    bytes = bytes.substr(passed, count);
    count -= bytes.size();
    advance_chunks(bytes);
  }
}

void ResponseProgress::advance_chunks(std::string_view bytes) {
  while (!bytes.empty() && is_under_way()) {
    if (place_ == Place::data) {
      const size_t taken = std::min<uint64_t>(left_bytes_, bytes.size());
      bytes.remove_prefix(taken);
      left_bytes_ -= taken;
      if (left_bytes_ == 0) place_ = Place::data_end;
    } else {
      take_framing(bytes.front());
      bytes.remove_prefix(1);
    }
  }
}

void ResponseProgress::take_framing(char c) {
  switch (place_) {
    case Place::size:
      if (const auto digit = hex_digit(c)) {
        if (left_bytes_ >> 60 != 0) body_ = Body::complete;  // no size
        left_bytes_ = left_bytes_ << 4 | *digit;
        return;
      }
      place_ = Place::extension;
      [[fallthrough]];
    case Place::extension:
      if (c == '\n') place_ = left_bytes_ == 0 ? Place::trailer_start : Place::data;
      return;
    case Place::data: return;  // not a byte at a time
    case Place::data_end:
      if (c == '\n') place_ = Place::size;
      return;
    case Place::trailer_start:
      if (c == '\n')
        body_ = Body::complete;
      else if (c != '\r')
        place_ = Place::trailer;
      return;
    case Place::trailer:
      if (c == '\n') place_ = Place::trailer_start;
      return;
  }
}

}  // namespace shallop::wasi
