// SPDX-License-Identifier: Apache-2.0
// The program `shallop-compare`: what `shallop compare` does.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <system_error>

#include "base/file.hpp"
#include "cli/compare_options.hpp"
#include "cli/program_beside.hpp"
#include "cli/run_program.hpp"
#include "compare/reports.hpp"
#include "compare/runner.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/standard_streams.hpp"

namespace shallop::cli {
namespace {

constexpr size_t document_size_max = size_t{16} << 20;
constexpr int interrupted_status = 128 + SIGINT;
constexpr std::string_view erase_line = "\r\x1b[K";

std::atomic<bool> stop = false;

void end_early(int signal_number) {
  stop = true;
  signal(signal_number, SIG_DFL);  // a second one ends the process
}

// One line on standard error: rewritten on a terminal, added elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet) : quiet_(quiet), is_terminal_(isatty(STDERR_FILENO) == 1) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const std::string& text) {
    if (quiet_) return;
    write(is_terminal_ ? fmt::format("{}   {}", erase_line, text) : fmt::format("   {}\n", text));
    is_shown_ = is_terminal_;
  }
  void clear() {
    if (is_shown_) write(erase_line);
    is_shown_ = false;
  }

 private:
  // When that fails there is nobody left to tell.
  static void write(std::string_view text) {
    [[maybe_unused]] const std::error_code error = write_all(STDERR_FILENO, text);
  }

  bool quiet_;
  bool is_terminal_;
  bool is_shown_ = false;
};

template <class Value>
Value value_of(std::expected<Value, std::string> expected) {
  if (!expected) throw Error(expected.error());
  return *std::move(expected);
}

std::string report_file(const CompareOptions& options) { return options.output_directory + "/report.json"; }

compare::Results measure(const CompareOptions& options, const Arguments& arguments) {
  const std::string work_directory = options.output_directory + "/work";
  std::error_code error;
  std::filesystem::create_directories(work_directory, error);
  if (error) throw Error(fmt::format("{}: it cannot be made: {}", work_directory, error.message()));

  std::optional<compare::Results> earlier;
  if (options.resume) {
    earlier = value_of(compare::read_results(report_file(options)));
    if (earlier->complete)
      throw Error(fmt::format("{}: that comparison is complete; there is nothing to resume", report_file(options)));
  }
  ProgressLine progress(options.quiet);
  std::vector<std::string> peers;
  if (!options.peers_directory.empty()) peers.push_back(options.peers_directory);
  peers.push_back(path_beside("../../peers/bin"));
  for (const int each : {SIGINT, SIGTERM}) signal(each, end_early);
  const compare::RunnerOptions runner_options{
      .tools = {.shallop = path_beside("shallop"), .peer_directories = peers, .work_directory = work_directory},
      .generator = path_beside("shallop-bench"),
      .output_directory = options.output_directory,
      .arguments = arguments,
      .version = SHALLOP_VERSION,
      .progress = [&](const std::string& text) { progress.show(text); },
      .stop = &stop};
  return value_of(compare::Runner(options.plan, runner_options).run(std::move(earlier)));
}

void write_reports(const CompareOptions& options, const compare::Summary& summary) {
  value_of(compare::write_file(options.output_directory + "/report.md", compare::markdown_report(summary)));
  value_of(compare::write_file(options.output_directory + "/report.html", compare::html_report(summary)));
  if (!options.readme.empty()) {
    const auto document = read_file(options.readme, document_size_max);
    if (!document) throw Error(fmt::format("{}: it cannot be read: {}", options.readme, document.error().message()));
    const std::string_view text(reinterpret_cast<const char*>(document->data()), document->size());
    const auto changed = compare::with_table(text, compare::readme_table(summary));
    if (!changed) throw Error(fmt::format("{}: {}", options.readme, changed.error()));
    value_of(compare::write_file(options.readme, *changed));
  }
  const bool colours = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nullptr;
  print('\n' + compare::terminal_report(summary, colours));
  print(fmt::format("\nwritten: {0}/report.md, {0}/report.html, {0}/report.json\n", options.output_directory));
}

// Whether the rows are as good as they were.
bool passes_gate(const CompareOptions& options, const compare::Summary& summary) {
  if (options.baseline.empty()) return true;
  const compare::Results earlier = value_of(compare::read_results(options.baseline));
  const compare::GateResult gate = compare::hold_against(compare::summarise(earlier), summary, options.max_regression);
  print('\n' + compare::gate_report(gate));
  return gate.passes();
}

int compare_variants(const Arguments& arguments) {
  const auto options = parse_compare_options(arguments);
  if (!options) return exit_status::success;
  // Read before anything is measured, so that a wrong name does not cost minutes.
  if (!options->baseline.empty()) value_of(compare::read_results(options->baseline));
  const compare::Results results =
      options->report_only ? value_of(compare::read_results(report_file(*options))) : measure(*options, arguments);
  const compare::Summary summary = compare::summarise(results);
  write_reports(*options, summary);
  if (stop) {
    print_diagnostic(fmt::format("interrupted; the same command with --resume goes on with what is in {}",
                                 options->output_directory));
    return interrupted_status;
  }
  const bool passes = passes_gate(*options, summary);
  if (!compare::is_whole(summary))
    print_diagnostic("not every row of the plan could be measured; the reasons are above");
  return passes && compare::is_whole(summary) ? exit_status::success : exit_status::cannot_run;
}

}  // namespace
}  // namespace shallop::cli

int main(int argument_count, char** arguments) {
  return shallop::cli::run_program(argument_count, arguments, shallop::cli::compare_variants);
}
