// SPDX-License-Identifier: Apache-2.0
// One module on several threads: each has a store and an instance of its own, one code and one shared memory serve all.
// Run by hand under ThreadSanitizer as well (docs/testing.md): these guests order their plain accesses by atomic ones.
#include <gtest/gtest.h>

#include <barrier>
#include <cstring>
#include <functional>
#include <thread>

#include "binary/decode.hpp"
#include "interpreter/engine.hpp"
#include "runtime/instantiate.hpp"
#include "support/module_builder.hpp"

namespace shallop {
namespace {

using enum ValueType;
using enum Opcode;

constexpr Limits memory_limits{.minimum = 1, .maximum = 64};
constexpr uint32_t lock = 0;       // a cell
constexpr uint32_t counter = 64;   // accessed plainly, under the lock
constexpr uint32_t message = 128;  // accessed plainly, ordered by `flag`
constexpr uint32_t flag = 192;

// A thread's store with an instance of the module in it.
class Guest {
 public:
  Guest(std::shared_ptr<const ValidatedModule> module, std::shared_ptr<const Code> code,
        std::shared_ptr<Memory> memory) {
    Linker linker;
    linker.define("m", "memory", &store_.add_shared_memory(std::move(memory)));
    instance_ = &instantiate(store_, std::move(module), std::move(code), linker).instance;
  }
  uint32_t call(std::string_view name, std::vector<Value> arguments) {
    FunctionInstance& function = *std::get<FunctionInstance*>(instance_->find_export(name).value());
    const Outcome outcome = invoke(store_, function, arguments);
    const auto* results = std::get_if<Results>(&outcome);
    if (results == nullptr) {
      ADD_FAILURE() << name << " has no results";
      return 0;
    }
    return results->empty() ? 0 : static_cast<uint32_t>(results->front().bits[0]);
  }

 private:
  Store store_;
  Instance* instance_ = nullptr;
};

class Threads : public testing::TestWithParam<bool> {
 protected:
  // Local 0 of `f` counts down from its argument; `round` is done each time.
  static FuncIndex add_loop(ModuleBuilder& module, const char* name, const Body& round, uint32_t more_locals = 0) {
    const Body body =
        Body().block(loop).append(round).op(local_get, 0).i32(1).op(i32_sub).op(local_tee, 0).op(br_if, 0).op(end);
    const FuncIndex function = module.function(module.type({i32}, {}), body, {{more_locals, i32}});
    module.export_function(name, function);
    return function;
  }
  static Body plain_increment(uint32_t address) {
    const int32_t place = static_cast<int32_t>(address);
    return Body().i32(place).i32(place).op(i32_load, 2, 0).i32(1).op(i32_add).op(i32_store, 2, 0);
  }
  static ModuleBuilder builder() {
    ModuleBuilder module;
    module.import_memory("m", "memory", memory_limits, true);
    return module;
  }

  void use(const ModuleBuilder& builder) {
    module_ = validate(decode(builder.build()));
    code_ = interpreter::prepare(module_);
  }
  // Runs all of `threads` at once, each with a guest of its own.
  void run(const std::vector<std::function<void(Guest&)>>& threads) {
    std::barrier start(static_cast<std::ptrdiff_t>(threads.size()));
    std::vector<std::jthread> running;
    for (const auto& each : threads) {
      running.emplace_back([&] {
        Guest guest(module_, code_, memory_);
        start.arrive_and_wait();
        each(guest);
      });
    }
  }
  uint32_t word(uint32_t address) const {
    uint32_t value;
    std::memcpy(&value, memory_->base() + address, sizeof value);
    return value;
  }

  std::shared_ptr<Memory> memory_ = Memory::create({.limits = memory_limits, .shared = true}, {.reserve = GetParam()});
  std::shared_ptr<const ValidatedModule> module_;
  std::shared_ptr<const Code> code_;
};

INSTANTIATE_TEST_SUITE_P(, Threads, testing::Bool(),
                         [](const auto& info) { return info.param ? "Guarded" : "Checked"; });

TEST_P(Threads, CountTogether) {
  ModuleBuilder module = builder();
  add_loop(module, "count", Body().i32(counter).i64(1).op(i64_atomic_rmw_add, 3, 0).op(drop));
  use(module);
  const auto count = [](Guest& guest) { guest.call("count", {Value::i32(50'000)}); };
  run({count, count, count});
  EXPECT_EQ(word(counter), 150'000u);
}

// All functions are lowered by whoever calls them first, while others wait for it.
TEST_P(Threads, LowerTheSameFunctionsAtOnce) {
  ModuleBuilder module = builder();
  const TypeIndex type = module.type({i32}, {i32});
  constexpr uint32_t functions = 300;
  for (uint32_t i = 0; i < functions; ++i) {
    Body body = Body().op(local_get, 0).i32(1).op(i32_add);
    if (i + 1 < functions) body.op(Opcode::call, i + 1);
    module.function(type, body);
  }
  module.export_function("f", {0});
  use(module);
  const auto call = [](Guest& guest) { EXPECT_EQ(guest.call("f", {Value::i32(5)}), 5 + functions); };
  run({call, call, call});
}

// The message is written and read plainly; the flag orders it.
TEST_P(Threads, PassMessages) {
  ModuleBuilder module = builder();
  // Waits until the flag is `from`, counts the message up, and hands it on.
  const auto add_side = [&module](const char* name, int32_t from, int32_t to) {
    add_loop(module, name,
             Body()
                 .block(loop)
                 .i32(flag)
                 .op(i32_atomic_load, 2, 0)
                 .i32(from)
                 .op(i32_ne)
                 .op(br_if, 0)
                 .op(end)
                 .append(plain_increment(message))
                 .i32(flag)
                 .i32(to)
                 .op(i32_atomic_store, 2, 0));
  };
  add_side("ping", 0, 1);
  add_side("pong", 1, 0);
  use(module);
  constexpr uint32_t rounds = 300;
  run({[](Guest& guest) { guest.call("ping", {Value::i32(rounds)}); },
       [](Guest& guest) { guest.call("pong", {Value::i32(rounds)}); }});
  EXPECT_EQ(word(message), 2 * rounds);
}

TEST_P(Threads, ExcludeEachOtherByASpinLock) {
  ModuleBuilder module = builder();
  add_loop(module, "f",
           Body()
               .block(loop)
               .i32(lock)
               .i32(0)
               .i32(1)
               .op(i32_atomic_rmw_cmpxchg, 2, 0)
               .op(br_if, 0)
               .op(end)
               .append(plain_increment(counter))
               .i32(lock)
               .i32(0)
               .op(i32_atomic_store, 2, 0));
  use(module);
  const auto work = [](Guest& guest) { guest.call("f", {Value::i32(2'000)}); };
  run({work, work, work});
  EXPECT_EQ(word(counter), 6'000u);
}

// A mutex that sleeps: 0 free, 1 taken, 2 taken and waited for. A notify that is lost makes it hang.
TEST_P(Threads, ExcludeEachOtherByWaitAndNotify) {
  ModuleBuilder module = builder();
  const Body take = Body()
                        .block(block)
                        .i32(lock)
                        .i32(0)
                        .i32(1)
                        .op(i32_atomic_rmw_cmpxchg, 2, 0)
                        .op(i32_eqz)
                        .op(br_if, 0)
                        .block(loop)
                        .i32(lock)
                        .i32(2)
                        .op(i32_atomic_rmw_xchg, 2, 0)
                        .op(i32_eqz)
                        .op(br_if, 1)
                        .i32(lock)
                        .i32(2)
                        .i64(-1)
                        .op(memory_atomic_wait32, 2, 0)
                        .op(drop)
                        .op(br, 0)
                        .op(end)
                        .op(end);
  const Body give = Body()
                        .i32(lock)
                        .i32(0)
                        .op(i32_atomic_rmw_xchg, 2, 0)
                        .i32(2)
                        .op(i32_eq)
                        .block(if_)
                        .i32(lock)
                        .i32(1)
                        .op(memory_atomic_notify, 2, 0)
                        .op(drop)
                        .op(end);
  add_loop(module, "f", Body(take).append(plain_increment(counter)).append(give));
  use(module);
  const auto work = [](Guest& guest) { guest.call("f", {Value::i32(5'000)}); };
  run({work, work, work, work});
  EXPECT_EQ(word(counter), 20'000u);
  EXPECT_EQ(word(lock), 0u);
}

// What one thread has grown, the others see and may access.
TEST_P(Threads, GrowTheMemoryForAll) {
  ModuleBuilder module = builder();
  // Grows by a page and writes into its first cell; the last page that memory.size tells is there as well.
  add_loop(module, "grow",
           Body()
               .i32(1)
               .op(memory_grow, 0)
               .i32(16)
               .op(i32_shl)
               .i32(1)
               .op(i32_atomic_store, 2, 0)
               .op(memory_size, 0)
               .i32(16)
               .op(i32_shl)
               .i32(4)
               .op(i32_sub)
               .op(i32_atomic_load, 2, 0)
               .op(drop));
  use(module);
  const auto grow = [](Guest& guest) { guest.call("grow", {Value::i32(21)}); };
  run({grow, grow, grow});
  EXPECT_EQ(memory_->pages(), 64u);
  for (uint32_t page = 1; page < 64; ++page) EXPECT_EQ(word(page << 16), 1u) << page;
}

// A fault belongs to the thread that made it.
TEST_P(Threads, TrapEachForItself) {
  ModuleBuilder module = builder();
  module.export_function("f", module.function(module.type({i32}, {i32}), Body().op(local_get, 0).op(i32_load, 2, 0)));
  use(module);
  std::vector<std::jthread> running;
  for (int i = 0; i < 3; ++i) {
    running.emplace_back([this] {
      Store store;
      Linker linker;
      linker.define("m", "memory", &store.add_shared_memory(memory_));
      const Instance& instance = instantiate(store, module_, code_, linker).instance;
      FunctionInstance& function = *std::get<FunctionInstance*>(instance.find_export("f").value());
      for (int round = 0; round < 300; ++round) {
        const Outcome outcome = invoke(store, function, {{Value::i32(64 << 16)}});
        ASSERT_TRUE(std::holds_alternative<Trap>(outcome));
        EXPECT_EQ(std::get<Trap>(outcome).code, TrapCode::out_of_bounds_memory_access);
        EXPECT_TRUE(std::holds_alternative<Results>(invoke(store, function, {{Value::i32(0)}})));
      }
    });
  }
}

}  // namespace
}  // namespace shallop
