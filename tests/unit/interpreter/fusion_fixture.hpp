// SPDX-License-Identifier: Apache-2.0
// Superinstructions against the simple instructions: each pair is lowered twice, once as it stands and once with a
// block between its two halves, which keeps them apart. Both must compute the same.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "binary/decode.hpp"
#include "interpreter/engine.hpp"
#include "runtime/instantiate.hpp"
#include "support/module_builder.hpp"
#include "wasm/opcode.hpp"

namespace shallop {

using enum Opcode;
using enum ValueType;

inline constexpr Opcode binaries[] = {
#define SHALLOP_BINARY(code, id, text, operand, result) Opcode::id,
#include "wasm/opcodes.def"
};
inline constexpr Opcode comparisons[] = {
#define SHALLOP_COMPARE(code, id, text, operand, result) Opcode::id,
#include "wasm/opcodes.def"
};
inline constexpr Opcode loads[] = {
#define SHALLOP_LOAD(code, id, text, result, size_bytes) Opcode::id,
#include "wasm/opcodes.def"
};
inline constexpr Opcode stores[] = {
#define SHALLOP_STORE(code, id, text, operand, size_bytes) Opcode::id,
#include "wasm/opcodes.def"
};

// Values that differ in their low and high bits, as parameters of every type.
inline Value value_of(ValueType type, uint64_t bits) {
  if (type == i32) return Value::i32(static_cast<uint32_t>(bits));
  if (type == i64) return Value::i64(bits);
  if (type == f32) return Value::f32(static_cast<float>(static_cast<int32_t>(bits)) / 3);
  return Value::f64(static_cast<double>(static_cast<int64_t>(bits)) / 7);
}
inline constexpr uint64_t samples[][3] = {
    {5, 3, 7}, {0x8000'0001'9000'0003, 0xFFFF'FFFF'0000'0021, 0x1234'5678'FFFF'FFFE}, {0, 0, 0}};

// Where an operand is when the pair is reached.
enum class Place : uint8_t { local, constant, accumulator };
inline constexpr Place places[] = {Place::local, Place::constant, Place::accumulator};

// Collects functions in two forms and calls them.
class Fusion : public testing::Test {
 protected:
  Fusion() {
    module_.memory({.minimum = 1, .maximum = {}});
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i * 37);
    // Where a 32-bit word is read as an address, it must be one.
    for (int i = 512; i < 768; i += 4) words_ += {static_cast<char>(i / 4), 0, 0, 0};
    module_.active_data(Body().i32(0), bytes);
    module_.active_data(Body().i32(512), words_);
    global_ = module_.global({.type = i32, .is_mutable = true}, Body().i32(0));
  }

  // A block around nothing that takes what is on top.
  Body& seam(Body& body, ValueType type, bool apart) {
    if (apart) body.block(block, module_.type({type}, {type})).op(end);
    return body;
  }
  // Local `index`, or what stands in its place.
  static Body& push(Body& body, ValueType type, Place place, uint32_t index) {
    if (place == Place::local) return body.op(local_get, index);
    if (place == Place::constant) {
      if (type == i32) return body.i32(9);
      if (type == i64) return body.i64(-9);
      return type == f32 ? body.f32(1.5F) : body.f64(-2.5);
    }
    body.op(local_get, index).op(local_get, index);
    return body.op(type == i32 ? i32_add : type == i64 ? i64_add : type == f32 ? f32_add : f64_add);
  }

  // `make(apart)` is the function's body.
  template <class Make>
  void add(std::string name, const std::vector<ValueType>& parameters, ValueType result, Make make) {
    const TypeIndex type = module_.type(parameters, {result});
    for (const bool apart : {false, true}) {
      module_.export_function(name + (apart ? " apart" : ""), module_.function(type, make(apart)));
    }
    cases_.emplace_back(std::move(name), parameters);
  }

  void expect_equal(std::initializer_list<MemoryPolicy> policies = {{}, {.reserve = false}}) {
    for (const MemoryPolicy& policy : policies) {
      Store store({.memory = policy});
      Linker linker;
      auto module = validate(decode(module_.build()));
      auto code = interpreter::prepare(module);
      const Instance& instance = instantiate(store, std::move(module), std::move(code), linker).instance;
      for (const auto& [name, parameters] : cases_) {
        for (const auto& sample : samples) {
          std::vector<Value> arguments;
          for (size_t i = 0; i < parameters.size(); ++i) arguments.push_back(value_of(parameters[i], sample[i]));
          EXPECT_TRUE(call(store, instance, name, arguments) == call(store, instance, name + " apart", arguments))
              << name << " of sample " << &sample - samples;
        }
      }
    }
  }

  ModuleBuilder module_;
  GlobalIndex global_;
  std::string words_;

 private:
  // Results, or nothing for a trap; both must be alike. NaNs are compared by their bits.
  static std::vector<std::array<uint64_t, 2>> call(Store& store, const Instance& instance, const std::string& name,
                                                   const std::vector<Value>& arguments) {
    FunctionInstance& function = *std::get<FunctionInstance*>(instance.find_export(name).value());
    const Outcome outcome = invoke(store, function, arguments);
    std::vector<std::array<uint64_t, 2>> bits;
    if (const auto* results = std::get_if<Results>(&outcome)) {
      for (const Value& each : *results) bits.push_back({each.bits[0], each.bits[1]});
    }
    return bits;
  }

  std::vector<std::pair<std::string, std::vector<ValueType>>> cases_;
};

inline std::string label(std::initializer_list<Opcode> opcodes, std::initializer_list<Place> operands) {
  std::string name;
  for (Opcode each : opcodes) name += std::string(text(each)) + ' ';
  for (Place each : operands) name += each == Place::local ? 's' : each == Place::constant ? 'i' : 'a';
  return name;
}

}  // namespace shallop
