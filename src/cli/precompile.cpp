// SPDX-License-Identifier: Apache-2.0
// `shallop precompile`: native code for the containers of this host, which have no compiler.
#include <fmt/format.h>

#include "aot/cache.hpp"
#include "aot/compiler_process.hpp"
#include "aot/native_store.hpp"
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

int precompile(const std::string& file, const std::string& directory) {
  const aot::NativeStore store = value_or_throw(aot::NativeStore::open(directory));
  const auto module = load_module(file);
  const Digest key = aot::cache_key(**module, optimization);
  // Of several that are started at once, the others find what the first one has made.
  const UniqueFd alone = store.lock();
  if (store.touch(key)) return exit_status::success;
  const auto compiler = aot::find_compiler();
  if (!compiler) throw Error("there is no shallop-compiler beside this program");
  auto process = value_or_throw(
      aot::CompilerProcess::start(*compiler, *(*module)->bytes, {.optimization = optimization, .in_background = true}));
  const auto stored = store.store(key, value_or_throw(process.wait()));
  if (!stored) throw Error(stored.error());
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
  line.app().add_option("--store", directory, "The directory, which has to be there")->option_text("DIR");
  const auto operands = line.parse(arguments);
  if (!operands) return exit_status::success;
  if (operands->size() != 1 || directory.empty()) {
    throw UsageError("precompile takes a directory and one file: shallop precompile --store DIR FILE.wasm");
  }
  const std::string& file = operands->front();
  return with_diagnostics(file, [&] { return precompile(file, directory); });
}

}  // namespace shallop::cli
