// SPDX-License-Identifier: Apache-2.0
#include "field_rules.hpp"

#include <algorithm>
#include <limits>

#include "target.hpp"
#include "text_comparison.hpp"

namespace shallop::http {
namespace {

constexpr int accepted = 0;
constexpr int bad_request = 400;
constexpr int length_required = 411;
constexpr int expectation_failed = 417;
constexpr int not_implemented = 501;

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Calls `visit` with each member of a comma-separated list, the empty ones left out (RFC 9110, 5.6.1).
template <typename Visit>
void for_each_member(std::string_view list, Visit visit) noexcept {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view member = trim(list.substr(0, comma));
    if (!member.empty()) visit(member);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

/// Methods of which HTTP/1.0 requires a Content-Length (RFC 1945, 8.3), since their body could not be told from the
/// next request otherwise.
bool anticipates_body(std::string_view method) noexcept {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

int FieldRules::note(const Header& header) noexcept {
  switch (header.name.size()) {
    case 4: return token_is(header.name, "host") ? note_host(header.value) : accepted;
    case 6: return token_is(header.name, "expect") ? note_expect(header.value) : accepted;
    case 10:
      if (token_is(header.name, "connection")) note_connection(header.value);
      return accepted;
    case 14: return token_is(header.name, "content-length") ? note_content_length(header.value) : accepted;
    case 17: return token_is(header.name, "transfer-encoding") ? note_transfer_encoding(header.value) : accepted;
    default: return accepted;
  }
}

int FieldRules::note_host(std::string_view value) noexcept {
  if (has_host_ || !valid_authority(value)) return bad_request;
  has_host_ = true;
  host_ = value;
  return accepted;
}

int FieldRules::note_content_length(std::string_view value) noexcept {
  if (has_content_length_ || value.empty()) return bad_request;
  has_content_length_ = true;
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  for (const char c : value) {
    if (c < '0' || c > '9') return bad_request;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    // A number beyond 64 bits stays at the greatest one, which exceeds every limit.
    content_length_ = content_length_ > (most - digit) / 10 ? most : content_length_ * 10 + digit;
  }
  return accepted;
}

int FieldRules::note_transfer_encoding(std::string_view value) noexcept {
  if (has_transfer_encoding_) return bad_request;
  has_transfer_encoding_ = true;
  bool chunked_is_last = false;
  bool behind_chunked = false;
  for_each_member(value, [&](std::string_view coding) {
    behind_chunked = behind_chunked || chunked_is_last;
    chunked_is_last = equal_ignoring_case(coding, "chunked");
    has_unknown_coding_ = has_unknown_coding_ || !chunked_is_last;
  });
  return chunked_is_last && !behind_chunked ? accepted : bad_request;
}

int FieldRules::note_expect(std::string_view value) noexcept {
  if (equal_ignoring_case(value, "100-continue")) {
    expects_continue_ = true;
  } else {
    has_unknown_expectation_ = true;
  }
  return accepted;
}

void FieldRules::note_connection(std::string_view value) noexcept {
  for_each_member(value, [&](std::string_view option) {
    says_close_ = says_close_ || equal_ignoring_case(option, "close");
    says_keep_alive_ = says_keep_alive_ || equal_ignoring_case(option, "keep-alive");
  });
}

int FieldRules::apply(Head& head) const noexcept {
  Request& request = head.request;
  const bool http_1_0 = request.minor_version == 0;
  if (!has_host_ && !http_1_0) return bad_request;
  if (request.form == TargetForm::origin || request.form == TargetForm::asterisk) request.authority = host_;
  if (has_transfer_encoding_ && (has_content_length_ || http_1_0)) return bad_request;
  if (has_unknown_coding_) return not_implemented;
  if (http_1_0 && !has_content_length_ && anticipates_body(request.method)) return length_required;
  if (has_unknown_expectation_ && !http_1_0) return expectation_failed;

  head.framing.content_length = content_length_;
  head.framing.chunked = has_transfer_encoding_;
  head.framing.keep_alive = !says_close_ && (!http_1_0 || says_keep_alive_);
  head.framing.expects_continue = expects_continue_ && !http_1_0;
  return accepted;
}

}  // namespace shallop::http
