// SPDX-License-Identifier: Apache-2.0
#include "cli/workshop.hpp"

#include <stdlib.h>

#include <system_error>

namespace shallop::cli {
namespace {

std::vector<std::string> environment() {
  const std::filesystem::path program = SHALLOP_PROGRAM;
  std::vector<std::string> variables{"PATH=" + program.parent_path().string() + ":/usr/bin:/bin", "LC_ALL=C"};
  // Of ours only what a sanitizer wants to know.
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (const char* value = ::getenv(name)) variables.push_back(std::string(name) + '=' + value);
  }
  return variables;
}

}  // namespace

Workshop::Workshop() {
  std::string name = std::filesystem::temp_directory_path() / "shallop-cli-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::system_category(), "mkdtemp");
  directory_ = name;
  for (const auto& module : std::filesystem::directory_iterator(CLI_TEST_MODULES)) {
    if (module.path().extension() == ".wasm") create_symlink(module.path(), directory_ / module.path().filename());
  }
}

Workshop::~Workshop() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::unique_ptr<Process> Workshop::start(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), SHALLOP_PROGRAM);
  return std::make_unique<Process>(arguments, directory_, environment());
}

std::unique_ptr<Process> Workshop::start_script(const std::string& script) const {
  return std::make_unique<Process>(std::vector<std::string>{"/bin/sh", "-c", script}, directory_, environment());
}

}  // namespace shallop::cli
