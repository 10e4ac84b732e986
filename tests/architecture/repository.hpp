// SPDX-License-Identifier: Apache-2.0
// The repository as the architecture tests read it. They run with its top as working directory; paths are relative to
// it.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace shallop::architecture {

using Path = std::filesystem::path;

std::vector<std::string> read_lines(const Path& file);

// Files below `folder` that have one of `extensions`, sorted; build trees and hidden folders are left out.
std::vector<Path> files_below(const Path& folder, const std::set<std::string>& extensions);
std::vector<Path> sources_below(const Path& folder);

// The paths of the #include "..." lines of `file`, as written.
std::vector<std::string> quoted_includes(const Path& file);
// The paths of its #include <...> lines.
std::vector<std::string> angled_includes(const Path& file);

// The contents of `between`...`between` pairs in `line`, such as the words in backticks.
std::vector<std::string> quoted_words(std::string_view line, char between);

// ARCHITECTURE.md's table "Who may include whom": folder -> what it may include, each a folder or one header of it.
using DependencyTable = std::map<std::string, std::set<std::string>>;
DependencyTable read_dependency_table();

}  // namespace shallop::architecture
