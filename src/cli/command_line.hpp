// SPDX-License-Identifier: Apache-2.0
// CLI11 as the commands use it: one layout of the help text, and what was typed wrongly as a UsageError of one
// sentence.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

#include "cli/command.hpp"

namespace shallop::cli {

class CommandLine {
 public:
  // `command` is "shallop run"; `operands` is what stands behind the options in the line "Usage:".
  CommandLine(std::string command, const std::string& operands, const std::string& description);

  // Options are added here. An option's placeholder is its option_text().
  CLI::App& app() { return app_; }

  // Both set the variables that options were bound to and return the operands; nothing when help was asked for, which
  // they print. Both throw UsageError.
  //
  // Options may stand anywhere.
  std::optional<Arguments> parse(const Arguments& arguments);
  // The first operand ends the options: what stands behind it is somebody else's.
  std::optional<Arguments> parse_leading_options(const Arguments& arguments);

 private:
  void refuse_empty_values(const Arguments& arguments);
  // False when help was asked for.
  bool parse_all(const Arguments& arguments);
  [[noreturn]] void fail(std::string sentence) const;

  CLI::App app_;
  std::string command_;
};

}  // namespace shallop::cli
