// SPDX-License-Identifier: Apache-2.0
#include "embedder/run.hpp"

#include <fmt/format.h>

#include <csignal>
#include <utility>

#include "embedder/diagnostics.hpp"
#include "embedder/entry.hpp"
#include "embedder/standard_streams.hpp"
#include "embedder/value_text.hpp"
#include "runtime/instantiate.hpp"
#include "runtime/interruption.hpp"
#include "runtime/linker.hpp"
#include "wasi/link.hpp"

namespace shallop {
namespace {

Entry find_entry(const Program& program, const RunOptions& options) {
  return options.function ? find_function_entry(**program.module, *options.function, options.arguments)
                          : find_command_entry(**program.module);
}

wasi::ContextOptions context_options(const Program& program, RunOptions& options) {
  wasi::ContextOptions wasi = std::move(options.wasi);
  wasi.arguments = {program.path};
  if (!options.function)
    wasi.arguments.insert(wasi.arguments.end(), options.arguments.begin(), options.arguments.end());
  wasi.on_network_refusal = [file = program.path](const wasi::NetworkRefusal& refusal) {
    print_diagnostic(printable(
        fmt::format("{}: the guest tried to {}, but {}", file, refusal.what,
                    refusal.closed ? "the network is closed to it: --net opens it" : "no rule of --net allows it")));
  };
  return wasi;
}

FunctionInstance& exported_function(const Instance& instance, std::string_view name) {
  return *std::get<FunctionInstance*>(*instance.find_export(name));
}

// What the user would else only notice by the speed.
void tell(const Program& program, const Instance& instance) {
  const std::string file = printable(program.path);
  const bool fell_back = instance.native_code == nullptr && program.engine.is_native;
  print_diagnostic(fmt::format(
      "{}: engine: {}", file,
      fell_back ? "interpreter: the native code relies on reserved addresses for memory" : program.engine.description));
  if (instance.memory == nullptr) return;
  print_diagnostic(
      fmt::format("{}: memory: {} KiB, {}", file, instance.memory->size_bytes() >> 10,
                  instance.memory->guarded()
                      ? "guarded by reserved addresses"
                      : "every access compared with its size, as there is no room to reserve 8 GiB: slower"));
}

Outcome call_entry(Store& store, const Instance& instance, const Entry& entry) {
  if (entry.initialize) {
    Outcome outcome = invoke(store, exported_function(instance, "_initialize"), {});
    if (!std::holds_alternative<Results>(outcome)) return outcome;
  }
  return invoke(store, exported_function(instance, entry.name), entry.arguments);
}

// Instantiates and calls. What the process does afterwards has no time limit.
Outcome run_guest(const Program& program, const RunOptions& options, Store& store, const Linker& linker,
                  const Entry& entry) {
  std::optional<Interrupter> interrupter;
  if (options.time_limit) interrupter.emplace(options.time_limit);
  const Instantiation instantiation = instantiate(store, program.module, program.engine.code, linker);
  if (!std::holds_alternative<Results>(instantiation.outcome)) return instantiation.outcome;
  if (options.verbose) tell(program, instantiation.instance);
  return call_entry(store, instantiation.instance, entry);
}

int print_results(const Results& results) {
  std::string lines;
  for (const Value& each : results) lines += to_text(each) + '\n';
  print(lines);
  return exit_status::success;
}

// "2 s", "1500 ms".
std::string text_of(std::chrono::nanoseconds duration) {
  using std::chrono::duration_cast;
  if (duration % std::chrono::seconds(1) == std::chrono::nanoseconds(0)) {
    return fmt::format("{} s", duration_cast<std::chrono::seconds>(duration).count());
  }
  return fmt::format("{} ms", duration_cast<std::chrono::milliseconds>(duration).count());
}

std::string reason_of(const Trap& trap, const RunOptions& options) {
  if (trap.code != TrapCode::interrupted || !options.time_limit) return {};
  return fmt::format("the time limit of {} (--timeout) was reached", text_of(*options.time_limit));
}

int finish(const Program& program, const RunOptions& options, const Outcome& outcome) {
  if (const auto* trap = std::get_if<Trap>(&outcome)) {
    print_diagnostic(describe(*trap, program.path, reason_of(*trap, options)));
    return exit_status::trapped;
  }
  if (const auto* uncaught = std::get_if<UncaughtException>(&outcome)) {
    print_diagnostic(describe(*uncaught, program.path));
    return exit_status::trapped;
  }
  // A parent sees the low eight bits: https://man7.org/linux/man-pages/man3/exit.3.html
  if (const auto* exit = std::get_if<Exit>(&outcome)) return static_cast<int>(exit->code & 0xFF);
  return print_results(std::get<Results>(outcome));
}

}  // namespace

int run(const Program& program, RunOptions options) {
  const Entry entry = find_entry(program, options);
  // A guest that writes to a closed pipe or connection gets an errno for it, as for any failure.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // and beyond the limit of ulimit -f

  wasi::Context context(context_options(program, options));
  Store store(options.store);
  Linker linker;
  wasi::link(linker, store, context);
  return finish(program, options, run_guest(program, options, store, linker, entry));
}

}  // namespace shallop
