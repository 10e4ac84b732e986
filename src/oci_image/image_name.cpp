// SPDX-License-Identifier: Apache-2.0
#include "oci_image/image_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace shallop::oci_image {
namespace {

constexpr size_t name_size_max = 255;
constexpr size_t tag_size_max = 128;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= tag_size_max && is_word(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

// Between letters and digits stand one dot, one or two underscores, or any number of dashes.
bool is_path_component(std::string_view text) {
  if (text.empty() || !is_lower_or_digit(text.front()) || !is_lower_or_digit(text.back())) return false;
  for (size_t at = 0; at < text.size();) {
    if (is_lower_or_digit(text[at])) {
      ++at;
      continue;
    }
    const size_t end = std::min(text.find_first_not_of(text[at], at), text.size());
    const size_t most = text[at] == '.' ? 1 : text[at] == '_' ? 2 : text[at] == '-' ? name_size_max : 0;
    if (end - at > most || !is_lower_or_digit(text[end])) return false;
    at = end;
  }
  return true;
}

bool is_path(std::string_view text) {
  for (;;) {
    const size_t slash = text.find('/');
    if (!is_path_component(text.substr(0, slash))) return false;
    if (slash == text.npos) return true;
    text.remove_prefix(slash + 1);
  }
}

// What stands before the first slash is a domain if it cannot be a part of a path.
bool looks_like_domain(std::string_view text) {
  return text == "localhost" || text.find_first_of(".:") != text.npos ||
         std::ranges::any_of(text, [](unsigned char c) { return std::isupper(c) != 0; });
}

bool is_domain(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return is_word(c) || std::string_view(".-:[]").contains(c); });
}

}  // namespace

std::expected<ImageName, std::string> parse_image_name(std::string_view text) {
  if (text.contains('@')) return std::unexpected("a name is given by a tag, not by a digest");
  const size_t colon = text.rfind(':');
  const bool has_tag = colon != text.npos && text.find('/', colon) == text.npos;
  const std::string_view name = has_tag ? text.substr(0, colon) : text;
  const std::string_view tag = has_tag ? text.substr(colon + 1) : "latest";
  if (!is_tag(tag)) {
    return std::unexpected(
        fmt::format("the tag '{}' is not of letters, digits, '.', '_' and '-', {} at most", tag, tag_size_max));
  }
  const size_t slash = name.find('/');
  const bool has_domain = slash != name.npos && looks_like_domain(name.substr(0, slash));
  const std::string_view domain = has_domain ? name.substr(0, slash) : "docker.io";
  const std::string_view path = has_domain ? name.substr(slash + 1) : name;
  if (name.size() > name_size_max || !is_domain(domain) || !is_path(path)) {
    return std::unexpected("names are like service:1 or registry.example/team/service:1, in small letters");
  }
  const bool is_official = domain == "docker.io" && !path.contains('/');
  return ImageName{.short_name = fmt::format("{}:{}", name, tag),
                   .full_name = fmt::format("{}/{}{}:{}", domain, is_official ? "library/" : "", path, tag),
                   .tag = std::string(tag)};
}

std::string image_path_of(std::string_view file_name) {
  std::string path;
  for (const char each : file_name.substr(0, file_name.rfind(".wasm"))) {
    const auto small = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    if (is_lower_or_digit(small)) {
      path += small;
    } else if (!path.empty() && is_lower_or_digit(path.back())) {
      path += small == '_' || small == '.' ? small : '-';
    }
  }
  path.resize(std::min<size_t>(path.size(), 64));
  while (!path.empty() && !is_lower_or_digit(path.back())) path.pop_back();
  return path.empty() ? "app" : path;
}

}  // namespace shallop::oci_image
