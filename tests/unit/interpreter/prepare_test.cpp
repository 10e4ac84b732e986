// SPDX-License-Identifier: Apache-2.0
// What a hostile module makes of the time that getting it ready takes.
#include <gtest/gtest.h>

#include <chrono>

#include "binary/decode.hpp"
#include "interpreter/engine.hpp"
#include "support/module_builder.hpp"

namespace shallop {
namespace {

// Work for each pair of them would be a hundred billion steps.
TEST(Prepare, TakesTimeByTheSumOfTypesAndFunctions) {
  constexpr int count = 300'000;
  ModuleBuilder builder;
  TypeIndex type{};
  for (int i = 0; i < count; ++i) type = builder.type({});
  for (int i = 0; i < count; ++i) builder.function(type, Body());
  auto module = validate(decode(builder.build()));
  const auto start = std::chrono::steady_clock::now();
  interpreter::prepare(std::move(module));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace shallop
