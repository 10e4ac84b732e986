// SPDX-License-Identifier: Apache-2.0
// Plays the transcripts, a case for each step.
#include "cli/transcript.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <ostream>

#include "cli/workshop.hpp"

namespace shallop::cli {
namespace {

constexpr bool sanitized = __has_feature(address_sanitizer);

struct Case {
  std::filesystem::path file;
  size_t step = 0;
};

void PrintTo(const Case& each, std::ostream* stream) { *stream << each.file.filename() << ", step " << each.step + 1; }

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  const auto add_folder = [&](const std::filesystem::path& folder) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      const size_t steps = read_transcript(entry.path()).steps.size();
      for (size_t i = 0; i < steps; ++i) cases.push_back({entry.path(), i});
    }
  };
  add_folder(CLI_TEST_TRANSCRIPTS);
#ifdef CLI_TEST_HAS_COMPILER
  add_folder(std::filesystem::path(CLI_TEST_TRANSCRIPTS) / "with_compiler");
#endif
  return cases;
}

// GoogleTest's names have letters, digits and underscores.
std::string case_name(const testing::TestParamInfo<Case>& info) {
  std::string name =
      info.param.file.stem().string() + '_' + read_transcript(info.param.file).steps[info.param.step].title;
  for (char& each : name) {
    if (std::isalnum(static_cast<unsigned char>(each)) == 0) each = '_';
  }
  return name;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

class TranscriptTest : public testing::TestWithParam<Case> {};

TEST_P(TranscriptTest, IsAsWritten) {
  const auto& [file, index] = GetParam();
  Transcript transcript = read_transcript(file);
  Step& step = transcript.steps[index];
  if (sanitized && step.script.contains("ulimit -v")) GTEST_SKIP() << "AddressSanitizer needs its address space";
  if (sanitized && step.script.contains("--confine ")) GTEST_SKIP() << "LeakSanitizer reads /proc";
  ASSERT_FALSE(step.script.empty()) << "the step has no line that begins with '$ '";

  const Workshop workshop;
  const auto [out, err, status] = workshop.start_script(step.script)->wait();
  const std::vector<std::string> lines = result_lines(out, err, status);
  if (matches(step.expected, lines)) return;
  if (std::getenv("SHALLOP_BLESS") != nullptr) {
    step.expected = lines;
    write_transcript(file, transcript);
    return;
  }
  ADD_FAILURE() << file << ", '" << step.title << "'\n$ " << step.script << "expected:\n"
                << joined(step.expected) << "got:\n"
                << joined(lines);
}

INSTANTIATE_TEST_SUITE_P(All, TranscriptTest, testing::ValuesIn(all_cases()), case_name);

TEST(TranscriptMatch, WildcardStandsForAnyCharactersOfALine) {
  EXPECT_TRUE(matches({"> a [..] c", "= 1"}, {"> a b c", "= 1"}));
  EXPECT_TRUE(matches({"> [..]"}, {"> "}));
  EXPECT_FALSE(matches({"> a [..] c"}, {"> a b d"}));
  EXPECT_FALSE(matches({"> a"}, {"> a", "> b"}));
  EXPECT_FALSE(matches({"> a", "> b"}, {"> a"}));
}

TEST(TranscriptMatch, ALineWithoutItsEndIsShown) {
  EXPECT_EQ(result_lines("one\n\ntwo", "", 3), (std::vector<std::string>{"> one", ">", "> two\\c", "= 3"}));
}

}  // namespace
}  // namespace shallop::cli
