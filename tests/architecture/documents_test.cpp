// SPDX-License-Identifier: Apache-2.0
// Every path that a document names exists: links, and words in backticks that look like a path of this repository.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "architecture/repository.hpp"

namespace shallop::architecture {
namespace {

// Below the top or below src/, as in `runtime/store.hpp`, or beside the document.
bool exists(const Path& document, const std::string& path) {
  return std::ranges::any_of(std::vector<Path>{".", "src", document.parent_path()},
                             [&](const Path& root) { return std::filesystem::exists(root / path); });
}

// As in tests/fuzz/found/TARGET or kernels/NAME.cpp; README.md is none.
bool has_placeholder(const Path& path) {
  return std::ranges::any_of(path, [](const Path& part) {
    const std::string stem = part.stem().string();
    return part.extension() != ".md" && std::ranges::all_of(stem, [](unsigned char c) { return std::isupper(c); });
  });
}

// A word is taken for a path when it ends like a source or document, or begins with one of our folders. Patterns,
// placeholders and what a build leaves behind are not.
bool looks_like_path(const Path& document, const std::string& word) {
  const bool plain =
      std::ranges::all_of(word, [](unsigned char c) { return std::isalnum(c) || std::strchr("._-/", c); });
  if (!plain || word.empty() || word.starts_with('/') || word.starts_with("../") || word.starts_with("build/") ||
      has_placeholder(word))
    return false;
  // Files of others: of an OCI bundle, and of podman's hooks.
  static const std::set<std::string> foreign{"config.json", "oci.json"};
  if (foreign.contains(word)) return false;
  static const std::set<std::string> extensions{".hpp", ".cpp",   ".h",  ".c",    ".def",
                                                ".md",  ".cmake", ".sh", ".json", ".txt"};
  if (extensions.contains(Path{word}.extension().string()) && !word.starts_with('.')) return true;
  const size_t slash = word.find('/');
  return slash != std::string::npos && exists(document, word.substr(0, slash));
}

// The targets of [text](target) in `line` that lie in this repository, without their #anchor.
std::vector<std::string> link_targets(const std::string& line) {
  std::vector<std::string> targets;
  for (size_t at = line.find("]("); at != std::string::npos; at = line.find("](", at + 2)) {
    const std::string target = line.substr(at + 2, line.find(')', at) - at - 2);
    const std::string path = target.substr(0, target.find('#'));
    if (!path.empty() && !path.contains("://")) targets.push_back(path);
  }
  return targets;
}

TEST(Documents, NameOnlyPathsThatExist) {
  size_t checked = 0;
  for (const Path& document : files_below(".", {".md"})) {
    size_t number = 0;
    bool in_code = false;
    for (const std::string& line : read_lines(document)) {
      ++number;
      if (line.starts_with("```")) in_code = !in_code;
      if (in_code) continue;
      for (const std::string& target : link_targets(line)) {
        ++checked;
        EXPECT_TRUE(std::filesystem::exists(document.parent_path() / target))
            << document.string() << ':' << number << " links to " << target;
      }
      for (const std::string& word : quoted_words(line, '`')) {
        if (!looks_like_path(document, word)) continue;
        ++checked;
        EXPECT_TRUE(exists(document, word)) << document.string() << ':' << number << " names " << word;
      }
    }
  }
  EXPECT_GT(checked, 20U) << "the documents name fewer paths than a README and an ARCHITECTURE.md do";
}

TEST(Documents, AreThere) {
  for (const char* document : {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE",
                               "docs/decisions.md", "docs/testing.md"}) {
    EXPECT_TRUE(std::filesystem::is_regular_file(document)) << document;
  }
}

}  // namespace
}  // namespace shallop::architecture
