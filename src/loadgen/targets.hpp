// SPDX-License-Identifier: Apache-2.0
// Requests as a user describes them, made into the plan's targets and origins, with names resolved.
#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "loadgen/plan.hpp"
#include "loadgen/url.hpp"

namespace shallop::loadgen {

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

struct RequestDescription {
  std::string method = "GET";
  Url url;
  HeaderFields headers;  // Host (or :authority) only when it is not the URL's
  std::string body;
};

// "Name: value" or "Name:value". The error is a sentence.
std::expected<std::pair<std::string, std::string>, std::string> parse_header_field(std::string_view text);

// Requests of a file: a line each, `[METHOD] URL [@BODYFILE]`; empty lines and lines with # are skipped. What a line
// does not say is taken from `pattern`. The error is a sentence with the line's number.
std::expected<std::vector<RequestDescription>, std::string> parse_request_file(std::string_view text,
                                                                               const RequestDescription& pattern);

// A whole file as a body. The error is a sentence.
std::expected<std::string, std::string> read_body(const std::string& path);

// Adds the requests to the plan. `unix_path` stands for every server's address when it is not empty. Asks the resolver.
// The error is a sentence.
std::expected<void, std::string> add_targets(Plan& plan, const std::vector<RequestDescription>& requests,
                                             const std::string& unix_path);

}  // namespace shallop::loadgen
