// SPDX-License-Identifier: Apache-2.0
#include "shallop/http/request.hpp"

#include "text_comparison.hpp"

namespace shallop::http {

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

std::string_view Request::header(std::string_view name) const noexcept {
  for (const Header& candidate : headers()) {
    if (equal_ignoring_case(candidate.name, name)) return candidate.value;
  }
  return {};
}

}  // namespace shallop::http
