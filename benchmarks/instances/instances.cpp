// SPDX-License-Identifier: Apache-2.0
// instances FILE.wasm...: what one more instance of a program costs: the memory that becomes resident for a store with
// its stack, WASI's functions, the instance and its linear memory as they are after instantiation, and the time until
// then. The module and its code are shared. Figures are of the mean of many instances that exist at once.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "embedder/program.hpp"
#include "interpreter/engine.hpp"
#include "runtime/instantiate.hpp"
#include "runtime/linker.hpp"
#include "wasi/link.hpp"
#include "wasm/error.hpp"

namespace shallop {
namespace {

constexpr int instance_count = 64;

// Memory of this process that is its own, proc(5).
size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    size_t kib = 0;
    if (word == "RssAnon:" && status >> kib) return kib;
  }
  return 0;
}

struct Guest {
  wasi::Context context{{}};
  Store store;
  Linker linker;
  Instance* instance = nullptr;

  Guest(std::shared_ptr<const ValidatedModule> module, std::shared_ptr<const Code> code) {
    wasi::link(linker, store, context);
    instance = &instantiate(store, std::move(module), std::move(code), linker).instance;
  }
};

bool report(const char* path) {
  using Clock = std::chrono::steady_clock;
  try {
    const std::shared_ptr<const ValidatedModule> module = load_module(path);
    const std::shared_ptr<const Code> code = interpreter::prepare(module);
    std::vector<std::unique_ptr<Guest>> guests;
    guests.reserve(instance_count);
    const Guest first(module, code);  // what only the first one costs is not counted
    const size_t before_kib = resident_kib();
    const Clock::time_point start = Clock::now();
    for (int i = 0; i < instance_count; ++i) guests.push_back(std::make_unique<Guest>(module, code));
    const std::chrono::duration<double, std::micro> time = Clock::now() - start;
    const size_t resident = resident_kib() - before_kib;
    const std::string_view name = std::string_view(path).substr(std::string_view(path).find_last_of('/') + 1);
    const size_t linear_kib = first.instance->memory == nullptr ? 0 : first.instance->memory->size_bytes() >> 10;
    fmt::print("{:<24} {:>12.1f} {:>17} {:>14.1f}\n", name, static_cast<double>(resident) / instance_count, linear_kib,
               time.count() / instance_count);
    return true;
  } catch (const Error& error) {
    fmt::print(stderr, "instances: {}: {}\n", path, error.what());
    return false;
  }
}

}  // namespace
}  // namespace shallop

int main(int argument_count, char** arguments) {
  if (argument_count < 2) {
    fmt::print(stderr, "usage: instances FILE.wasm...\n");
    return 2;
  }
  fmt::print("{:<24} {:>12} {:>17} {:>14}\n", "module", "resident KiB", "linear memory KiB", "instantiate us");
  bool all = true;
  for (int i = 1; i < argument_count; ++i) all = shallop::report(arguments[i]) && all;
  return all ? 0 : 1;
}
