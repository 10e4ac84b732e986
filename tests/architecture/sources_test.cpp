// SPDX-License-Identifier: Apache-2.0
// What holds for every source file, whoever wrote it.
#include <gtest/gtest.h>

#include "architecture/repository.hpp"

namespace shallop::architecture {
namespace {

std::vector<Path> our_sources() {
  std::vector<Path> files;
  for (const char* top : {"abi", "benchmarks", "examples", "guest", "src", "tests"}) {
    for (const Path& file : sources_below(top)) files.push_back(file);
  }
  return files;
}

TEST(Sources, OpenWithTheLicence) {
  for (const Path& file : our_sources()) {
    const std::vector<std::string> lines = read_lines(file);
    const bool has_spdx = !lines.empty() && lines.front().contains("SPDX-License-Identifier: Apache-2.0");
    EXPECT_TRUE(has_spdx) << file << ": the first line is no SPDX line";
  }
}

TEST(Sources, HaveNamesThatSayWhatTheyHold) {
  const std::set<std::string> empty_words{"util", "utils", "common", "helper", "helpers", "misc", "manager"};
  for (const Path& file : our_sources()) {
    for (const Path& part : file) EXPECT_FALSE(empty_words.contains(part.stem().string())) << file;
  }
}

}  // namespace
}  // namespace shallop::architecture
