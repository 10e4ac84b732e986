// SPDX-License-Identifier: Apache-2.0
// Golden listings: each .wat file here ends with the slot code that its functions are lowered to, as comments. With
// SHALLOP_BLESS=1 in the environment the listings are rewritten; read the difference before you commit it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "binary/decode.hpp"
#include "interpreter/code.hpp"
#include "interpreter/print.hpp"

namespace shallop {
namespace {

constexpr std::string_view marker = "\n;; --- slot code ---\n";

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string listing_of(const std::filesystem::path& wat) {
  const auto wasm = std::filesystem::temp_directory_path() /
                    ("shallop-lowering-" + std::to_string(getpid()) + wat.stem().string() + ".wasm");
  const std::string command = std::string(SHALLOP_WAT2WASM) +
                              " --enable-threads --enable-multi-memory --enable-tail-call '" + wat.string() + "' -o '" +
                              wasm.string() + "'";
  if (std::system(command.c_str()) != 0) return "wat2wasm failed";
  auto bytes = read_file(wasm.string(), size_t{1} << 20);
  const auto module = validate(decode(std::move(bytes.value())));
  std::filesystem::remove(wasm);
  const interpreter::ModuleCode code(module);
  std::string listing;
  for (uint32_t i = 0; i < (*module)->functions.size(); ++i) {
    listing += "function " + std::to_string(i) + ", " +
               interpreter::print(code, code.function(interpreter::MemoryAccess::guarded, i));
  }
  return listing;
}

std::string as_comments(const std::string& listing) {
  std::string comments;
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) comments += ";; " + line + "\n";
  return comments;
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(SHALLOP_LOWERING_CASES)) {
    if (entry.path().extension() == ".wat") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Lowering : public testing::TestWithParam<std::string> {};

TEST_P(Lowering, MakesTheListedCode) {
  const std::filesystem::path path = std::filesystem::path(SHALLOP_LOWERING_CASES) / (GetParam() + ".wat");
  const std::string text = read_text(path);
  const size_t end = text.find(marker);
  const std::string source = text.substr(0, end);
  const std::string listing = as_comments(listing_of(path));
  if (std::getenv("SHALLOP_BLESS") != nullptr) {
    std::ofstream(path) << source << marker << listing;
    return;
  }
  ASSERT_NE(end, std::string::npos) << path << " has no listing: run with SHALLOP_BLESS=1";
  EXPECT_EQ(text.substr(end + marker.size()), listing);
}

INSTANTIATE_TEST_SUITE_P(Cases, Lowering, testing::ValuesIn(cases()),
                         [](const testing::TestParamInfo<std::string>& info) { return info.param; });

}  // namespace
}  // namespace shallop
