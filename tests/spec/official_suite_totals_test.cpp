// SPDX-License-Identifier: Apache-2.0
// tools/official_suite_totals.awk, which sums what the cases of official_suite_test.cpp print.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

#include "support/temporary_directory.hpp"

namespace shallop::spec {
namespace {

std::string totals_of(const std::string& printed) {
  const TemporaryDirectory directory;
  directory.write("printed", printed);
  const std::string command = "awk -v preset=release -f tools/official_suite_totals.awk " + (directory / "printed");
  std::FILE* pipe = ::popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::string totals;
  std::array<char, 256> chunk;
  while (const size_t size = std::fread(chunk.data(), 1, chunk.size(), pipe)) totals.append(chunk.data(), size);
  EXPECT_EQ(::pclose(pipe), 0);
  return totals;
}

TEST(OfficialSuiteTotals, AreSummedByFolder) {
  EXPECT_EQ(
      totals_of("<system-out>[ RUN      ] Wasm/OfficialSuite.Script/interpreter_wasm3_core_return_call\n"
                "official suite wasm3/core/return_call: return_call.0.wasm ran with its typed function references\n"
                "official suite wasm3/core: 47 passed, 0 failed, 0 failed as expected, skipped: 2 (memory64)\n"
                "official suite wasm3/simd: 7 passed, 0 failed, 0 failed as expected, skipped: 0\n"
                "official suite wasm3/core: 0 passed, 0 failed, 0 failed as expected, skipped: 1 (text format)\n"
                "official suite wasm3/core: 8 passed, 1 failed, 3 failed as expected, skipped: 4 (memory64) 11 "
                "(text format)\n"),
      "official suite wasm3/core in release: 55 passed, 1 failed, 3 failed as expected, skipped: 6 (memory64) 12 "
      "(text format); 1 of 3 cases ran nothing\n"
      "official suite wasm3/simd in release: 7 passed, 0 failed, 0 failed as expected, skipped: 0; 0 of 1 cases ran "
      "nothing\n");
}

TEST(OfficialSuiteTotals, AreNoneWhereNothingWasPrinted) { EXPECT_EQ(totals_of("[  PASSED  ] 1 test.\n"), ""); }

}  // namespace
}  // namespace shallop::spec
