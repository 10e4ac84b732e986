// SPDX-License-Identifier: Apache-2.0
#include "wasi/response_progress.hpp"

#include <algorithm>
#include <charconv>

namespace shallop::wasi {
namespace {

constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::string_view last_chunk = "0\r\n\r\n";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// `name` in small letters, with its colon.
bool is_field(std::string_view line, std::string_view name) {
  return line.size() >= name.size() && std::ranges::equal(line.substr(0, name.size()), name, {}, lower);
}

}  // namespace

void ResponseProgress::note_sent(std::string_view first, std::string_view last, uint64_t count, bool is_answer) {
  if (!is_answer && is_under_way()) {
    advance(last, count);
    return;
  }
  body_ = Body::complete;
  if (!first.starts_with("HTTP/1.") || is_answer_to_head_) return;
  const size_t size = first.find(head_end);
  if (size == std::string_view::npos || size + head_end.size() > count) return;
  begin(first.substr(0, size), last, count - size - head_end.size());
}

void ResponseProgress::begin(std::string_view head, std::string_view last, uint64_t body_count) {
  constexpr size_t status_position = 9;
  const std::string_view status = head.size() < status_position + 3 ? "" : head.substr(status_position, 3);
  if (status.empty() || status[0] == '1' || status == "204" || status == "304") return;
  body_ = Body::until_close;
  for (size_t line_end = head.find("\r\n"); line_end != std::string_view::npos;) {
    const std::string_view line = head.substr(line_end + 2);
    line_end = head.find("\r\n", line_end + 2);
    constexpr std::string_view content_length = "content-length:";
    constexpr std::string_view transfer_encoding = "transfer-encoding:";
    if (is_field(line, transfer_encoding)) {
      body_ = Body::chunked;
      break;
    }
    if (!is_field(line, content_length)) continue;
    const size_t digits = line.find_first_not_of(" \t", content_length.size());
    if (digits == std::string_view::npos) continue;
    const auto [end, error] = std::from_chars(line.data() + digits, line.data() + line.size(), left_bytes_);
    if (error == std::errc()) body_ = Body::counted;
  }
  advance(last, body_count);
}

void ResponseProgress::advance(std::string_view last, uint64_t count) {
  switch (body_) {
    case Body::counted:
      left_bytes_ -= std::min(left_bytes_, count);
      if (left_bytes_ == 0) body_ = Body::complete;
      break;
    case Body::chunked:
      if (last.ends_with(last_chunk)) body_ = Body::complete;
      break;
    case Body::until_close:
    case Body::complete: break;
  }
}

}  // namespace shallop::wasi
