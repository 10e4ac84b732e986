// SPDX-License-Identifier: Apache-2.0
#include "request_parser.hpp"

#include <cstring>

#include "character_classes.hpp"
#include "field_rules.hpp"
#include "target.hpp"

namespace shallop::http {
namespace {

/// One attempt at a head. Every step either moves `p_` on, or notes why it cannot and answers false. A limit is always
/// checked before what stands at the place: so the refusal is the same whether the octets behind the limit are here or
/// not.
class HeadParser {
 public:
  HeadParser(std::string_view input, const Limits& limits, Head& head) noexcept
      : begin_(input.data()), end_(begin_ + input.size()), p_(begin_), limits_(limits), head_(head) {}

  HeadResult parse() noexcept {
    if (!skip_empty_lines() || !request_line()) return result_;
    past_request_line_ = true;
    limit_ = limits_.head_bytes;
    limit_status_ = 431;
    FieldRules rules;
    for (;;) {
      if (at_line_end()) break;
      if (!header_line(rules)) return result_;
    }
    if (!line_end()) return result_;
    const int status = rules.apply(head_);
    if (status != 0) return refused(status);
    result_.kind = HeadResult::Kind::complete;
    result_.size = static_cast<std::size_t>(p_ - begin_);
    return result_;
  }

  bool past_request_line() const noexcept { return past_request_line_; }

 private:
  HeadResult refused(int status) noexcept {
    result_.kind = HeadResult::Kind::refused;
    result_.status = status;
    return result_;
  }

  /// For a step that met an octet it cannot take at `p_`: the limit, the end of the input, or a malformed head.
  bool stop(int status = 400) noexcept {
    if (static_cast<std::size_t>(p_ - begin_) > limit_) {
      refused(limit_status_);
    } else if (p_ != end_) {
      refused(status);
    }
    return false;
  }

  bool within_limit() noexcept { return static_cast<std::size_t>(p_ - begin_) <= limit_ || stop(); }

  bool at_line_end() const noexcept { return *p_ == '\r'; }

  bool line_end() noexcept {
    if (*p_ != '\r') return stop();
    ++p_;
    if (*p_ != '\n') return stop();
    ++p_;
    return within_limit();
  }

  /// RFC 9112, 2.2: a client may have sent a CRLF too many behind its last body.
  bool skip_empty_lines() noexcept {
    while (at_line_end()) {
      if (!line_end()) return false;
    }
    return true;
  }

  bool request_line() noexcept {
    const char* const method = p_;
    p_ = skip(token_character, p_);
    if (*p_ != ' ' || p_ == method) return stop();
    head_.request.method = {method, static_cast<std::size_t>(p_ - method)};
    const char* const target = ++p_;
    p_ = skip(target_character, p_);
    if (*p_ != ' ' || p_ == target) return stop();
    head_.request.target = {target, static_cast<std::size_t>(p_ - target)};
    ++p_;
    int status = 0;
    if (!version(status) || !line_end()) return false;
    if (status == 0) status = classify_target(head_.request);
    return status == 0 || stop_with(status);
  }

  /// A well-formed version of another major number is answered 505, but only when its line is complete.
  bool version(int& status) noexcept {
    for (const char expected : {'H', 'T', 'T', 'P', '/'}) {
      if (*p_ != expected) return stop();
      ++p_;
    }
    if (*p_ < '0' || *p_ > '9') return stop();
    const char major = *p_++;
    if (*p_ != '.') return stop();
    ++p_;
    if (*p_ < '0' || *p_ > '9') return stop();
    const char minor = *p_++;
    if (major != '1') status = 505;
    head_.request.minor_version = minor == '0' ? 0 : 1;
    return true;
  }

  /// A name followed at once by a colon: a space before it, or a folded line, is no token and refused.
  bool header_line(FieldRules& rules) noexcept {
    const char* const name = p_;
    p_ = skip(token_character, p_);
    if (*p_ != ':' || p_ == name) return stop();
    const char* const name_end = p_++;
    while (*p_ == ' ' || *p_ == '\t') ++p_;
    const char* const value = p_;
    p_ = skip(value_character, p_);
    const char* value_end = p_;
    if (!line_end()) return false;
    while (value_end > value && (value_end[-1] == ' ' || value_end[-1] == '\t')) --value_end;

    Request& request = head_.request;
    if (request.header_count == max_header_lines) return stop_with(431);
    Header& header = request.header_lines[request.header_count++];
    header.name = {name, static_cast<std::size_t>(name_end - name)};
    header.value = {value, static_cast<std::size_t>(value_end - value)};
    const int status = rules.note(header);
    return status == 0 || stop_with(status);
  }

  bool stop_with(int status) noexcept {
    refused(status);
    return false;
  }

  const char* const begin_;
  const char* const end_;
  const char* p_;
  const Limits& limits_;
  Head& head_;
  std::size_t limit_ = limits_.request_line_bytes;
  int limit_status_ = 414;
  bool past_request_line_ = false;
  HeadResult result_;
};

/// True when nothing that came since the last attempt can complete a line or break a limit. Without it, a head that
/// arrives octet by octet would cost the square of its length.
bool nothing_new(std::string_view input, const Limits& limits, const HeadProgress& progress) noexcept {
  if (progress.scanned == 0) return false;
  const std::size_t limit = progress.past_request_line ? limits.head_bytes : limits.request_line_bytes;
  return input.size() <= limit &&
         std::memchr(input.data() + progress.scanned, '\n', input.size() - progress.scanned) == nullptr;
}

}  // namespace

HeadResult parse_head(std::string_view input, const Limits& limits, HeadProgress& progress, Head& head) noexcept {
  HeadResult result;
  if (!nothing_new(input, limits, progress)) {
    head.request.header_count = 0;
    HeadParser parser(input, limits, head);
    result = parser.parse();
    progress.past_request_line = parser.past_request_line();
  }
  progress.scanned = input.size();
  return result;
}

}  // namespace shallop::http
