// SPDX-License-Identifier: Apache-2.0
#include "compare/markdown.hpp"

#include <fmt/format.h>

namespace shallop::compare {

std::string escaped_markdown(std::string_view text) {
  std::string result;
  for (const char each : text) {
    if (each == '|' || each == '<' || each == '>' || each == '*' || each == '_' || each == '`' || each == '~')
      result += '\\';
    result += each == '\n' ? ' ' : each;
  }
  return result;
}

std::string markdown_line(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& each : cells) text += fmt::format(" {} |", escaped_markdown(each));
  return text + '\n';
}

std::string markdown_heading(const std::vector<std::string>& cells, size_t names) {
  std::string text = markdown_line(cells) + "|";
  for (size_t i = 0; i < cells.size(); ++i) text += i < names ? "---|" : "---:|";
  return text + '\n';
}

}  // namespace shallop::compare
