// SPDX-License-Identifier: Apache-2.0
// The program `shallop-bench`: what `shallop bench` does.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <system_error>

#include "cli/bench_options.hpp"
#include "cli/live_view.hpp"
#include "cli/run_program.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/standard_streams.hpp"
#include "loadgen/histogram_export.hpp"
#include "loadgen/json_report.hpp"
#include "loadgen/run.hpp"
#include "loadgen/tls.hpp"

namespace shallop::cli {
namespace {

constexpr int interrupted_status = 128 + SIGINT;

// The round that goes on, for the signal handler.
std::atomic<loadgen::RunControl*> running = nullptr;

void end_early(int signal_number) {
  if (loadgen::RunControl* control = running.load()) control->stop(loadgen::Ending::interrupted);
  signal(signal_number, SIG_DFL);  // a second one ends the process
}

void take_signals() {
  for (const int each : {SIGINT, SIGTERM}) signal(each, end_early);
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw Error(fmt::format("{}: it cannot be written", path));
}

void write_histogram(const std::string& path, const loadgen::Result& result) {
  if (path.empty()) return;
  write_file(path, path.ends_with(".hgrm")
                       ? loadgen::percentile_text(result.response)
                       : loadgen::histogram_log(result.response, result.started_at_s, result.window_s()));
}

bool is_within_budget(const loadgen::Result& result, const loadgen::ErrorBudget& budget) {
  if (result.completed() == 0) return false;
  if (!budget.share) return result.failed() <= budget.count.value_or(0);
  return static_cast<double>(result.failed()) <=
         *budget.share * static_cast<double>(result.failed() + result.completed());
}

// One sentence for whoever reads only standard error.
std::string verdict(const loadgen::Result& result, const BenchOptions& options) {
  const std::string why = result.failures.empty() ? "" : fmt::format(": {}", describe(result.failures.front().failure));
  if (result.connected == 0) return fmt::format("{}: no connection could be made{}", options.subject, why);
  if (result.completed() == 0) {
    return fmt::format("{}: no request completed{}", options.subject,
                       why.empty() && result.in_flight != 0
                           ? fmt::format(": {} were sent and never answered", result.in_flight)
                           : why);
  }
  return fmt::format("{}: {} of {} requests failed, which is more than --max-errors allows{}", options.subject,
                     result.failed(), result.failed() + result.completed(), why);
}

class Bench {
 public:
  Bench(const BenchOptions& options, const Arguments& arguments) : options_(options), arguments_(arguments) {
    const auto provided = loadgen::provide_descriptors(options.plan);
    if (!provided) throw UsageError(provided.error());
    if (std::ranges::none_of(options.plan.origins, &loadgen::Origin::tls)) return;
    auto context = loadgen::make_tls_context(options.plan.tls, options.plan.http2);
    if (!context) throw Error(context.error());
    tls_ = *std::move(context);
  }

  int run() {
    int status = exit_status::success;
    for (unsigned round = 1; round <= options_.rounds; ++round) {
      const auto result = run_round(round);
      report(*result, round);
      if (!is_within_budget(*result, options_.plan.errors)) {
        print_diagnostic(printable(verdict(*result, options_)));
        status = exit_status::cannot_run;
      }
      if (result->ending == loadgen::Ending::interrupted) return interrupted_status;
    }
    return status;
  }

 private:
  std::unique_ptr<loadgen::Result> run_round(unsigned round) {
    if (!options_.json) {
      print(loadgen::round_heading(round, options_.plan.connections, options_.subject, options_.limit, options_.style));
    }
    loadgen::RunControl control(options_.plan);
    LiveView view(LiveView::form_of_standard_error(options_.quiet));
    if (options_.plan.warmup_ns != 0) view.say("warming up");
    running = &control;
    take_signals();
    auto result =
        loadgen::run_plan(options_.plan, control, tls_.get(), [&](const auto& progress) { view.show(progress); });
    running = nullptr;
    return result;
  }

  void report(const loadgen::Result& result, unsigned round) {
    const std::string json =
        loadgen::json_report(result, {.round = round, .arguments = arguments_, .version = SHALLOP_VERSION}).dump() +
        '\n';
    print(options_.json ? json : loadgen::text_report(result, options_.style));
    lines_ += json;
    if (!options_.output_file.empty()) write_file(options_.output_file, lines_);
    write_histogram(options_.histogram_file, result);
  }

  const BenchOptions& options_;
  const Arguments& arguments_;
  loadgen::TlsContext tls_;
  std::string lines_;  // the JSON of all rounds so far
};

int bench(const Arguments& arguments) {
  const auto options = parse_bench_options(arguments);
  if (!options) return exit_status::success;
  try {
    return Bench(*options, arguments).run();
  } catch (const std::system_error& error) {
    throw Error(fmt::format("the system gives no more threads or descriptors: {}", error.what()));
  }
}

}  // namespace
}  // namespace shallop::cli

int main(int argument_count, char** arguments) {
  signal(SIGPIPE, SIG_IGN);  // TLS writes without MSG_NOSIGNAL
  return shallop::cli::run_program(argument_count, arguments, shallop::cli::bench);
}
