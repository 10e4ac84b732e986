// SPDX-License-Identifier: Apache-2.0
// lowering FILE.wasm...: how fast modules are got ready, as MB of module per second of one core: decoded, validated,
// and all functions lowered (which `shallop run` does one by one as they are called), and how large their slot code is.
// Each figure is of the best of the rounds that fit into a second.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "binary/decode.hpp"
#include "interpreter/code.hpp"
#include "validation/validated_module.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Costs {
  Seconds decode = Seconds::max();
  Seconds validate = Seconds::max();
  Seconds lower = Seconds::max();
  size_t body_bytes = 0;
  size_t slot_code_bytes = 0;
};

// Runs `work` and notes in `best` how long it took, if no other round was faster.
template <class Work>
auto timed(Seconds& best, Work work) {
  const Clock::time_point start = Clock::now();
  auto result = work();
  best = std::min(best, Seconds(Clock::now() - start));
  return result;
}

std::unique_ptr<interpreter::ModuleCode> lower_all(const std::shared_ptr<const ValidatedModule>& module) {
  using interpreter::MemoryAccess;
  auto code = std::make_unique<interpreter::ModuleCode>(module);
  for (uint32_t i = 0; i < (*module)->functions.size(); ++i) {
    code->ensure_lowered(code->function(MemoryAccess::guarded, i));
  }
  return code;
}

Costs measure(const std::vector<std::byte>& file) {
  Costs costs;
  const Clock::time_point end = Clock::now() + std::chrono::seconds(1);
  do {
    std::vector<std::byte> bytes = file;
    Module decoded = timed(costs.decode, [&] { return decode(std::move(bytes)); });
    const auto module = timed(costs.validate, [&] { return validate(std::move(decoded)); });
    const auto code = timed(costs.lower, [&] { return lower_all(module); });
    costs.body_bytes = 0;
    costs.slot_code_bytes = 0;
    for (uint32_t i = 0; i < (*module)->functions.size(); ++i) {
      costs.body_bytes += (*module)->functions[i].body.bytes.size();
      costs.slot_code_bytes +=
          code->function(interpreter::MemoryAccess::guarded, i).words.size() * sizeof(interpreter::Word);
    }
  } while (Clock::now() < end);
  return costs;
}

double megabytes_per_second(size_t bytes, Seconds time) { return static_cast<double>(bytes) / 1e6 / time.count(); }

bool report(const char* path) {
  const auto file = read_file(path, limits::module_size_bytes);
  if (!file) {
    fmt::print(stderr, "lowering: {}: {}\n", path, file.error().message());
    return false;
  }
  try {
    const Costs costs = measure(*file);
    const std::string_view name = std::string_view(path).substr(std::string_view(path).find_last_of('/') + 1);
    fmt::print("{:<24} {:>8} {:>11.0f} {:>13.0f} {:>10.0f} {:>10} {:>10} {:>6.1f}\n", name, file->size(),
               megabytes_per_second(file->size(), costs.decode), megabytes_per_second(file->size(), costs.validate),
               megabytes_per_second(file->size(), costs.lower), costs.body_bytes, costs.slot_code_bytes,
               static_cast<double>(costs.slot_code_bytes) / static_cast<double>(std::max(costs.body_bytes, size_t{1})));
    return true;
  } catch (const Error& error) {
    fmt::print(stderr, "lowering: {}: {}\n", path, error.what());
    return false;
  }
}

}  // namespace
}  // namespace shallop

int main(int argument_count, char** arguments) {
  if (argument_count < 2) {
    fmt::print(stderr, "usage: lowering FILE.wasm...\n");
    return 2;
  }
  fmt::print("{:<24} {:>8} {:>11} {:>13} {:>10} {:>10} {:>10} {:>6}\n", "module", "bytes", "decode MB/s",
             "validate MB/s", "lower MB/s", "of bodies", "slot code", "factor");
  bool all = true;
  for (int i = 1; i < argument_count; ++i) all = shallop::report(arguments[i]) && all;
  return all ? 0 : 1;
}
