// SPDX-License-Identifier: Apache-2.0
#include "embedder/program.hpp"

#include <fmt/format.h>

#include <csignal>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "binary/decode.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

[[noreturn]] void fail_reading(std::error_code error) {
  if (error == std::errc::no_such_file_or_directory) throw Error("there is no such file");
  if (error == std::errc::is_a_directory) throw Error("this is a directory: name the .wasm file in it");
  if (error == std::errc::permission_denied) throw Error("the file cannot be read: permission denied");
  if (error == std::errc::file_too_large) {
    throw Error(fmt::format("the file is larger than {} MiB, the limit for a module", limits::module_size_bytes >> 20));
  }
  throw Error(fmt::format("the file cannot be read: {}", error.message()));
}

// Of anything else the beginning is enough to say what it is instead.
bool begins_as_module(std::span<const std::byte> beginning) {
  constexpr std::string_view magic("\0asm", 4);
  const std::string_view text(reinterpret_cast<const char*>(beginning.data()), beginning.size());
  return text.starts_with(magic.substr(0, text.size()));
}

std::vector<std::byte> read_module_file(const std::string& path) {
  auto bytes = read_file(path == "-" ? "/dev/stdin" : path, limits::module_size_bytes, begins_as_module);
  if (!bytes) fail_reading(bytes.error());
  return *std::move(bytes);
}

}  // namespace

std::shared_ptr<const ValidatedModule> load_module(const std::string& path) {
  return validate(decode(read_module_file(path)));
}

Program load_program(const std::string& path, const EngineOptions& options) {
  std::signal(SIGXFSZ, SIG_IGN);  // beyond the limit of ulimit -f, writing to the cache fails and kills nobody
  auto module = load_module(path);
  auto engine = select_engine(path, module, options);
  return {.path = path, .module = std::move(module), .engine = std::move(engine)};
}

}  // namespace shallop
