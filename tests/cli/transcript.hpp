// SPDX-License-Identifier: Apache-2.0
// Transcripts (tests/cli/transcripts/*.txt): what is typed and what comes of it, as one would see it.
//
//   # A file that is not there                     the title of a step
//   $ shallop run nosuch.wasm                      what is typed, for /bin/sh; several such lines are one script
//   > ...                                          standard output, line by line
//   ! shallop: nosuch.wasm: there is no such file  standard error
//   = 1                                            exit status, unless it is 0
//
// "[..]" in an expected line stands for any characters. A step knows nothing of the one before. Lines before the first
// title are a comment. SHALLOP_BLESS=1 writes what came instead of what was expected; read it before you keep it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace shallop::cli {

struct Step {
  std::string title;
  std::string script;
  std::vector<std::string> expected;  // lines as in the file, beginning with '>', '!' or '='
};

struct Transcript {
  std::string comment;
  std::vector<Step> steps;
};

Transcript read_transcript(const std::filesystem::path& file);
void write_transcript(const std::filesystem::path& file, const Transcript& transcript);

// The lines of a step's result.
std::vector<std::string> result_lines(std::string_view out, std::string_view err, int status);
bool matches(const std::vector<std::string>& expected, const std::vector<std::string>& lines);

}  // namespace shallop::cli
