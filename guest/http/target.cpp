// SPDX-License-Identifier: Apache-2.0
#include "target.hpp"

#include <cstddef>

#include "character_classes.hpp"
#include "text_comparison.hpp"

namespace shallop::http {
namespace {

constexpr int bad_request = 400;

void split_path(Request& request, std::string_view path_and_query) noexcept {
  const std::size_t question_mark = path_and_query.find('?');
  request.path = path_and_query.substr(0, question_mark);
  request.query =
      question_mark == std::string_view::npos ? std::string_view{} : path_and_query.substr(question_mark + 1);
}

/// Behind "http://" or "https://"; npos for anything else, which no origin server is asked for.
std::size_t authority_position(std::string_view target) noexcept {
  const std::size_t colon = target.find(':');
  if (colon == std::string_view::npos || target.substr(colon, 3) != "://") return std::string_view::npos;
  const std::string_view scheme = target.substr(0, colon);
  if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) return std::string_view::npos;
  return colon + 3;
}

int absolute_form(Request& request) noexcept {
  const std::size_t start = authority_position(request.target);
  if (start == std::string_view::npos) return bad_request;
  const std::string_view rest = request.target.substr(start);
  const std::size_t path = rest.find_first_of("/?");
  request.form = TargetForm::absolute;
  request.authority = rest.substr(0, path);
  if (request.authority.empty() || !valid_authority(request.authority)) return bad_request;
  split_path(request, path == std::string_view::npos ? std::string_view{} : rest.substr(path));
  if (request.path.empty()) request.path = "/";
  return 0;
}

}  // namespace

bool valid_authority(std::string_view authority) noexcept {
  const char* const end = authority.data() + authority.size();
  const char* p = authority.data();
  if (authority.starts_with('[')) {
    p = skip(ip_literal_character, p + 1);
    if (p >= end || *p != ']') return false;
    ++p;
  } else {
    p = skip(host_character, p);
  }
  if (p == end) return true;
  return *p == ':' && skip(digit_character, p + 1) == end;
}

int classify_target(Request& request) noexcept {
  request.authority = {};
  if (request.target.front() == '/') {
    request.form = TargetForm::origin;
    split_path(request, request.target);
    return request.method == "CONNECT" ? bad_request : 0;
  }
  request.path = {};
  request.query = {};
  if (request.method == "CONNECT") {
    request.form = TargetForm::authority;
    request.authority = request.target;
    return valid_authority(request.target) ? 0 : bad_request;
  }
  if (request.target == "*") {
    request.form = TargetForm::asterisk;
    request.path = request.target;
    return request.method == "OPTIONS" ? 0 : bad_request;
  }
  return absolute_form(request);
}

}  // namespace shallop::http
