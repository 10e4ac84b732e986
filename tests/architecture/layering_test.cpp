// SPDX-License-Identifier: Apache-2.0
// Holds the #include lines and the CMake layers against ARCHITECTURE.md's dependency table.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "architecture/repository.hpp"

namespace shallop::architecture {
namespace {

// The row of the table that speaks for a file: the folder of src/ it is in, else its top folder.
std::string folder_of(const Path& file) {
  const Path path = file.lexically_normal();
  auto part = path.begin();
  return *part == "src" ? (++part)->string() : part->string();
}

// What an include line of `file` names, looked for as the compiler would; none when no such file exists.
std::optional<Path> resolve(const Path& file, const std::string& include) {
  for (const Path& root : {file.parent_path(), Path{"src"}, Path{"."}, Path{"guest/include"}, Path{"guest/src"}}) {
    if (std::filesystem::is_regular_file(root / include)) return (root / include).lexically_normal();
  }
  return std::nullopt;
}

// A row allows a folder as a whole (`wasm`) or one of its headers (`validation/validated_module.hpp`).
bool allows(const std::set<std::string>& row, const Path& included) {
  const Path below_src = included.begin()->string() == "src" ? included.lexically_relative("src") : included;
  return row.contains(folder_of(included)) || row.contains(below_src.string());
}

class Layering : public testing::Test {
 protected:
  const DependencyTable table_ = read_dependency_table();
};

TEST_F(Layering, EveryFolderHasARowAndEveryRowAFolder) {
  std::set<std::string> folders{"abi", "guest", "examples", "benchmarks"};
  for (const auto& entry : std::filesystem::directory_iterator{"src"}) {
    if (entry.is_directory()) folders.insert(entry.path().filename().string());
  }
  std::set<std::string> rows;
  for (const auto& [folder, row] : table_) rows.insert(folder);
  EXPECT_EQ(rows, folders);
}

TEST_F(Layering, IncludeLinesKeepToTheTable) {
  size_t checked = 0;
  for (const char* top : {"src", "abi", "guest", "examples", "benchmarks"}) {
    for (const Path& file : sources_below(top)) {
      const auto row = table_.find(folder_of(file));
      if (row == table_.end()) continue;  // the test above names the folder
      for (const std::string& include : quoted_includes(file)) {
        const std::optional<Path> included = resolve(file, include);
        if (!included) {
          ADD_FAILURE() << file << " includes \"" << include << "\", which is no file of this repository";
        } else if (folder_of(*included) != folder_of(file) && !allows(row->second, *included)) {
          ADD_FAILURE() << file << " includes \"" << include << "\", but ARCHITECTURE.md's row for `" << row->first
                        << "` does not list " << folder_of(*included);
        }
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 0U);
}

TEST_F(Layering, CMakeLayersKeepToTheTable) {
  for (const auto& [folder, row] : table_) {
    const Path file = Path{"src"} / folder / "CMakeLists.txt";
    if (!std::filesystem::is_regular_file(file)) continue;
    std::stringstream words;
    for (const std::string& line : read_lines(file)) words << line.substr(0, line.find('#')) << '\n';
    bool inside = false;
    for (std::string word; words >> word;) {
      const bool ends = word.ends_with(')');
      if (ends) word.pop_back();
      const bool listed = row.contains(word) || std::ranges::any_of(row, [&](const std::string& allowed) {
                            return allowed.starts_with(word + '/');
                          });
      if (inside && table_.contains(word)) {
        EXPECT_TRUE(listed) << file << " links the layer " << word << ", which ARCHITECTURE.md does not allow";
      }
      if (word == "LAYERS") inside = true;
      if (ends || word == "SOURCES" || word == "LIBRARIES") inside = false;
    }
  }
}

TEST_F(Layering, WasiKnowsNoEngine) {
  const auto row = table_.find("wasi");
  ASSERT_NE(row, table_.end());
  for (const char* engine : {"interpreter", "aot"}) EXPECT_FALSE(row->second.contains(engine)) << engine;
}

TEST_F(Layering, OnlyTheCompilerIncludesLlvm) {
  for (const Path& file : sources_below("src")) {
    if (file.string().starts_with("src/aot/compiler/")) continue;
    for (const std::string& include : angled_includes(file)) {
      EXPECT_FALSE(include.starts_with("llvm")) << file << " includes <" << include << ">";
    }
  }
}

}  // namespace
}  // namespace shallop::architecture
