// SPDX-License-Identifier: Apache-2.0
#include "architecture/repository.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace shallop::architecture {
namespace {

std::vector<std::string> includes(const Path& file, char open, char close) {
  std::vector<std::string> paths;
  for (const std::string& line : read_lines(file)) {
    const size_t hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line[hash] != '#') continue;
    const size_t directive = line.find_first_not_of(" \t", hash + 1);
    if (directive == std::string::npos || !std::string_view{line}.substr(directive).starts_with("include")) continue;
    const size_t begin = line.find(open, directive);
    const size_t end = begin == std::string::npos ? begin : line.find(close, begin + 1);
    if (end != std::string::npos) paths.push_back(line.substr(begin + 1, end - begin - 1));
  }
  return paths;
}

}  // namespace

std::vector<std::string> read_lines(const Path& file) {
  std::ifstream stream{file};
  if (!stream) throw std::runtime_error{"cannot read " + file.string()};
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<Path> files_below(const Path& folder, const std::set<std::string>& extensions) {
  std::vector<Path> files;
  if (!std::filesystem::is_directory(folder)) return files;
  for (auto entry = std::filesystem::recursive_directory_iterator{folder};
       entry != std::filesystem::recursive_directory_iterator{}; ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory() && (name == "build" || name.starts_with('.'))) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file() && extensions.contains(entry->path().extension().string())) {
      files.push_back(entry->path().lexically_normal());
    }
  }
  std::ranges::sort(files);
  return files;
}

std::vector<Path> sources_below(const Path& folder) {
  return files_below(folder, {".c", ".cpp", ".h", ".hpp", ".def"});
}

std::vector<std::string> quoted_includes(const Path& file) { return includes(file, '"', '"'); }
std::vector<std::string> angled_includes(const Path& file) { return includes(file, '<', '>'); }

std::vector<std::string> quoted_words(std::string_view line, char between) {
  std::vector<std::string> words;
  for (size_t begin = line.find(between); begin != std::string_view::npos;) {
    const size_t end = line.find(between, begin + 1);
    if (end == std::string_view::npos) break;
    words.emplace_back(line.substr(begin + 1, end - begin - 1));
    begin = line.find(between, end + 1);
  }
  return words;
}

DependencyTable read_dependency_table() {
  DependencyTable table;
  bool inside = false;
  for (const std::string& line : read_lines("ARCHITECTURE.md")) {
    if (line.starts_with("| folder | may include |")) {
      inside = true;
    } else if (inside && !line.starts_with('|')) {
      break;
    } else if (inside && line.starts_with("| `")) {
      const std::vector<std::string> words = quoted_words(line, '`');
      table[words.front()] = {words.begin() + 1, words.end()};
    }
  }
  return table;
}

}  // namespace shallop::architecture
