// SPDX-License-Identifier: Apache-2.0
#include "cli/transcript.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace shallop::cli {
namespace {

void append_stream(std::vector<std::string>& lines, char mark, std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string line{mark};
    if (end > 0) line.append(" ").append(text.substr(0, end));
    // A last line without its end is another output.
    if (end == text.size()) line += "\\c";
    lines.push_back(std::move(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool line_matches(std::string_view pattern, std::string_view line) {
  constexpr std::string_view anything = "[..]";
  const size_t wildcard = pattern.find(anything);
  if (wildcard == pattern.npos) return pattern == line;
  if (!line.starts_with(pattern.substr(0, wildcard))) return false;
  const std::string_view rest = pattern.substr(wildcard + anything.size());
  for (size_t start = wildcard; start <= line.size(); ++start) {
    if (line_matches(rest, line.substr(start))) return true;
  }
  return false;
}

}  // namespace

Transcript read_transcript(const std::filesystem::path& file) {
  Transcript transcript;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("# ")) {
      transcript.steps.push_back({.title = line.substr(2), .script = {}, .expected = {}});
    } else if (transcript.steps.empty()) {
      transcript.comment += line + '\n';
    } else if (line.starts_with("$ ")) {
      transcript.steps.back().script += line.substr(2) + '\n';
    } else if (!line.empty()) {
      transcript.steps.back().expected.push_back(line);
    }
  }
  return transcript;
}

void write_transcript(const std::filesystem::path& file, const Transcript& transcript) {
  std::ofstream stream(file);
  stream << transcript.comment;
  bool first = true;
  for (const Step& step : transcript.steps) {
    if (!std::exchange(first, false)) stream << '\n';
    stream << "# " << step.title << '\n';
    std::istringstream script(step.script);
    for (std::string line; std::getline(script, line);) stream << "$ " << line << '\n';
    for (const std::string& line : step.expected) stream << line << '\n';
  }
}

std::vector<std::string> result_lines(std::string_view out, std::string_view err, int status) {
  std::vector<std::string> lines;
  append_stream(lines, '>', out);
  append_stream(lines, '!', err);
  if (status != 0) lines.push_back("= " + std::to_string(status));
  return lines;
}

bool matches(const std::vector<std::string>& expected, const std::vector<std::string>& lines) {
  return std::ranges::equal(expected, lines, line_matches);
}

}  // namespace shallop::cli
