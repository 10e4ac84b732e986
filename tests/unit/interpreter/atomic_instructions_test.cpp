// SPDX-License-Identifier: Apache-2.0
// Every atomic instruction by its row: what it does to memory and leaves on the stack, and where it traps. Both kinds
// of memory, shared or not.
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <string>

#include "binary/decode.hpp"
#include "interpreter/engine.hpp"
#include "runtime/instantiate.hpp"
#include "support/module_builder.hpp"

namespace shallop {
namespace {

using enum ValueType;

struct MemoryKind {
  bool guarded;
  bool shared;
};

// Stack value and memory before, then both after.
constexpr uint64_t before = 0xF1E2'D3C4'B5A6'9788;
constexpr uint64_t given = 0x1122'3344'FF66'7783;
constexpr uint32_t place = 16;

uint64_t low_bytes(uint64_t value, uint32_t size) {
  return size == 8 ? value : value & ((uint64_t{1} << (8 * size)) - 1);
}
// `value` in the lowest bytes of `before`.
uint64_t written(uint64_t value, uint32_t size) {
  return (before & ~low_bytes(~uint64_t{0}, size)) | low_bytes(value, size);
}

class AtomicInstructions : public testing::TestWithParam<MemoryKind> {
 protected:
  // One module for each call: operands come as parameters, and once more as constants.
  Outcome call(Opcode opcode, uint32_t address, std::vector<Value> operands, std::vector<ValueType> results,
               uint32_t offset = 0) {
    operands.insert(operands.begin(), Value::i32(address));
    std::vector<ValueType> parameters;
    for (const Value& each : operands) parameters.push_back(each.type);
    Body body;
    for (uint32_t i = 0; i < parameters.size(); ++i) body.op(Opcode::local_get, i);
    ModuleBuilder builder;
    const Limits limits{.minimum = 1, .maximum = 1};
    builder.memory(limits, GetParam().shared);
    builder.export_function(
        "f", builder.function(builder.type(parameters, results), body.op(opcode, natural_alignment(opcode), offset)));
    auto module = validate(decode(builder.build()));
    auto code = interpreter::prepare(module);
    instance_ = &instantiate(store_, std::move(module), std::move(code), linker_).instance;
    std::memcpy(instance_->memory->base() + place, &before, sizeof before);
    return invoke(store_, *std::get<FunctionInstance*>(instance_->find_export("f").value()), operands);
  }

  void expect(Opcode opcode, std::vector<Value> operands, std::vector<Value> results, uint64_t after) {
    std::vector<ValueType> types;
    for (const Value& each : results) types.push_back(each.type);
    const Outcome outcome = call(opcode, place - 4, operands, types, 4);
    ASSERT_TRUE(std::holds_alternative<Results>(outcome)) << text(opcode);
    EXPECT_EQ(std::get<Results>(outcome), results) << text(opcode);
    uint64_t found;
    std::memcpy(&found, instance_->memory->base() + place, sizeof found);
    EXPECT_EQ(found, after) << text(opcode);
  }

  void expect_trap(TrapCode code, Opcode opcode, uint32_t address, std::vector<Value> operands,
                   std::vector<ValueType> results, uint32_t offset = 0) {
    const Outcome outcome = call(opcode, address, std::move(operands), std::move(results), offset);
    ASSERT_TRUE(std::holds_alternative<Trap>(outcome)) << text(opcode) << " at " << address;
    EXPECT_EQ(text(std::get<Trap>(outcome).code), text(code)) << text(opcode) << " at " << address;
  }

  void expect_traps(Opcode opcode, uint32_t size, const std::vector<Value>& operands,
                    const std::vector<ValueType>& results) {
    using enum TrapCode;
    constexpr uint32_t page = 65'536;
    if (size > 1) {
      expect_trap(unaligned_atomic, opcode, place + 1, operands, results);
      expect_trap(unaligned_atomic, opcode, place, operands, results, size / 2);
      expect_trap(unaligned_atomic, opcode, page - 1, operands, results);
    }
    expect_trap(out_of_bounds_memory_access, opcode, page, operands, results);
    expect_trap(out_of_bounds_memory_access, opcode, 0, operands, results, page);
    // The sum does not wrap around.
    expect_trap(out_of_bounds_memory_access, opcode, 0xFFFF'FFF8, operands, results, 0xFFFF'FFF8);
    expect_trap(out_of_bounds_memory_access, opcode, 8, operands, results, 0xFFFF'FFF8);
  }

  static uint32_t natural_alignment(Opcode opcode) {
    switch (opcode) {
      case Opcode::memory_atomic_wait64: return 3;
      case Opcode::memory_atomic_wait32:
      case Opcode::memory_atomic_notify: return 2;
      default: return static_cast<uint32_t>(std::countr_zero(access_type(opcode).size_bytes));
    }
  }
  static Value value(ValueType type, uint64_t bits) {
    return type == i32 ? Value::i32(static_cast<uint32_t>(bits)) : Value::i64(bits);
  }

  Store store_{{.memory = {.reserve = GetParam().guarded}}};
  Linker linker_;
  Instance* instance_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(, AtomicInstructions,
                         testing::Values(MemoryKind{true, true}, MemoryKind{true, false}, MemoryKind{false, true},
                                         MemoryKind{false, false}),
                         [](const auto& info) {
                           return std::string(info.param.guarded ? "Guarded" : "Checked") +
                                  (info.param.shared ? "Shared" : "Unshared");
                         });

TEST_P(AtomicInstructions, LoadAndStore) {
  const auto expect_load = [this](Opcode opcode, ValueType type, uint32_t size) {
    expect(opcode, {}, {value(type, low_bytes(before, size))}, before);
    expect_traps(opcode, size, {}, {type});
  };
  const auto expect_store = [this](Opcode opcode, ValueType type, uint32_t size) {
    expect(opcode, {value(type, given)}, {}, written(given, size));
    expect_traps(opcode, size, {value(type, given)}, {});
  };
#define SHALLOP_ATOMIC_LOAD(code, id, text, result, size_bytes) expect_load(Opcode::id, result, size_bytes);
#define SHALLOP_ATOMIC_STORE(code, id, text, operand, size_bytes) expect_store(Opcode::id, operand, size_bytes);
#include "wasm/opcodes.def"
}

TEST_P(AtomicInstructions, ReadModifyWrite) {
  // By the name, not by what the list says of it.
  const auto computed = [](std::string_view name) {
    if (name.contains(".add")) return before + given;
    if (name.contains(".sub")) return before - given;
    if (name.contains(".and")) return before & given;
    if (name.contains(".or")) return before | given;
    if (name.contains(".xor")) return before ^ given;
    return given;
  };
  const auto expect_row = [&](Opcode opcode, ValueType type, uint32_t size) {
    expect(opcode, {value(type, given)}, {value(type, low_bytes(before, size))}, written(computed(text(opcode)), size));
    expect_traps(opcode, size, {value(type, given)}, {type});
  };
#define SHALLOP_ATOMIC_RMW(code, id, text, operand, size_bytes, operation) expect_row(Opcode::id, operand, size_bytes);
#include "wasm/opcodes.def"
}

// What is expected is wrapped to the cell's width before it is compared.
TEST_P(AtomicInstructions, CompareExchange) {
  const auto expect_row = [this](Opcode opcode, ValueType type, uint32_t size) {
    const Value old = value(type, low_bytes(before, size));
    expect(opcode, {old, value(type, given)}, {old}, written(given, size));
    expect(opcode, {value(type, before), value(type, given)}, {old}, written(given, size));
    expect(opcode, {value(type, before ^ 1), value(type, given)}, {old}, before);
    expect(opcode, {value(type, before ^ (uint64_t{1} << (8 * size - 1))), value(type, given)}, {old}, before);
    expect_traps(opcode, size, {old, value(type, given)}, {type});
  };
#define SHALLOP_ATOMIC_CMPXCHG(code, id, text, operand, size_bytes) expect_row(Opcode::id, operand, size_bytes);
#include "wasm/opcodes.def"
}

TEST_P(AtomicInstructions, WaitAndNotify) {
  using enum Opcode;
  const std::vector<Value> equal32{Value::i32(static_cast<uint32_t>(before)), Value::i64(0)};
  const std::vector<Value> equal64{Value::i64(before), Value::i64(1'000)};
  const std::vector<Value> count{Value::i32(1)};
  expect(memory_atomic_notify, count, {Value::i32(0)}, before);
  expect_traps(memory_atomic_notify, 4, count, {i32});
  if (GetParam().shared) {
    expect(memory_atomic_wait32, equal32, {Value::i32(2)}, before);
    expect(memory_atomic_wait64, equal64, {Value::i32(2)}, before);
    const Value never = Value::i64(~uint64_t{0});
    expect(memory_atomic_wait32, {Value::i32(0), never}, {Value::i32(1)}, before);
    expect(memory_atomic_wait64, {Value::i64(before + 1), never}, {Value::i32(1)}, before);
    expect_traps(memory_atomic_wait32, 4, equal32, {i32});
    expect_traps(memory_atomic_wait64, 8, equal64, {i32});
  } else {
    expect_trap(TrapCode::expected_shared_memory, memory_atomic_wait32, place, equal32, {i32});
    expect_trap(TrapCode::expected_shared_memory, memory_atomic_wait64, place, equal64, {i32});
  }
}

// Operands from constants, locals and both accumulators; results that are dropped, kept and written to a local.
TEST_P(AtomicInstructions, TakeOperandsFromWhereverTheyAre) {
  using enum Opcode;
  ModuleBuilder builder;
  builder.memory({.minimum = 1, .maximum = 1}, GetParam().shared);
  const Body body = Body()
                        // 40 at 8, from accumulators.
                        .op(local_get, 0)
                        .i32(4)
                        .op(i32_add)
                        .op(local_get, 0)
                        .i32(10)
                        .op(i32_mul)
                        .op(i32_atomic_store, 2, 0)
                        // 40 + 2 at 8, the old value dropped; then 42 & 58 = 42.
                        .i32(8)
                        .i32(2)
                        .op(i32_atomic_rmw_add, 2, 0)
                        .op(drop)
                        .op(local_get, 0)
                        .i32(58)
                        .op(i32_atomic_rmw_and, 2, 4)
                        .op(local_set, 1)
                        .op(atomic_fence, 0)
                        // What was exchanged, what is there now, and an address that was loaded.
                        .i32(8)
                        .op(local_get, 1)
                        .i32(8)
                        .op(i32_atomic_rmw_cmpxchg, 2, 0)
                        .op(local_get, 1)
                        .i32(8)
                        .op(i32_atomic_load, 2, 0)
                        .op(i32_atomic_load, 2, 0);
  builder.export_function("f", builder.function(builder.type({i32}, {i32, i32, i32}), body, {{1, i32}}));
  auto module = validate(decode(builder.build()));
  auto code = interpreter::prepare(module);
  const Instance& instance = instantiate(store_, std::move(module), std::move(code), linker_).instance;
  const Outcome outcome =
      invoke(store_, *std::get<FunctionInstance*>(instance.find_export("f").value()), {{Value::i32(4)}});
  EXPECT_EQ(std::get<Results>(outcome), (Results{Value::i32(42), Value::i32(42), Value::i32(8)}));
}

}  // namespace
}  // namespace shallop
