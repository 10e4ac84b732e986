// SPDX-License-Identifier: Apache-2.0
// What a trap leaves behind: all that came before it is done, and nothing that comes after it.
#include "unit/aot_compiler/engines.hpp"

namespace shallop::aot {
namespace {

using enum ValueType;
using enum Opcode;

constexpr size_t small_stack = 64 << 10;
constexpr int32_t out_of_bounds = 1 << 30;

class Traps : public testing::TestWithParam<Engine> {
 protected:
  Traps() : engines_(small_stack) {}

  // The value of the one global once `body` has trapped; it is 5 at first.
  Value global_after(const Body& body) {
    ModuleBuilder module;
    const TypeIndex to_nothing = module.type({}, {});
    const TypeIndex to_number = module.type({}, {i32});
    module.memory({.minimum = 1, .maximum = {}});
    module.global({.type = i32, .is_mutable = true}, Body().i32(5));
    module.export_function("trap", module.function(to_nothing, body));
    module.export_function("read", module.function(to_number, Body().op(global_get, 0)));
    const Instance& instance = engines_.add(module, GetParam());
    EXPECT_TRUE(std::holds_alternative<Trap>(engines_.call(instance, "trap")));
    return std::get<Results>(engines_.call(instance, "read")).at(0);
  }

  Engines engines_;
};

// Neither store may be left out because of the second, nor moved to the other side of the load.
TEST_P(Traps, FindGlobalsAsTheyWereBetweenTwoStores) {
  const Value value = global_after(
      Body().i32(6).op(global_set, 0).i32(out_of_bounds).op(i32_load, 2, 0).op(drop).i32(7).op(global_set, 0));
  EXPECT_EQ(value, Value::i32(6));
}

TEST_P(Traps, FindGlobalsAsTheyWereBeforeALoopsEnd) {
  // Counts the global up, and reads further out each time: the second page is not there.
  const Value value = global_after(Body()
                                       .block(loop)
                                       .op(global_get, 0)
                                       .i32(1)
                                       .op(i32_add)
                                       .op(global_set, 0)
                                       .op(global_get, 0)
                                       .i32(12)
                                       .op(i32_shl)
                                       .op(i32_load, 2, 0)
                                       .op(drop)
                                       .op(br, 0)
                                       .op(end));
  EXPECT_EQ(value, Value::i32(16));
}

INSTANTIATE_TEST_SUITE_P(Engines, Traps, testing::Values(Engine::interpreted, Engine::native_o0, Engine::native_o2),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace shallop::aot
