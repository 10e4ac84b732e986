// SPDX-License-Identifier: Apache-2.0
// Interpreter and native code on modules that nobody wrote: Binaryen's generator makes a module of random bytes, every
// export is called in both, and results, traps, calls of host functions, memory and globals have to be the same.
//
// SHALLOP_DIFFERENTIAL_SECONDS=600 runs longer, SHALLOP_DIFFERENTIAL_SEED=N begins with another module. A module on
// which the engines differ is kept in build/differential, and its seed is told.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include "aot/compiler/compile.hpp"
#include "aot/engine.hpp"
#include "base/file.hpp"
#include "binary/decode.hpp"
#include "cli/process.hpp"
#include "differential/outcomes.hpp"
#include "interpreter/engine.hpp"
#include "runtime/instantiate.hpp"
#include "support/temporary_directory.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

using Clock = std::chrono::steady_clock;

// --- Modules ---

// Features that both engines have and Binaryen's validator and ours agree on; atomics and tail calls in some modules,
// as they change what code looks like. NaNs are replaced as they come to be: their bits may differ between engines.
const std::vector<std::string> generator_options{
    "--translate-to-fuzz", "--mvp-features",           "--enable-bulk-memory",
    "--enable-sign-ext",   "--enable-multivalue",      "--enable-nontrapping-float-to-int",
    "--enable-simd",       "--enable-mutable-globals", "--denan"};

std::vector<std::byte> generate(uint64_t seed, const TemporaryDirectory& directory) {
  std::mt19937_64 random(seed);
  std::string bytes(500 + random() % 20'000, '\0');
  for (char& each : bytes) each = static_cast<char>(random());
  directory.write("random", bytes);
  std::vector<std::string> command{"/usr/bin/env", "wasm-opt", directory / "random", "-o", directory / "module.wasm"};
  command.insert(command.end(), generator_options.begin(), generator_options.end());
  if (seed % 2 != 0) command.emplace_back("--enable-threads");
  if (seed / 2 % 2 != 0) command.emplace_back("--enable-tail-call");
  cli::Process process(command, directory.path(), {"PATH=/usr/local/bin:/usr/bin:/bin"});
  if (process.wait().status != 0) return {};
  return read_file(directory / "module.wasm", limits::module_size_bytes).value_or(std::vector<std::byte>());
}

// --- One engine's run ---

// What host functions were called with.
using Log = std::vector<Slot>;

Completion log_arguments(FunctionInstance& callee, Instance*, Slot* values) noexcept {
  auto& log = *static_cast<Log*>(callee.host);
  for (const ValueType each : callee.type->parameters) {
    const bool is_narrow = each == ValueType::i32 || each == ValueType::f32;
    log.push_back(is_narrow ? static_cast<uint32_t>(values[0]) : values[0]);
    if (slots_of(each) == 2) log.push_back(values[1]);
    values += slots_of(each);
  }
  return Completion::returned;
}

class Run {
 public:
  Run(std::shared_ptr<const ValidatedModule> module, std::shared_ptr<const Code> code) {
    Linker linker;
    for (const Import& each : (*module)->imports) {
      if (each.kind() != ExternKind::function) continue;
      const FuncType& type = (*module)->types[std::get<TypeIndex>(each.description).value];
      linker.define(each.module, each.name, &store_.add_host_function(type, log_arguments, &log_));
    }
    const Instantiation instantiation = instantiate(store_, std::move(module), std::move(code), linker);
    instance_ = &instantiation.instance;
    is_ready_ = std::holds_alternative<Results>(instantiation.outcome);
  }

  bool is_ready() const { return is_ready_; }
  Outcome call(const Export& item, const std::vector<Value>& arguments) {
    return invoke(store_, *instance_->all_functions[item.index], arguments);
  }
  const Log& log() const { return log_; }
  std::span<const std::byte> memory() const {
    return instance_->memory == nullptr ? std::span<const std::byte>() : instance_->memory->bytes();
  }
  std::vector<Slot> globals() const {
    std::vector<Slot> values;
    for (const GlobalInstance* each : instance_->all_globals) {
      const bool is_narrow = each->type.type == ValueType::i32 || each->type.type == ValueType::f32;
      values.push_back(is_narrow ? static_cast<uint32_t>(each->value[0]) : each->value[0]);
      if (each->type.type == ValueType::v128) values.push_back(each->value[1]);
    }
    return values;
  }

 private:
  Store store_;
  Log log_;
  Instance* instance_ = nullptr;
  bool is_ready_ = false;
};

// --- Both ---

Value random_value(ValueType type, std::mt19937_64& random) {
  constexpr uint64_t special[] = {
      0, 1, ~uint64_t{0}, 0x7FFF'FFFF, 0x8000'0000, 0x7FFF'FFFF'FFFF'FFFF, uint64_t{1} << 63};
  const auto bits = [&] { return random() % 2 == 0 ? special[random() % std::size(special)] : random(); };
  switch (type) {
    case ValueType::i32: return Value::i32(static_cast<uint32_t>(bits()));
    case ValueType::f32: return Value::f32(static_cast<float>(static_cast<int64_t>(bits())));
    case ValueType::f64: return Value::f64(static_cast<double>(static_cast<int64_t>(bits())));
    case ValueType::v128: return {type, {bits(), bits()}};
    default: return {type, {is_reference(type) ? 0 : bits(), 0}};
  }
}

// Empty if there is no difference. `calls` counts what was compared.
std::string first_difference(const std::shared_ptr<const ValidatedModule>& module, uint64_t seed, size_t& calls) {
  std::mt19937_64 random(seed);
  const aot::NativeImage image =
      aot::compile(*module, {.optimization = static_cast<uint8_t>(random() % 4), .threads = 1, .progress = {}});
  Run interpreted(module, interpreter::prepare(module));
  Run native(module, aot::prepare(module, view(image)));
  if (interpreted.is_ready() != native.is_ready()) return "instantiation";
  if (!native.is_ready()) return {};
  for (const Export& each : (*module)->exports) {
    if (each.kind != ExternKind::function) continue;
    std::vector<Value> arguments;
    for (const ValueType type : (*module)->types[(*module)->function_types[each.index].value].parameters) {
      arguments.push_back(random_value(type, random));
    }
    const Outcome expected = interpreted.call(each, arguments);
    const Outcome got = native.call(each, arguments);
    // How deep a recursion may go is each engine's own; what it did until then differs.
    if (is_exhausted(expected) || is_exhausted(got)) return {};
    ++calls;
    if (describe(expected) != describe(got)) {
      return each.name + ": interpreted " + describe(expected) + ", native " + describe(got);
    }
    if (interpreted.log() != native.log()) return each.name + ": calls of host functions";
    if (!std::ranges::equal(interpreted.memory(), native.memory())) return each.name + ": memory";
    const std::vector<Slot> here = interpreted.globals(), there = native.globals();
    const auto [first, second] = std::ranges::mismatch(here, there);
    if (first != here.end()) {
      return fmt::format("{}: word {} of the globals: interpreted {:#x}, native {:#x}", each.name, first - here.begin(),
                         *first, *second);
    }
  }
  return {};
}

void keep(const std::vector<std::byte>& bytes, uint64_t seed) {
  std::filesystem::create_directories("build/differential");
  std::ofstream file("build/differential/" + std::to_string(seed) + ".wasm", std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

TEST(Engines, AgreeOnGeneratedModules) {
  const TemporaryDirectory directory;
  const auto end = Clock::now() + std::chrono::seconds(number_from_environment("SHALLOP_DIFFERENTIAL_SECONDS", 10));
  uint64_t seed = number_from_environment("SHALLOP_DIFFERENTIAL_SEED", 1);
  size_t compared = 0;
  size_t failed = 0;
  size_t calls = 0;
  for (; Clock::now() < end; ++seed) {
    const std::vector<std::byte> bytes = generate(seed, directory);
    if (bytes.empty()) {  // the generator's own assertions fail now and then
      if (compared == 0 && ++failed == 20) break;
      continue;
    }
    const std::string difference = first_difference(validate(decode(bytes)), seed, calls);
    ++compared;
    if (difference.empty()) continue;
    keep(bytes, seed);
    ADD_FAILURE() << "seed " << seed << ": " << difference;
  }
  std::cout << compared << " generated modules, " << calls << " calls, the last with seed " << seed - 1 << '\n';
  if (compared == 0) GTEST_SKIP() << "wasm-opt (package binaryen) generates the modules, and made none";
}

}  // namespace
}  // namespace shallop
