// SPDX-License-Identifier: Apache-2.0
#include "embedder/entry.hpp"

#include <gtest/gtest.h>

#include "binary/decode.hpp"
#include "embedder/diagnostics.hpp"
#include "support/module_builder.hpp"

namespace shallop {
namespace {

struct NamedFunction {
  std::string name;
  std::vector<ValueType> parameters;
};

Module module_with(const std::vector<NamedFunction>& functions) {
  ModuleBuilder builder;
  for (const auto& [name, parameters] : functions) {
    builder.export_function(name, builder.function(builder.type(parameters), Body()));
  }
  return decode(builder.build());
}

template <class Expected>
std::string message_of(const auto& action) {
  try {
    action();
  } catch (const Expected& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(CommandEntry, IsStart) {
  const Module module = module_with({{"other", {}}, {"_start", {}}});
  const Entry entry = find_command_entry(module);
  EXPECT_EQ(entry.name, "_start");
  EXPECT_FALSE(entry.initialize);
}

TEST(CommandEntry, ItsAbsenceNamesWhatCanBeInvoked) {
  const Module module = module_with({{"_initialize", {}}, {"add", {}}, {"__stack_pointer", {}}, {"fib", {}}});
  EXPECT_EQ(
      message_of<Error>([&] { find_command_entry(module); }),
      "no function '_start' is exported, so this is no command: call one of its functions with --invoke: add, fib");
}

TEST(CommandEntry, AMemoryCalledStartIsNoFunction) {
  ModuleBuilder builder;
  builder.export_("_start", ExternKind::memory, builder.memory({1, {}}).value);
  const Module module = decode(builder.build());
  EXPECT_EQ(message_of<Error>([&] { find_command_entry(module); }),
            "no function '_start' is exported, so this is no command: link it as a program with a main function");
}

TEST(CommandEntry, ManyExportsAreNotAllNamed) {
  std::vector<NamedFunction> functions;
  for (int i = 0; i < 11; ++i) functions.push_back({"f" + std::to_string(i), {}});
  const Module module = module_with(functions);
  EXPECT_TRUE(
      message_of<Error>([&] { find_command_entry(module); }).ends_with(": f0, f1, f2, f3, f4, f5, f6, f7 and 3 more"));
}

TEST(FunctionEntry, ArgumentsAreReadByTheFunctionsType) {
  const Module module = module_with({{"f", {ValueType::i32, ValueType::f64}}});
  const Entry entry = find_function_entry(module, "f", {"-1", "0.5"});
  EXPECT_EQ(entry.arguments, (std::vector{Value::i32(0xFFFFFFFF), Value::f64(0.5)}));
  EXPECT_FALSE(entry.initialize);
}

TEST(FunctionEntry, AReactorIsInitializedFirst) {
  const Module module = module_with({{"_initialize", {}}, {"f", {}}});
  EXPECT_TRUE(find_function_entry(module, "f", {}).initialize);
  EXPECT_FALSE(find_function_entry(module, "_initialize", {}).initialize);
}

TEST(FunctionEntry, WhatWasTypedWronglyIsAUsageError) {
  const Module module = module_with({{"f", {ValueType::i32}}});
  EXPECT_EQ(message_of<UsageError>([&] { find_function_entry(module, "g", {}); }),
            "--invoke g: no function of that name is exported, only f");
  EXPECT_EQ(message_of<UsageError>([&] { find_function_entry(module, "f", {}); }),
            "--invoke f: the function takes 1 argument and got 0: its type is (i32) -> ()");
  EXPECT_EQ(message_of<UsageError>([&] { find_function_entry(module, "f", {"one"}); }),
            "--invoke f: argument 1, 'one', is not of type i32");
}

}  // namespace
}  // namespace shallop
