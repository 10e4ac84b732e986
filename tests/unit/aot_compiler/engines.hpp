// SPDX-License-Identifier: Apache-2.0
// Instances in one store, each run by the engine that a test chooses: what crosses from one to the other.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "aot/compiler/compile.hpp"
#include "aot/engine.hpp"
#include "binary/decode.hpp"
#include "interpreter/engine.hpp"
#include "runtime/instantiate.hpp"
#include "support/module_builder.hpp"

namespace shallop::aot {

enum class Engine : uint8_t { interpreted, native_o0, native_o2 };

inline std::string name_of(Engine engine) {
  return engine == Engine::interpreted ? "Interpreted" : engine == Engine::native_o0 ? "NativeO0" : "NativeO2";
}
inline void PrintTo(Engine engine, std::ostream* out) { *out << name_of(engine); }

class Engines {
 public:
  explicit Engines(size_t stack_size_bytes) : store_({.memory = {}, .stack_size_bytes = stack_size_bytes}) {}

  Store& store() { return store_; }
  Linker& linker() { return linker_; }

  Instance& add(const ModuleBuilder& builder, Engine engine) {
    auto module = validate(decode(builder.build()));
    std::shared_ptr<const Code> code;
    if (engine == Engine::interpreted) {
      code = interpreter::prepare(module);
    } else {
      const uint8_t optimization = engine == Engine::native_o0 ? 0 : 2;
      code = prepare(module, view(compile(*module, {.optimization = optimization, .threads = 1, .progress = {}})));
    }
    return instantiate(store_, std::move(module), std::move(code), linker_).instance;
  }
  Outcome call(const Instance& instance, std::string_view name, const std::vector<Value>& arguments = {}) {
    return invoke(store_, *std::get<FunctionInstance*>(instance.find_export(name).value()), arguments);
  }
  void expect(const Instance& instance, std::string_view name, const std::vector<Value>& arguments,
              const Results& results) {
    const Outcome outcome = call(instance, name, arguments);
    const auto* got = std::get_if<Results>(&outcome);
    const auto* trap = std::get_if<Trap>(&outcome);
    ASSERT_NE(got, nullptr) << name << (trap != nullptr ? ": trap " + std::string(text(trap->code)) : ": no results");
    EXPECT_EQ(*got, results) << name;
  }

 private:
  Store store_;
  Linker linker_;
};

}  // namespace shallop::aot
