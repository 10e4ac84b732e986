// SPDX-License-Identifier: Apache-2.0
// JSON as shallop-oci reads and writes it: members keep their order. Whatever a file holds, reading it neither throws
// nor exhausts the stack.
#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shallop::oci {

using Json = nlohmann::ordered_json;

// The error is the rest of a sentence: "it is no JSON: ...".
std::expected<Json, std::string> parse_json(std::string_view text);

// Nothing where a string is not valid UTF-8.
std::optional<std::string> write_json(const Json& json);

// The member of an object; null where `json` is no object or has no such member.
const Json& member(const Json& json, std::string_view name);
// The same through several objects.
const Json& member(const Json& json, std::initializer_list<std::string_view> path);

// Empty where it is no string.
std::string text_of(const Json& json);
// Only the strings of an array.
std::vector<std::string> texts_of(const Json& json);

}  // namespace shallop::oci
