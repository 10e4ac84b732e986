// SPDX-License-Identifier: Apache-2.0
// The program `shallop-compiler`, which `shallop compile` becomes and `shallop run` starts: writes a module with native
// code.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>

#include "aot/compiler/compile.hpp"
#include "aot/compiler/fatal_errors.hpp"
#include "aot/native_section.hpp"
#include "base/file.hpp"
#include "cli/command_line.hpp"
#include "cli/option_values.hpp"
#include "cli/output_file.hpp"
#include "cli/run_program.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/program.hpp"

namespace shallop::cli {
namespace {

struct Typed {
  std::string optimization = "3";
  std::string cpu = "host";
  std::string output;
  std::string memory_limit = "4GiB";
  bool section_only = false;
  bool verbose = false;
};

void add_options(CLI::App& app, Typed& typed) {
  app.add_option("-O", typed.optimization, "How hard to optimise (3)")->option_text("0|1|2|3");
  app.add_option(
         "--cpu", typed.cpu,
         "The processor: host (default), baseline for files that travel (x86-64-v2), or a name that LLVM knows, "
         "such as x86-64-v3 or znver3")
      ->option_text("CPU");
  app.add_option("-o,--output", typed.output, "The file to write (FILE.native.wasm); - is standard output")
      ->option_text("OUT.wasm");
  app.add_option("--memory-limit", typed.memory_limit, "The most memory that the compiler may take (4GiB)")
      ->option_text("SIZE");
  app.add_flag("--verbose", typed.verbose, "Tell how long it took and how much memory");
  app.add_flag("--section-only", typed.section_only)->group("");  // for `shallop run`: only the section's contents
  app.footer(
      "Examples:\n"
      "  shallop compile http_service.wasm\n"
      "  shallop compile --cpu baseline -o service.wasm http_service.wasm\n");
}

uint8_t parse_optimization(const std::string& text) {
  if (text.size() != 1 || text[0] < '0' || text[0] > '3') {
    throw UsageError(fmt::format("-O {}: the levels are 0, 1, 2 and 3", text));
  }
  return static_cast<uint8_t>(text[0] - '0');
}

// One line on a terminal, once it takes longer than a second.
class Progress {
 public:
  void report(uint64_t done, uint64_t total) {
    if (!is_terminal_ || total == 0 || std::chrono::steady_clock::now() < next_) return;
    next_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
    static_cast<void>(write_all(STDERR_FILENO, fmt::format("\rcompiling: {:3} %", done * 100 / total)));
    is_shown_ = true;
  }
  void clear() {
    if (is_shown_) static_cast<void>(write_all(STDERR_FILENO, "\r\x1b[K"));
  }

 private:
  bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool is_shown_ = false;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
};

std::string default_output(const std::string& file) {
  if (file == "-") throw UsageError("where to? a module from standard input has no name: -o OUT.wasm");
  std::filesystem::path path(file);
  return path.replace_extension(".native.wasm").string();
}

// --- What may happen on the way ---

std::string line_start = "shallop: ";  // of the line that says why there is no native code

// A FatalErrorHandler: memory may have run out, and other threads go on.
[[noreturn]] void give_up(const char* reason) {
  static std::atomic_flag is_told;
  if (is_told.test_and_set()) {
    for (;;) ::pause();
  }
  const auto part = [](std::string_view text) { return iovec{const_cast<char*>(text.data()), text.size()}; };
  const iovec line[] = {part(line_start), part(reason), part("\n")};
  static_cast<void>(!::writev(STDERR_FILENO, line, std::size(line)));
  ::_exit(exit_status::cannot_run);
}

// Of addresses; a limit that is lower already stays.
void limit_memory([[maybe_unused]] uint64_t size_bytes) {
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)  // which reserve terabytes of them
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, size_bytes);
  ::setrlimit(RLIMIT_AS, &limit);
#endif
}

uint64_t peak_memory_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss);
}

struct Task {
  std::string output;
  uint8_t optimization;
  std::string cpu;
  bool section_only;
  bool verbose;
};

int compile_file(const std::string& file, const Task& task) {
  const auto start = std::chrono::steady_clock::now();
  const auto module = load_module(file);
  Progress progress;
  aot::CompileOptions options{.optimization = task.optimization,
                              .cpu = task.cpu,
                              .progress = [&](uint64_t done, uint64_t total) { progress.report(done, total); }};
  const aot::NativeImage image = aot::compile(*module, options);
  progress.clear();
  const std::vector<std::byte> contents = aot::write_native_section(**module, image);
  const std::vector<std::byte> bytes = task.section_only ? contents : aot::with_native_section(**module, contents);
  write_output(task.output, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (task.verbose) {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    print_diagnostic(printable(fmt::format(
        "{}: compiled in {:.2f} s at -O{} for {}: {} bytes of native code; the compiler's memory was {:.0f} MiB", file,
        taken.count(), task.optimization, image.target.cpu, image.code.size() + image.data.size(),
        static_cast<double>(peak_memory_kib()) / 1024)));
  }
  return exit_status::success;
}

int compile(const Arguments& arguments) {
  CommandLine line(
      "shallop compile", "FILE.wasm",
      "Compiles a module to native code and writes the same module with that code in a section of its own. "
      "Any runtime runs the result; shallop run takes the native code if --allow-native is given.");
  Typed typed;
  add_options(line.app(), typed);
  const auto operands = line.parse(arguments);
  if (!operands) return exit_status::success;
  if (operands->size() != 1) {
    throw UsageError(fmt::format("compile takes one file, not {}: shallop compile FILE.wasm", operands->size()));
  }
  const std::string& file = operands->front();
  const Task task{.output = typed.output.empty() ? default_output(file) : typed.output,
                  .optimization = parse_optimization(typed.optimization),
                  .cpu = typed.cpu,
                  .section_only = typed.section_only,
                  .verbose = typed.verbose};
  limit_memory(parse_size("--memory-limit", typed.memory_limit));
  // `shallop run`, which asks for a section, names the file itself.
  const std::string name = task.section_only ? "" : file;
  if (!name.empty()) line_start = fmt::format("shallop: {}: ", printable(name));
  aot::set_fatal_error_handler(give_up, task.section_only
                                            ? "there is not enough memory to compile it"
                                            : "there is not enough memory to compile it: --memory-limit allows more");
  return with_diagnostics(name, [&] { return compile_file(file, task); });
}

}  // namespace
}  // namespace shallop::cli

int main(int argument_count, char** arguments) {
  return shallop::cli::run_program(argument_count, arguments, shallop::cli::compile);
}
