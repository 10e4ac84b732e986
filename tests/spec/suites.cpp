// SPDX-License-Identifier: Apache-2.0
#include "spec/suites.hpp"

#include <algorithm>
#include <cstdlib>

namespace shallop::spec {

namespace fs = std::filesystem;

fs::path suites_folder() {
  const char* named = std::getenv("SHALLOP_SUITES");
  return named != nullptr && *named != '\0' ? named : "../shared/suites";
}

std::vector<Script> list_scripts(const std::string& folder, Features features) {
  std::vector<Script> scripts;
  const fs::path root = suites_folder() / "spec" / folder;
  if (!fs::is_directory(root)) return scripts;
  for (const auto& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    const fs::path file = entry.path() / (name + ".json");
    if (fs::exists(file)) {
      scripts.push_back({.name = (fs::path(folder) / name).string(), .file = file, .features = features});
    }
  }
  std::ranges::sort(scripts, {}, &Script::name);
  return scripts;
}

}  // namespace shallop::spec
