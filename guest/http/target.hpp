// SPDX-License-Identifier: Apache-2.0
// The four forms of a request target (RFC 9112, 3.2).
#pragma once

#include <string_view>

#include "shallop/http/request.hpp"

namespace shallop::http {

/// host [":" port], without user information. An empty one is what a client without a host sends, and valid. Behind the
/// view stands an octet that no host holds, as in every request.
bool valid_authority(std::string_view authority) noexcept;

/// Sets form, path, query and the authority of the absolute form. Gives 0, or the status that refuses the target.
int classify_target(Request& request) noexcept;

}  // namespace shallop::http
