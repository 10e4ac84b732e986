// SPDX-License-Identifier: Apache-2.0
// `shallop run`.
#include "embedder/run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/parse_number.hpp"
#include "cli/command_line.hpp"
#include "cli/option_values.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/duration_text.hpp"
#include "embedder/loading_limit.hpp"
#include "embedder/process_signals.hpp"
#include "embedder/processors.hpp"
#include "embedder/program.hpp"
#include "wasm/limits.hpp"

namespace shallop::cli {
namespace {

// The values as they were typed.
struct Typed {
  std::string engine = "auto";
  bool allow_native = false;
  bool require_native = false;
  bool perf_map = false;
  std::string native_store;
  std::vector<std::string> net;
  std::vector<std::string> listen;
  std::vector<std::string> directories;
  std::vector<std::string> environment;
  std::optional<std::string> function;
  std::string memory_limit;
  std::string stack_size;
  std::string timeout;
  std::string workers = "1";
  std::string grace;
  std::string stats;
  std::string log = "text";
  bool confine = false;
  bool verbose = false;
};

void add_options(CLI::App& app, Typed& typed) {
  const auto repeatable = [](CLI::Option* option) { return option->take_all()->allow_extra_args(false); };
  app.add_option("--engine", typed.engine,
                 "What runs the module: native code, the interpreter, or (auto) native code if there is any, else the "
                 "interpreter until it is compiled")
      ->option_text("auto|interpreter|native");
  app.add_flag("--allow-native", typed.allow_native,
               "Run the native code that FILE.wasm brings along: only for files that you would run as programs")
      ->disable_flag_override();
  app.add_flag("--require-native", typed.require_native, "Fail rather than interpret")->disable_flag_override();
  app.add_flag("--perf-map", typed.perf_map, "Name native functions for perf, in /tmp/perf-PID.map")
      ->disable_flag_override();
  app.add_option("--native-store", typed.native_store,
                 "Take native code from DIR, which shallop precompile fills, and wait for it there while interpreting")
      ->option_text("DIR");
  app.add_flag("--net{*}", typed.net,
               "Open the network to the guest: all of it, or what RULES name, as in "
               "listen:*:8080,connect:10.0.0.0/8:5432")
      ->option_text("[=RULES]");
  repeatable(
      app.add_option("--listen", typed.listen, "Give the guest a socket that listens there, as descriptor 3 and up"))
      ->option_text("ADDR:PORT|fd:N");
  repeatable(app.add_option("--dir", typed.directories,
                            "Give the guest the directory HOST, under the name GUEST, for reading only with ro"))
      ->option_text("HOST[:GUEST[:ro]]");
  repeatable(app.add_option("--env", typed.environment,
                            "Set a variable of the guest's environment, which is empty otherwise; without =VALUE it "
                            "is taken over from here; '*' takes over all"))
      ->option_text("NAME[=VALUE]");
  app.add_option("--invoke", typed.function, "Call this exported function with ARGS as numbers, print its results")
      ->option_text("FUNCTION");
  app.add_option("--memory-limit", typed.memory_limit, "The most that the guest's memories may hold together (4GiB)")
      ->option_text("SIZE");
  app.add_option("--stack-size", typed.stack_size, "Room for the guest's stack of calls (8MiB)")->option_text("SIZE");
  app.add_option("--timeout", typed.timeout, "Stop the guest with a trap when it has run for so long, as in 500ms, 2s")
      ->option_text("TIME");
  app.add_option("--workers", typed.workers,
                 "Instances of a server at once, each with its own memory, that share its port; auto: one a processor")
      ->option_text("N|auto");
  app.add_option(
         "--grace", typed.grace,
         "How long SIGTERM and SIGINT leave a server for its open requests; the same signal again ends it (10s)")
      ->option_text("TIME");
  app.add_option("--stats", typed.stats, "Answer there for /metrics (Prometheus), /healthz and /readyz")
      ->option_text("ADDR:PORT");
  app.add_option("--log", typed.log, "What a server's process says of itself: sentences, or one JSON object a line")
      ->option_text("text|json");
  app.add_flag("--confine", typed.confine,
               "Let the kernel hold the guest to the directories of --dir too (Landlock, where there is any)")
      ->disable_flag_override();
  app.add_flag("--verbose", typed.verbose, "Say on standard error what runs, and how")->disable_flag_override();
  app.footer(
      "Examples:\n"
      "  shallop run --net http_service.wasm 8080\n"
      "  shallop run --dir data:/srv:ro --env LEVEL=debug tool.wasm --input /srv/table.csv\n"
      "  shallop run --invoke add module.wasm 2 40\n");
}

LogFormat log_format(const std::string& text) {
  if (text == "text") return LogFormat::text;
  if (text == "json") return LogFormat::json;
  throw UsageError(fmt::format("--log: '{}' is neither text nor json", text));
}

EngineOptions engine_options(const Typed& typed) {
  constexpr std::pair<std::string_view, EngineChoice> choices[] = {
      {"auto", EngineChoice::automatic}, {"interpreter", EngineChoice::interpreter}, {"native", EngineChoice::native}};
  const auto* const choice =
      std::ranges::find(choices, typed.engine, &std::pair<std::string_view, EngineChoice>::first);
  if (choice == std::end(choices)) {
    throw UsageError(fmt::format("--engine {}: the engines are auto, interpreter and native", typed.engine));
  }
  if (choice->second == EngineChoice::interpreter && (typed.allow_native || typed.require_native)) {
    throw UsageError(fmt::format("--engine interpreter runs no native code, so {} cannot be meant",
                                 typed.require_native ? "--require-native" : "--allow-native"));
  }
  return {.choice = choice->second,
          .allow_native = typed.allow_native,
          .require_native = typed.require_native,
          .perf_map = typed.perf_map,
          .native_store = typed.native_store,
          .verbose = typed.verbose,
          .log = log_format(typed.log)};
}

uint64_t memory_limit_pages(const std::string& text) {
  const uint64_t pages = parse_size("--memory-limit", text) / limits::page_size_bytes;
  return std::min<uint64_t>(pages, limits::memory_pages);
}

size_t stack_size_bytes(const std::string& text) {
  constexpr uint64_t minimum = uint64_t{64} << 10;
  constexpr uint64_t maximum = uint64_t{16} << 30;
  const uint64_t size = parse_size("--stack-size", text);
  if (size < minimum || size > maximum) {
    throw UsageError(fmt::format("--stack-size: '{}' is not between 64KiB and 16GiB", text));
  }
  return size;
}

uint32_t worker_count(const std::string& text) {
  constexpr uint32_t maximum = 1'024;
  if (text == "auto") return usable_processors();
  const auto count = parse_number<uint32_t>(text, 1, maximum);
  if (!count) throw UsageError(fmt::format("--workers: '{}' is neither auto nor a number from 1 to {}", text, maximum));
  return *count;
}

RunOptions run_options(const Typed& typed, Arguments arguments) {
  RunOptions options{.arguments = std::move(arguments),
                     .wasi = {},
                     .store = {},
                     .function = typed.function,
                     .time_limit = {},
                     .workers = worker_count(typed.workers),
                     .stats = {},
                     .verbose = typed.verbose};
  options.wasi.network = parse_network(typed.net);
  for (const std::string& each : typed.listen) options.wasi.listeners.push_back(parse_listener("--listen", each));
  for (const std::string& each : typed.directories) options.wasi.preopens.push_back(parse_preopen(each));
  options.wasi.environment = parse_environment(typed.environment);
  if (!typed.memory_limit.empty()) options.store.memory.maximum_pages = memory_limit_pages(typed.memory_limit);
  if (!typed.timeout.empty()) options.time_limit = parse_duration("--timeout", typed.timeout);
  if (!typed.grace.empty()) options.grace = parse_duration("--grace", typed.grace);
  if (!typed.stats.empty()) options.stats = parse_address("--stats", typed.stats);
  options.log = log_format(typed.log);
  options.confine_files = typed.confine;
  if (options.workers > 1 && options.function) {
    throw UsageError("--workers is for servers: a function that --invoke names is called once");
  }
  if (!typed.stack_size.empty()) options.store.stack_size_bytes = stack_size_bytes(typed.stack_size);
  return options;
}

}  // namespace

namespace {

Program load_in_time(const std::string& file, const EngineOptions& engine, const RunOptions& options,
                     const EventLog& log) {
  const LoadingLimit limit(options.time_limit, [&] {
    log.tell(LogLevel::error, "loading_limit",
             fmt::format("the time limit of {} (--timeout) was reached before the module was read, validated and "
                         "compiled",
                         text_of(*options.time_limit)));
    ::_exit(exit_status::trapped);  // nothing else ends what this thread does
  });
  return load_program(file, engine);
}

// `failed` becomes true where the module could not be run, and the status is not its guest's.
int run_file(const Arguments& arguments, std::string& file, bool& failed) {
  CommandLine line("shallop run", "FILE.wasm [ARGS...]",
                   "Runs a WebAssembly program with WASI preview1 and sockets, and exits with its status. ARGS are the "
                   "guest's own, options included. FILE.wasm may be - for standard input.");
  Typed typed;
  add_options(line.app(), typed);
  auto operands = line.parse_leading_options(arguments);
  if (!operands) return exit_status::success;
  if (operands->empty()) throw UsageError("which file is to be run? shallop run [OPTIONS] FILE.wasm [ARGS...]");

  ProcessSignals::end_first_process();
  file = operands->front();
  const EngineOptions engine = engine_options(typed);
  const RunOptions options = run_options(typed, {operands->begin() + 1, operands->end()});
  const EventLog log(options.log, file, options.verbose);
  return with_diagnostics(
      file, [&] { return run(load_in_time(file, engine, options, log), options); },
      [&](std::string_view text) {
        failed = true;
        if (options.log == LogFormat::json)
          log.tell(LogLevel::error, "cannot_run", text);
        else
          print_diagnostic(text);  // It names the file by itself.
      });
}

}  // namespace

int run_command(const Arguments& arguments) {
  std::string file;
  bool failed = false;
  return run_file(arguments, file, failed);
}

int run_in_container(const Arguments& arguments) {
  std::string file;
  bool failed = false;
  const int status = run_file(arguments, file, failed);
  if (!failed || status != exit_status::cannot_run) return status;
  const bool is_there = ::access(file.c_str(), F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
  return is_there ? exit_status::not_executable : exit_status::not_found;
}

void check_run_options(const Arguments& options) {
  CommandLine line("shallop run", "FILE.wasm [ARGS...]", "");
  Typed typed;
  add_options(line.app(), typed);
  for (const std::string& each : options) {
    if (each == "-h" || each == "--help") throw UsageError(fmt::format("{} is no option to keep for later", each));
  }
  const auto operands = line.parse_leading_options(options);
  if (operands && !operands->empty())
    throw UsageError(fmt::format("'{}' is no option of shallop run", operands->front()));
  engine_options(typed);
  run_options(typed, {});
}

}  // namespace shallop::cli
