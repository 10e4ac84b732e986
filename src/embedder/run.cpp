// SPDX-License-Identifier: Apache-2.0
#include "embedder/run.hpp"

#include <fmt/format.h>

#include <csignal>
#include <utility>

#include "base/landlock.hpp"
#include "embedder/background_compilation.hpp"
#include "embedder/control_groups.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/duration_text.hpp"
#include "embedder/entry.hpp"
#include "embedder/standard_streams.hpp"
#include "embedder/supervisor.hpp"
#include "embedder/value_text.hpp"
#include "runtime/instantiate.hpp"
#include "runtime/linker.hpp"
#include "wasi/link.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

// Calls that leave the interpreter's loop nest on the thread's stack, up to Store::nesting_limit. Reserved, not used.
constexpr size_t guest_thread_stack_bytes = size_t{8} << 20;

Entry find_entry(const Program& program, const RunOptions& options) {
  return options.function ? find_function_entry(**program.module, *options.function, options.arguments)
                          : find_command_entry(**program.module);
}

wasi::ContextOptions context_options(const Program& program, const RunOptions& options, const EventLog& log,
                                     Worker& worker, wasi::ListenerPool* pool) {
  wasi::ContextOptions wasi = options.wasi;
  wasi.arguments = {program.path};
  if (!options.function)
    wasi.arguments.insert(wasi.arguments.end(), options.arguments.begin(), options.arguments.end());
  wasi.on_network_refusal = [&log](const wasi::NetworkRefusal& refusal) {
    log.tell(LogLevel::warning, "network_refused",
             printable(fmt::format(
                 "the guest tried to {}, but {}", refusal.what,
                 refusal.closed ? "the network is closed to it: --net opens it" : "no rule of --net allows it")));
  };
  wasi.worker = &worker.state();
  wasi.listener_pool = pool;
  wasi.worker_index = worker.index();
  return wasi;
}

FunctionInstance& exported_function(const Instance& instance, std::string_view name) {
  return *std::get<FunctionInstance*>(*instance.find_export(name));
}

// What the user would else only notice by the speed.
void tell(const EventLog& log, const Program& program, const Instance& instance) {
  const bool fell_back = instance.native_code == nullptr && program.engine.is_native;
  log.tell(LogLevel::detail, "engine",
           fmt::format("engine: {}", fell_back ? "interpreter: the native code relies on reserved addresses for memory"
                                               : program.engine.description));
  if (instance.memory == nullptr) return;
  log.tell(LogLevel::detail, "memory",
           fmt::format("memory: {} KiB, {}", instance.memory->size_bytes() >> 10,
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

Outcome instantiate_and_call(const Program& program, const RunOptions& options, const Entry& entry, const EventLog& log,
                             const Worker& worker, Store& store, const Linker& linker) {
  const Instantiation instantiation = instantiate(store, program.module, program.engine.code, linker);
  if (!std::holds_alternative<Results>(instantiation.outcome)) return instantiation.outcome;
  if (options.verbose && worker.index() == 0) tell(log, program, instantiation.instance);
  return call_entry(store, instantiation.instance, entry);
}

std::string reason_of(const Trap& trap, const RunOptions& options) {
  if (trap.code != TrapCode::interrupted || !options.time_limit) return {};
  return fmt::format("the time limit of {} (--timeout) was reached", text_of(*options.time_limit));
}

// On the thread of its worker.
GuestEnding run_guest(const Program& program, const RunOptions& options, const Entry& entry, const EventLog& log,
                      Worker& worker, wasi::ListenerPool* pool) {
  wasi::Context context(context_options(program, options, log, worker, pool));
  Store store(options.store);
  Linker linker;
  wasi::link(linker, store, context);
  GuestEnding ending{.outcome = instantiate_and_call(program, options, entry, log, worker, store, linker),
                     .failure = {}};
  // Both name instances that are gone soon.
  if (auto* trap = std::get_if<Trap>(&ending.outcome)) {
    ending.failure = describe_reason(*trap, reason_of(*trap, options));
    trap->backtrace.clear();
  } else if (const auto* uncaught = std::get_if<UncaughtException>(&ending.outcome)) {
    ending.failure = describe_reason(*uncaught);
    ending.outcome = Results{};
  }
  return ending;
}

int print_results(const Results& results) {
  std::string lines;
  for (const Value& each : results) lines += to_text(each) + '\n';
  print(lines);
  return exit_status::success;
}

int finish(const EventLog& log, const GuestEnding& ending) {
  if (!ending.failure.empty()) {
    log.tell(LogLevel::error, "trap", ending.failure);
    return exit_status::trapped;
  }
  // A parent sees the low eight bits: https://man7.org/linux/man-pages/man3/exit.3.html
  if (const auto* exit = std::get_if<Exit>(&ending.outcome)) return static_cast<int>(exit->code & 0xFF);
  return print_results(std::get<Results>(ending.outcome));
}

// What the kernel would else say by killing the process.
void warn_of_memory_limit(const Program& program, const RunOptions& options, const EventLog& log) {
  const auto limit = ControlGroups().memory_bytes();
  uint64_t pages = 0;
  for (const MemoryType& each : (*program.module)->memories) pages += each.limits.minimum;
  const uint64_t needed = pages * limits::page_size_bytes * options.workers;
  if (!limit || needed <= *limit) return;
  log.tell(LogLevel::warning, "memory_limit",
           fmt::format("the memory that this container or control group may use, {} KiB, is less than the {} KiB that "
                       "the guest begins with: it is killed (status 137) once it uses them",
                       *limit >> 10, needed >> 10),
           {{"limit_bytes", static_cast<int64_t>(*limit)}, {"needed_bytes", static_cast<int64_t>(needed)}});
}

// What the guests' threads still open: the guests' own, what names are resolved by (the numbers of questions are drawn
// from /dev/urandom), and what a drain looks at.
void confine(const RunOptions& options, const EventLog& log) {
  std::vector<AllowedPath> allowed{{.path = "/dev/null"}};
  for (const char* file : {"/dev/urandom", "/etc/gai.conf", "/etc/host.conf", "/etc/hosts", "/etc/nsswitch.conf",
                           "/etc/resolv.conf", "/etc/services", "/proc/pressure/cpu"}) {
    allowed.push_back({.path = file, .read_only = true});
  }
  for (const wasi::Preopen& each : options.wasi.preopens) {
    allowed.push_back({.path = each.host_path, .read_only = each.read_only});
  }
  const auto confined = confine_files(allowed);
  if (!options.verbose) return;
  log.tell(LogLevel::detail, "files",
           printable(fmt::format("files: {}", confined ? "confined by the kernel to what the guest was given"
                                                       : "not confined by the kernel: " + confined.error())));
}

EngineStatus engine_status(const SelectedEngine& engine) {
  if (engine.is_native) return {.engine = "native", .compilation = "native"};
  const auto state = engine.compilation ? engine.compilation->state() : CompilationState::interpreted;
  switch (state) {
    case CompilationState::interpreted: break;
    case CompilationState::compiling: return {.engine = "interpreter", .compilation = "compiling"};
    case CompilationState::native: return {.engine = "native", .compilation = "native"};
    case CompilationState::failed: return {.engine = "interpreter", .compilation = "failed"};
  }
  return {.engine = "interpreter", .compilation = "interpreted"};
}

}  // namespace

void check_command(const ValidatedModule& module) {
  find_command_entry(*module);
  wasi::Context context{wasi::ContextOptions{}};
  Store store;
  Linker linker;
  wasi::link(linker, store, context);
  static_cast<void>(linker.resolve(*module));
}

int run(const Program& program, const RunOptions& options) {
  const Entry entry = find_entry(program, options);
  // A guest that writes to a closed pipe or connection gets an errno for it, as for any failure.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // and beyond the limit of ulimit -f

  const EventLog log(options.log, program.path, options.verbose);
  warn_of_memory_limit(program, options, log);
  if (options.confine_files) confine(options, log);
  const GuestProcess process{
      .run = [&](Worker& worker,
                 wasi::ListenerPool* pool) { return run_guest(program, options, entry, log, worker, pool); },
      .finish = [&](const GuestEnding& ending) { return finish(log, ending); },
      .engine = [&] { return engine_status(program.engine); },
  };
  return supervise({.workers = options.workers,
                    .time_limit = options.time_limit,
                    .grace = options.grace,
                    .stats = options.stats,
                    .thread_stack_bytes = guest_thread_stack_bytes},
                   process, log);
}

}  // namespace shallop
