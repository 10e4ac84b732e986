// SPDX-License-Identifier: Apache-2.0
// Interpreter and native code on generated pairs of modules that call each other, in tail position too, and throw and
// catch: both interpreted, both native, one and one. Results, traps, exceptions and memories have to be the same.
//
// SHALLOP_DIFFERENTIAL_SECONDS and SHALLOP_DIFFERENTIAL_SEED as in engines_test.cpp.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "aot/compiler/compile.hpp"
#include "aot/engine.hpp"
#include "binary/decode.hpp"
#include "differential/control_modules.hpp"
#include "differential/outcomes.hpp"
#include "interpreter/engine.hpp"
#include "runtime/instantiate.hpp"

namespace shallop {
namespace {

using Clock = std::chrono::steady_clock;
using SharedModule = std::shared_ptr<const ValidatedModule>;

std::shared_ptr<const Code> prepare(const SharedModule& module, bool is_native, uint8_t optimization) {
  if (!is_native) return interpreter::prepare(module);
  return aot::prepare(module,
                      view(aot::compile(*module, {.optimization = optimization, .threads = 1, .progress = {}})));
}

class Pair {
 public:
  Pair(const SharedModule& first, std::shared_ptr<const Code> first_code, const SharedModule& second,
       std::shared_ptr<const Code> second_code) {
    Linker linker;
    Instance& instance = instantiate(store_, first, std::move(first_code), linker).instance;
    linker.define_instance("first", instance);
    instances_[0] = &instance;
    instances_[1] = &instantiate(store_, second, std::move(second_code), linker).instance;
  }

  // Calls every `run`, and tells all that can be told of it.
  std::vector<std::string> run() {
    std::vector<std::string> told;
    for (Instance* instance : instances_) {
      for (int i = 0; i < 4; ++i) {
        for (Instance* each : instances_) call(*each, "refuel");
        const Outcome outcome = call(*instance, "run" + std::to_string(i));
        // How deep a recursion may go is each engine's own; what it did until then differs.
        if (is_exhausted(outcome)) {
          told.emplace_back("exhausted");
          return told;
        }
        told.push_back(describe(outcome) + ", memories " + memories());
      }
    }
    return told;
  }

 private:
  Outcome call(const Instance& instance, const std::string& name) {
    return invoke(store_, *std::get<FunctionInstance*>(instance.find_export(name).value()), {});
  }
  std::string memories() const {
    std::string result;
    for (const Instance* each : instances_) {
      const std::span<const std::byte> bytes = each->memory->bytes().first(1024);
      const auto* const text = reinterpret_cast<const char*>(bytes.data());
      result += std::to_string(std::hash<std::string_view>()({text, bytes.size()})) + ' ';
    }
    return result;
  }

  Store store_;
  Instance* instances_[2] = {};
};

void keep(const ModuleBuilder& module, uint64_t seed, const char* name) {
  std::filesystem::create_directories("build/differential");
  std::ofstream file("build/differential/" + std::to_string(seed) + "-" + name + ".wasm", std::ios::binary);
  const std::vector<std::byte> bytes = module.build();
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// How calls ended that were compared, by the first word of what is told of them: "results", "exception", a trap's.
using Endings = std::map<std::string, size_t>;

// Empty if there is no difference.
std::string first_difference(const ControlModules& modules, uint64_t seed, Endings& endings) {
  const SharedModule first = validate(decode(modules.first.build()));
  const SharedModule second = validate(decode(modules.second.build()));
  const auto optimization = static_cast<uint8_t>(seed % 4);
  const std::shared_ptr<const Code> codes[2][2] = {{prepare(first, false, 0), prepare(first, true, optimization)},
                                                   {prepare(second, false, 0), prepare(second, true, optimization)}};
  const std::vector<std::string> expected = Pair(first, codes[0][0], second, codes[1][0]).run();
  for (const auto [a, b] : {std::pair(1, 1), std::pair(1, 0), std::pair(0, 1)}) {
    const std::vector<std::string> got = Pair(first, codes[0][a], second, codes[1][b]).run();
    for (size_t i = 0; i < std::min(expected.size(), got.size()); ++i) {
      if (expected[i] == "exhausted" || got[i] == "exhausted") break;
      ++endings[expected[i].substr(0, expected[i].find(' '))];
      if (expected[i] == got[i]) continue;
      const char* const engines[] = {"interpreted", "native"};
      return "run " + std::to_string(i) + ": interpreted " + expected[i] + "; first " + engines[a] + ", second " +
             engines[b] + " " + got[i];
    }
  }
  return {};
}

TEST(Engines, AgreeOnWhereControlGoes) {
  const auto end = Clock::now() + std::chrono::seconds(number_from_environment("SHALLOP_DIFFERENTIAL_SECONDS", 10));
  uint64_t seed = number_from_environment("SHALLOP_DIFFERENTIAL_SEED", 1);
  size_t pairs = 0;
  Endings endings;
  for (; Clock::now() < end; ++seed, ++pairs) {
    const ControlModules modules = generate_control_modules(seed);
    const std::string difference = first_difference(modules, seed, endings);
    if (difference.empty()) continue;
    keep(modules.first, seed, "first");
    keep(modules.second, seed, "second");
    ADD_FAILURE() << "seed " << seed << ": " << difference;
  }
  std::cout << pairs << " generated pairs of modules, the last with seed " << seed - 1 << "; calls by how they ended:";
  for (const auto& [ending, calls] : endings) std::cout << ' ' << ending << ' ' << calls;
  std::cout << '\n';
  EXPECT_GT(endings["results"], 0u);
}

}  // namespace
}  // namespace shallop
