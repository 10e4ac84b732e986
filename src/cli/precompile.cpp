// SPDX-License-Identifier: Apache-2.0
// `shallop precompile`: native code for the containers of this host, which have no compiler.
#include <fmt/format.h>
#include <unistd.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "aot/cache.hpp"
#include "aot/compiler_process.hpp"
#include "aot/entry_file.hpp"
#include "aot/native_store.hpp"
#include "base/file.hpp"
#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "embedder/diagnostics.hpp"
#include "embedder/program.hpp"

namespace shallop::cli {
namespace {

constexpr uint8_t optimization = 3;  // that of `shallop run`

template <typename Value>
Value value_or_throw(std::expected<Value, std::string> result) {
  if (!result) throw Error(result.error());
  return *std::move(result);
}

std::vector<std::byte> compile(const Module& module) {
  const auto compiler = aot::find_compiler();
  if (!compiler) throw Error("there is no shallop-compiler beside this program");
  return value_or_throw(
      value_or_throw(
          aot::CompilerProcess::start(*compiler, *module.bytes, {.optimization = optimization, .in_background = true}))
          .wait());
}

int precompile_into(const std::string& directory, const std::string& file) {
  const aot::NativeStore store = value_or_throw(aot::NativeStore::open(directory));
  const auto module = load_module(file);
  const Digest key = aot::cache_key(**module, optimization);
  // Of several that are started at once, the others find what the first one has made.
  const UniqueFd alone = store.lock();
  if (store.touch(key)) return exit_status::success;
  const auto stored = store.store(key, compile(**module));
  if (!stored) throw Error(stored.error());
  return exit_status::success;
}

void write_out(std::span<const std::byte> bytes) {
  if (const std::error_code error = write_all(STDOUT_FILENO, bytes)) {
    throw Error(fmt::format("the native code cannot be written: {}", error.message()));
  }
}

// The name at once: whoever keeps it may have the entry already.
int precompile_to_output(const std::string& file) {
  const auto module = load_module(file);
  const std::string name = aot::entry_name(aot::cache_key(**module, optimization)) + "\n";
  write_out(std::as_bytes(std::span(name)));
  write_out(compile(**module));
  return exit_status::success;
}

}  // namespace

int precompile_command(const Arguments& arguments) {
  CommandLine line(
      "shallop precompile", "FILE.wasm",
      "Compiles a module for this machine and keeps the native code in DIR, where shallop run finds it with "
      "--native-store DIR. shallop-oci does this for the images that it runs. FILE.wasm may be - for "
      "standard input.");
  std::string directory;
  line.app()
      .add_option("--store", directory,
                  "The directory, which has to be there; - for standard output, as the entry's name in a line and what "
                  "it contains")
      ->option_text("DIR");
  const auto operands = line.parse(arguments);
  if (!operands) return exit_status::success;
  if (operands->size() != 1 || directory.empty()) {
    throw UsageError("precompile takes a directory and one file: shallop precompile --store DIR FILE.wasm");
  }
  const std::string& file = operands->front();
  return with_diagnostics(
      file, [&] { return directory == "-" ? precompile_to_output(file) : precompile_into(directory, file); });
}

}  // namespace shallop::cli
