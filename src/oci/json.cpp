// SPDX-License-Identifier: Apache-2.0
#include "oci/json.hpp"

#include <fmt/format.h>

namespace shallop::oci {
namespace {

// Writing and destroying recurse. Engines nest some six levels.
constexpr int depth_max = 100;

}  // namespace

std::expected<Json, std::string> parse_json(std::string_view text) {
  bool is_too_deep = false;
  const auto limit = [&](int depth, Json::parse_event_t, Json&) {
    is_too_deep |= depth > depth_max;
    return !is_too_deep;
  };
  std::string reason;
  Json json;
  try {
    json = Json::parse(text, limit);
  } catch (const Json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
    const std::string_view what = error.what();
    const size_t behind = what.find("] ");
    reason = fmt::format("it is no JSON: {}", what.substr(behind == what.npos ? 0 : behind + 2));
  }
  if (is_too_deep) reason = fmt::format("it is nested more than {} levels deep", depth_max);
  if (!reason.empty()) return std::unexpected(reason);
  return json;
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
