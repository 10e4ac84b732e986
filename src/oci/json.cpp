// SPDX-License-Identifier: Apache-2.0
#include "oci/json.hpp"

#include <fmt/format.h>

namespace shallop::oci {
namespace {

// Writing and destroying recurse. Engines nest some six levels.
constexpr int depth_max = 100;

// Of arrays and objects, before anything is made of them.
bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool is_in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_in_string && text[i] == '\\') {
      ++i;  // whatever it is, it does not end the string
    } else if (is_in_string) {
      is_in_string = text[i] != '"';
    } else if (text[i] == '"') {
      is_in_string = true;
    } else if (text[i] == '{' || text[i] == '[') {
      if (++depth > depth_max) return true;
    } else if (text[i] == '}' || text[i] == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::expected<Json, std::string> parse_json(std::string_view text) {
  if (is_too_deep(text)) return std::unexpected(fmt::format("it is nested more than {} levels deep", depth_max));
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
    const std::string_view what = error.what();
    const size_t behind = what.find("] ");
    return std::unexpected(fmt::format("it is no JSON: {}", what.substr(behind == what.npos ? 0 : behind + 2)));
  }
}

std::optional<std::string> write_json(const Json& json) {
  try {
    return json.dump();
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

const Json& member(const Json& json, std::string_view name) {
  static const Json none;
  if (!json.is_object()) return none;
  const auto found = json.find(name);
  return found == json.end() ? none : *found;
}

const Json& member(const Json& json, std::initializer_list<std::string_view> path) {
  const Json* at = &json;
  for (const std::string_view name : path) at = &member(*at, name);
  return *at;
}

std::string text_of(const Json& json) { return json.is_string() ? json.get<std::string>() : std::string(); }

std::vector<std::string> texts_of(const Json& json) {
  std::vector<std::string> texts;
  if (!json.is_array()) return texts;
  for (const Json& each : json) {
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  return texts;
}

}  // namespace shallop::oci
