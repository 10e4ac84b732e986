// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <memory>
#include <sstream>
#include <string_view>
#include <utility>

#include "embedder/diagnostics.hpp"
#include "embedder/standard_streams.hpp"

namespace shallop::cli {
namespace {

constexpr size_t column = 32;  // of the descriptions
constexpr size_t width = 96;

// Breaks at spaces; a word that is longer than a line is left whole.
std::string wrapped(const std::string& text, size_t line_width) {
  std::istringstream words(text);
  std::string lines;
  size_t used = 0;
  for (std::string word; words >> word;) {
    if (used != 0 && used + 1 + word.size() > line_width) {
      lines += '\n';
      used = 0;
    } else if (used != 0) {
      lines += ' ';
      ++used;
    }
    lines += word;
    used += word.size();
  }
  return lines;
}

// "--net[=RULES]" is written without a space, "--dir HOST" and "--runner [ARCH=]FILE" with one.
std::string placeholder(const CLI::Option& option) {
  const std::string& text = option.get_option_text();
  return text.empty() || text.starts_with("[=") ? text : ' ' + text;
}

class HelpLayout : public CLI::Formatter {
 public:
  HelpLayout(std::string usage) : usage_(std::move(usage)) { column_width(column); }

  std::string make_usage(const CLI::App*, std::string) const override { return fmt::format("\nUsage: {}\n", usage_); }
  std::string make_description(const CLI::App* app) const override {
    return wrapped(app->get_description(), width) + '\n';
  }
  std::string make_footer(const CLI::App* app) const override { return app->get_footer(); }
  std::string make_option_opts(const CLI::Option* option) const override { return placeholder(*option); }
  std::string make_option_name(const CLI::Option* option, bool) const override {
    const std::string names = option->get_name(false, true);
    return names.substr(0, names.find('{'));
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    return wrapped(option->get_description(), width - column);
  }

 private:
  std::string usage_;
};

std::string missing_value(const CLI::Option& option, const std::string& name) {
  if (option.get_option_text().empty()) return fmt::format("{} takes no value", name);
  return fmt::format("{} wants a value: {}{}", name, name, placeholder(option));
}

// CLI11's message begins with the option's name: "--env: 1 required TEXT missing", and without dashes for a flag that
// was given a value: "verbose was given a disallowed flag override".
std::string sentence_of(const CLI::ArgumentMismatch& error, CLI::App& app) {
  const std::string_view what = error.what();
  const std::string name(what.substr(0, what.find_first_of(": ")));
  const CLI::Option* option = app.get_option_no_throw(name);
  return option == nullptr ? fmt::format("--{} takes no value", name) : missing_value(*option, name);
}

bool is_option(const std::string& argument) { return argument.size() > 1 && argument.starts_with('-'); }

}  // namespace

CommandLine::CommandLine(std::string command, const std::string& operands, const std::string& description)
    : app_(description), command_(std::move(command)) {
  const std::string usage = fmt::format("{} [OPTIONS]{}{}", command_, operands.empty() ? "" : " ", operands);
  app_.formatter(std::make_shared<HelpLayout>(usage));
  app_.set_help_flag("-h,--help", "Show this text");
  app_.option_defaults()->take_last();
  app_.prefix_command();
}

// CLI11 takes "--net=" for "--net", and "--dir= FILE" for "--dir FILE": a script whose variable is empty would open the
// whole network.
void CommandLine::refuse_empty_values(const Arguments& arguments) {
  for (size_t i = 0; i < arguments.size() && is_option(arguments[i]); ++i) {
    const size_t equals = arguments[i].find('=');
    const std::string name = arguments[i].substr(0, equals);
    const CLI::Option* option = app_.get_option_no_throw(name);
    if (option == nullptr) return;
    if (equals + 1 == arguments[i].size()) fail(missing_value(*option, name));
    if (equals == name.npos && option->get_items_expected_min() > 0) ++i;
  }
}

bool CommandLine::parse_all(const Arguments& arguments) {
  refuse_empty_values(arguments);
  try {
    app_.parse(Arguments(arguments.rbegin(), arguments.rend()));
    return true;
  } catch (const CLI::CallForHelp&) {
    std::string help = app_.help();
    // Options that are not shown leave an empty line.
    if (const size_t gap = help.find("\n\n\n"); gap != help.npos) help.erase(gap, 1);
    print(help.substr(0, help.find_last_not_of('\n') + 1) + '\n');
    return false;
  } catch (const CLI::ArgumentMismatch& error) {
    fail(sentence_of(error, app_));
  } catch (const CLI::ParseError& error) {
    fail(error.what());
  }
}

std::optional<Arguments> CommandLine::parse_leading_options(const Arguments& arguments) {
  if (!parse_all(arguments)) return std::nullopt;
  Arguments operands = app_.remaining();
  if (!operands.empty() && operands.front() == "--") {
    operands.erase(operands.begin());
  } else if (!operands.empty() && is_option(operands.front())) {
    fail(fmt::format("there is no option '{}'", operands.front().substr(0, operands.front().find('='))));
  }
  return operands;
}

std::optional<Arguments> CommandLine::parse(const Arguments& arguments) {
  Arguments operands;
  for (Arguments left = arguments;;) {
    auto rest = parse_leading_options(left);
    if (!rest || rest->empty()) return rest ? std::optional(operands) : std::nullopt;
    operands.push_back(rest->front());
    left.assign(rest->begin() + 1, rest->end());
  }
}

void CommandLine::fail(std::string sentence) const {
  throw UsageError(fmt::format("{}; '{} --help' lists the options", sentence, command_));
}

}  // namespace shallop::cli
