// SPDX-License-Identifier: Apache-2.0
#include "cli/compare_options.hpp"

#include <fmt/format.h>

#include <charconv>
#include <climits>
#include <filesystem>

#include "base/parse_number.hpp"
#include "cli/command_line.hpp"
#include "cli/program_beside.hpp"
#include "embedder/diagnostics.hpp"
#include "loadgen/duration.hpp"

namespace shallop::cli {
namespace {

// The values as they were typed.
struct Typed {
  std::string output = "compare-report";
  std::string peers;
  std::string blocks;
  std::string duration;
  std::string warmup;
  std::string seed;
  std::string budget;
  std::string readme;
  std::string baseline;
  std::string max_regression;
  bool quick = false;
  bool full = false;
  bool report = false;
  bool resume = false;
  bool quiet = false;
};

void add_options(CLI::App& app, Typed& typed) {
  app.add_option("-o,--out", typed.output, "Where report.json, report.md and report.html go (compare-report)")
      ->option_text("DIR");
  app.add_option("--blocks", typed.blocks, "Measure each variant so many times")->option_text("N");
  app.add_option("--duration", typed.duration, "How long to measure each time: 2s, 500ms")->option_text("D");
  app.add_option("--warmup", typed.warmup, "Load before each, which is not counted")->option_text("D");
  app.add_option("--budget", typed.budget, "For all of it; fewer and shorter blocks, so that they fit: 5m")
      ->option_text("D");
  app.add_flag("--quick", typed.quick, "3 blocks of 1 s");
  app.add_flag("--full", typed.full, "5 blocks of 15 s");
  app.add_option("--seed", typed.seed, "Of the order in the blocks; random unless given, and printed")
      ->option_text("N");
  app.add_option("--peers", typed.peers, "Where to look for WasmEdge and wasmtime, after the PATH")->option_text("DIR");
  app.add_flag("--resume", typed.resume, "Go on with the interrupted comparison in the output directory");
  app.add_flag("--report", typed.report, "Measure nothing: make the reports again from report.json");
  app.add_option("--readme", typed.readme,
                 "Put the tables into this document, between <!-- shallop compare: begin --> and <!-- shallop compare: "
                 "end -->")
      ->option_text("FILE");
  app.add_option("--baseline", typed.baseline, "Exit with 1 when a row is worse than in this earlier report.json")
      ->option_text("FILE");
  app.add_option("--max-regression", typed.max_regression, "How much worse a row may be (5%)")->option_text("P%");
  app.add_flag("--quiet", typed.quiet, "No progress on standard error");
}

unsigned number(std::string_view option, const std::string& text, unsigned high) {
  const auto value = parse_number<unsigned>(text, 1, high);
  if (!value) throw UsageError(fmt::format("{}: '{}' is no whole number from 1 to {}", option, text, high));
  return *value;
}

int64_t duration(std::string_view option, const std::string& text, int64_t low_ns) {
  const auto value = loadgen::parse_duration(text);
  if (!value) throw UsageError(fmt::format("{}: {}", option, value.error()));
  if (*value < low_ns)
    throw UsageError(fmt::format("{}: '{}' is shorter than {} ms", option, text, low_ns / 1'000'000));
  return *value;
}

double share(std::string_view option, const std::string& text) {
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc() || std::string_view(end, text.data() + text.size()) != "%" ||
      !(percent >= 0 && percent < 100)) {
    throw UsageError(fmt::format("{}: '{}' is no share such as 5%", option, text));
  }
  return percent / 100;
}

void change_plan(compare::Plan& plan, const Typed& typed) {
  constexpr int64_t s = 1'000'000'000;
  if (typed.quick && typed.full) throw UsageError("--quick and --full exclude each other");
  if (typed.quick) {
    plan.blocks = 3;
    plan.duration_ns = s;
    plan.warmup_ns = s / 4;
  } else if (typed.full) {
    plan.blocks = 5;
    plan.duration_ns = 15 * s;
    plan.warmup_ns = 2 * s;
  }
  // Whoever says how long, means it.
  if (typed.quick || typed.full || !typed.blocks.empty() || !typed.duration.empty()) plan.budget_ns.reset();
  if (!typed.budget.empty()) plan.budget_ns = duration("--budget", typed.budget, s);
  if (!typed.blocks.empty()) plan.blocks = number("--blocks", typed.blocks, 1000);
  if (!typed.duration.empty()) plan.duration_ns = duration("--duration", typed.duration, s / 10);
  if (!typed.warmup.empty()) plan.warmup_ns = duration("--warmup", typed.warmup, 0);
  if (!typed.seed.empty()) plan.seed = number("--seed", typed.seed, UINT_MAX);
}

}  // namespace

std::optional<CompareOptions> parse_compare_options(const Arguments& arguments) {
  Typed typed;
  CommandLine line(
      "shallop compare", "[PLAN.toml]",
      "Measure a service in its variants side by side: natively, as WebAssembly under each engine. Without a "
      "plan it is the example service.");
  add_options(line.app(), typed);
  const auto operands = line.parse(arguments);
  if (!operands) return std::nullopt;
  if (operands->size() > 1) throw UsageError(fmt::format("compare takes one plan, not also '{}'", (*operands)[1]));
  if (typed.report && typed.resume) throw UsageError("--report measures nothing, so there is nothing to --resume");
  if (!typed.max_regression.empty() && typed.baseline.empty()) {
    throw UsageError("--max-regression says how much worse than what, so it needs --baseline FILE");
  }

  CompareOptions options;
  if (operands->empty()) {
    options.plan = compare::default_plan(std::filesystem::path(path_beside("shallop")).parent_path().string());
  } else {
    auto plan = compare::read_plan(operands->front());
    if (!plan) throw UsageError(plan.error());
    options.plan = *std::move(plan);
  }
  change_plan(options.plan, typed);
  options.output_directory = typed.output;
  options.peers_directory = typed.peers;
  options.report_only = typed.report;
  options.resume = typed.resume;
  options.readme = typed.readme;
  options.baseline = typed.baseline;
  if (!typed.max_regression.empty()) options.max_regression = share("--max-regression", typed.max_regression);
  options.quiet = typed.quiet;
  return options;
}

}  // namespace shallop::cli
