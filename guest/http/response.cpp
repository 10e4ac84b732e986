// SPDX-License-Identifier: Apache-2.0
#include "shallop/http/response.hpp"

#include "character_classes.hpp"
#include "shallop/http/request.hpp"

namespace shallop::http {
namespace {

bool belongs_to_server(std::string_view name) noexcept {
  for (const std::string_view own : {"content-length", "transfer-encoding", "connection", "date"}) {
    if (equal_ignoring_case(name, own)) return true;
  }
  return false;
}

}  // namespace

void Response::add_header(std::string_view name, std::string_view value) {
  if (name.empty() || !consists_of(token_character, name) || !consists_of(value_character, value) ||
      belongs_to_server(name)) {
    valid_ = false;
    return;
  }
  header_lines_.append(name).append(": ").append(value).append("\r\n");
}

void Response::clear() noexcept {
  header_lines_.clear();
  body_.clear();
  status_ = 200;
  close_ = false;
  valid_ = true;
}

}  // namespace shallop::http
