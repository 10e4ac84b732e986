// SPDX-License-Identifier: Apache-2.0
#include "loadgen/response_parser.hpp"

#include <algorithm>
#include <cstring>

#include "base/parse_number.hpp"

namespace shallop::loadgen {
namespace {

constexpr unsigned chunk_line_max = 4096;

char lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character | 0x20) : character;
}

// `name` is in lower case.
bool equals_ignoring_case(std::string_view text, std::string_view name) {
  return std::ranges::equal(text, name, {}, lower);
}

bool is_blank(char character) { return character == ' ' || character == '\t'; }
bool is_digit(char character) { return character >= '0' && character <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view without_carriage_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

size_t find(std::string_view text, char character) {
  const void* found = std::memchr(text.data(), character, text.size());
  return found == nullptr ? text.npos : static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

// The size of the header with its empty line, or npos. Lines end in LF or CRLF (RFC 9112, section 2.2).
size_t header_end(std::string_view text, size_t from) {
  while (from < text.size()) {
    const size_t line = find(text.substr(from), '\n');
    if (line == text.npos) return line;
    from += line + 1;
    if (text.substr(from).starts_with("\r\n")) return from + 2;
    if (text.substr(from).starts_with('\n')) return from + 1;
  }
  return text.npos;
}

// Calls `action` with each member of a list with commas.
template <class Action>
void for_each_member(std::string_view list, const Action& action) {
  for (;;) {
    const size_t comma = list.find(',');
    action(trimmed(list.substr(0, comma)));
    if (comma == list.npos) return;
    list.remove_prefix(comma + 1);
  }
}

int hex_digit(char character) {
  if (is_digit(character)) return character - '0';
  const char letter = lower(character);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

}  // namespace

void ResponseParser::begin(bool answers_head, const std::string* expected_body, KnownHeader* known) {
  state_ = State::header;
  answers_head_ = answers_head;
  interim_seen_ = false;
  body_size_ = 0;
  matches_ = true;
  expected_body_ = expected_body;
  known_ = known;
  header_.clear();
}

ResponseParser::Progress ResponseParser::fail(Malformation why) {
  why_ = why;
  return Progress::malformed;
}

ResponseParser::Progress ResponseParser::feed(std::string_view& bytes) {
  Progress progress = Progress::more;
  while (!bytes.empty() && progress == Progress::more) {
    switch (state_) {
      case State::header: progress = read_header(bytes); break;
      case State::counted_body: progress = read_counted_body(bytes); break;
      case State::body_until_close:
        take_body(bytes);
        bytes = {};
        break;
      case State::chunk_data: progress = read_counted_body(bytes); break;
      case State::chunk_size:
      case State::chunk_extension:
      case State::chunk_end:
        progress = read_chunk_size(bytes.front());
        bytes.remove_prefix(1);
        break;
      case State::trailer:
        progress = read_trailer(bytes.front());
        bytes.remove_prefix(1);
        break;
      case State::complete: return Progress::complete;
    }
  }
  return progress;
}

ResponseParser::Progress ResponseParser::end_of_stream() {
  return state_ == State::body_until_close || state_ == State::complete ? Progress::complete : Progress::more;
}

ResponseParser::Progress ResponseParser::read_header(std::string_view& bytes) {
  if (header_.empty()) {
    if (take_known_header(bytes)) return choose_body();
    const size_t end = header_end(bytes, 0);
    if (end != bytes.npos) {
      if (end > header_size_max) return fail(Malformation::header_too_long);
      const std::string_view header = bytes.substr(0, end);
      bytes.remove_prefix(end);
      if (!parse_header(header)) return Progress::malformed;
      if (known_ != nullptr && end <= KnownHeader::size_max) {
        known_->bytes = header;
        known_->head = head_;
      }
      return choose_body();
    }
  }
  // In pieces. The end may lie across them: search again from the last line feed that could begin it.
  const size_t before = header_.size();
  const size_t room = header_size_max + 1 - before;
  header_.append(bytes.substr(0, room));
  const size_t end = header_end(header_, before < 2 ? 0 : before - 2);
  if (end == header_.npos || end > header_size_max) {
    if (header_.size() > header_size_max) return fail(Malformation::header_too_long);
    // Whatever begins otherwise will not become a response; it need not be waited for.
    constexpr std::string_view beginning = "HTTP/1.";
    const size_t compared = std::min(beginning.size(), header_.size());
    if (header_.compare(0, compared, beginning, 0, compared) != 0) return fail(Malformation::status_line);
    bytes = {};
    return Progress::more;
  }
  bytes.remove_prefix(end - before);
  const bool parsed = parse_header(std::string_view(header_).substr(0, end));
  header_.clear();
  return parsed ? choose_body() : Progress::malformed;
}

// Bytes that begin as a whole header do have the same end of the header.
bool ResponseParser::take_known_header(std::string_view& bytes) {
  if (known_ == nullptr || known_->bytes.empty() || !bytes.starts_with(known_->bytes)) return false;
  bytes.remove_prefix(known_->bytes.size());
  head_ = known_->head;
  return true;
}

bool ResponseParser::parse_header(std::string_view header) {
  head_ = {};
  bool first = true;
  while (!header.empty()) {
    const size_t end = find(header, '\n');
    const std::string_view line = without_carriage_return(header.substr(0, end));
    header.remove_prefix(end + 1);
    if (line.empty() && !first) return true;
    if (!(first ? parse_status_line(line) : parse_field(line))) return false;
    first = false;
  }
  return true;
}

// https://www.rfc-editor.org/rfc/rfc9112#section-4
bool ResponseParser::parse_status_line(std::string_view line) {
  why_ = Malformation::status_line;
  const bool framed = line.size() >= 12 && line.starts_with("HTTP/1.") && is_digit(line[7]) && line[8] == ' ' &&
                      line[9] >= '1' && line[9] <= '5' && is_digit(line[10]) && is_digit(line[11]) &&
                      (line.size() == 12 || line[12] == ' ');
  if (!framed) return false;
  head_.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  head_.keeps_alive = line[7] != '0';
  return true;
}

// https://www.rfc-editor.org/rfc/rfc9112#section-5
bool ResponseParser::parse_field(std::string_view line) {
  why_ = Malformation::header_field;
  const size_t colon = find(line, ':');
  if (colon == line.npos || colon == 0 || is_blank(line[colon - 1]) || is_blank(line.front())) return false;
  const std::string_view name = line.substr(0, colon);
  if (name.size() == 14 && equals_ignoring_case(name, "content-length")) {
    return take_content_length(trimmed(line.substr(colon + 1)));
  }
  if (name.size() == 17 && equals_ignoring_case(name, "transfer-encoding")) {
    return take_transfer_encoding(trimmed(line.substr(colon + 1)));
  }
  if (name.size() == 10 && equals_ignoring_case(name, "connection")) take_connection(trimmed(line.substr(colon + 1)));
  return true;
}

// "5, 5" is what proxies make of two equal fields; it is allowed.
bool ResponseParser::take_content_length(std::string_view value) {
  why_ = Malformation::content_length;
  bool valid = true;
  for_each_member(value, [&](std::string_view member) {
    const auto length = parse_number<uint64_t>(member);
    valid = valid && length && (!head_.has_length || length == head_.length);
    head_.length = length.value_or(0);
    head_.has_length = true;
  });
  return valid;
}

bool ResponseParser::take_transfer_encoding(std::string_view value) {
  for_each_member(value, [&](std::string_view coding) { head_.chunked = equals_ignoring_case(coding, "chunked"); });
  why_ = Malformation::transfer_encoding;
  return head_.chunked;
}

void ResponseParser::take_connection(std::string_view value) {
  for_each_member(value, [&](std::string_view option) {
    if (equals_ignoring_case(option, "close")) head_.keeps_alive = false;
    if (equals_ignoring_case(option, "keep-alive")) head_.keeps_alive = true;
  });
}

ResponseParser::Progress ResponseParser::choose_body() {
  if (head_.status == 101) return fail(Malformation::upgrade);
  if (head_.status < 200) {
    interim_seen_ = true;
    return Progress::more;
  }
  if (head_.chunked && head_.has_length) return fail(Malformation::transfer_encoding);
  if (answers_head_ || head_.status == 204 || head_.status == 304) {
    state_ = State::complete;
    return Progress::complete;
  }
  if (head_.chunked) {
    remaining_ = 0;
    line_size_ = 0;
    trailer_size_ = 0;
    state_ = State::chunk_size;
    return Progress::more;
  }
  if (!head_.has_length) {
    head_.keeps_alive = false;
    state_ = State::body_until_close;
    return Progress::more;
  }
  remaining_ = head_.length;
  state_ = remaining_ == 0 ? State::complete : State::counted_body;
  return remaining_ == 0 ? Progress::complete : Progress::more;
}

void ResponseParser::take_body(std::string_view part) {
  if (expected_body_ != nullptr && matches_) {
    matches_ = body_size_ + part.size() <= expected_body_->size() &&
               std::string_view(*expected_body_).substr(body_size_, part.size()) == part;
  }
  body_size_ += part.size();
}

ResponseParser::Progress ResponseParser::read_counted_body(std::string_view& bytes) {
  const size_t size = std::min<uint64_t>(bytes.size(), remaining_);
  take_body(bytes.substr(0, size));
  bytes.remove_prefix(size);
  remaining_ -= size;
  if (remaining_ != 0) return Progress::more;
  if (state_ == State::chunk_data) {
    line_size_ = 0;
    state_ = State::chunk_end;
    return Progress::more;
  }
  state_ = State::complete;
  return Progress::complete;
}

// https://www.rfc-editor.org/rfc/rfc9112#section-7.1
ResponseParser::Progress ResponseParser::read_chunk_size(char character) {
  if (++line_size_ > chunk_line_max) return fail(Malformation::chunk);
  if (state_ == State::chunk_end) {  // the line's end behind the data
    if (character == '\r' && line_size_ == 1) return Progress::more;
    if (character != '\n') return fail(Malformation::chunk);
    state_ = State::chunk_size;
    line_size_ = 0;
    return Progress::more;
  }
  if (state_ == State::chunk_size) {
    const int digit = hex_digit(character);
    if (digit >= 0) {
      if (remaining_ >> 60 != 0) return fail(Malformation::chunk);
      remaining_ = remaining_ << 4 | static_cast<unsigned>(digit);
      return Progress::more;
    }
    const bool may_end = character == ';' || character == '\r' || character == '\n' || is_blank(character);
    if (line_size_ == 1 || !may_end) return fail(Malformation::chunk);
    state_ = State::chunk_extension;
  }
  if (character != '\n') return Progress::more;
  line_size_ = 0;
  state_ = remaining_ == 0 ? State::trailer : State::chunk_data;
  return Progress::more;
}

ResponseParser::Progress ResponseParser::read_trailer(char character) {
  if (++trailer_size_ > header_size_max) return fail(Malformation::header_too_long);
  if (character == '\n') {
    if (line_size_ == 0) {
      state_ = State::complete;
      return Progress::complete;
    }
    line_size_ = 0;
  } else if (character != '\r') {
    ++line_size_;
  }
  return Progress::more;
}

}  // namespace shallop::loadgen
