// SPDX-License-Identifier: Apache-2.0
// What holds for every image. What compiled code computes is the official suites' subject (tests/spec), under engine
// `native`.
#include "aot/compiler/compile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "aot/compiler/compile_error.hpp"
#include "binary/decode.hpp"
#include "support/module_builder.hpp"

namespace shallop::aot {
namespace {

// Functions that call each other, with a branch table (constants of its own in `data`), an import and a table.
std::shared_ptr<const ValidatedModule> sample(uint32_t functions) {
  ModuleBuilder module;
  const TypeIndex unary = module.type({ValueType::i32}, {ValueType::i32});
  const TypeIndex nothing = module.type({}, {});
  const FuncIndex imported = module.import_function("env", "nothing", nothing);
  module.table({.element = ValueType::funcref, .limits = {.minimum = 1, .maximum = {}}});
  module.memory({.minimum = 1, .maximum = {}});
  for (uint32_t i = 0; i < functions; ++i) {
    Body body;
    body.op(Opcode::call, imported.value);
    for (int repeat = 0; repeat < 50; ++repeat) {
      body.op(Opcode::local_get, 0).op(Opcode::local_get, 0).op(Opcode::i32_load, 2, repeat * 4);
      body.i32(repeat).op(Opcode::i32_xor).op(Opcode::i32_store, 2, repeat);
    }
    body.block(Opcode::block).block(Opcode::block).block(Opcode::block).block(Opcode::block).op(Opcode::local_get, 0);
    body.br_table({0, 1, 2, 1, 0}, 3);
    body.op(Opcode::end).i32(5).op(Opcode::return_).op(Opcode::end).i32(17).op(Opcode::return_);
    body.op(Opcode::end).op(Opcode::local_get, 0).op(Opcode::call, (i + 1) % functions + 1).op(Opcode::return_);
    body.op(Opcode::end).i32(2);
    module.function(unary, body);
  }
  return validate(decode(module.build()));
}

CompileOptions options(uint8_t optimization, uint32_t threads = 1) {
  CompileOptions result;
  result.optimization = optimization;
  result.threads = threads;
  result.cpu = "baseline";
  return result;
}

TEST(Compile, LaysFunctionsOutInTheirOrder) {
  const NativeImage image = compile(*sample(40), options(1));
  ASSERT_EQ(image.functions.size(), 40U);
  for (size_t i = 0; i < image.functions.size(); ++i) {
    EXPECT_GT(image.function_sizes[i], 0U);
    const size_t end = image.functions[i] + image.function_sizes[i];
    EXPECT_LE(end, i + 1 < image.functions.size() ? image.functions[i + 1] : image.code.size());
  }
}

TEST(Compile, MakesTheStubsThatAreNeeded) {
  const NativeImage image = compile(*sample(1), options(1));
  EXPECT_NE(image.entries.at(0), no_code);
  EXPECT_EQ(image.entries.at(1), no_code) << "no function of the module has that type";
  EXPECT_NE(image.callouts.at(0), no_code) << "the table may hold any function";
  EXPECT_NE(image.callouts.at(1), no_code) << "it is imported";
}

TEST(Compile, EndsTheUnwindTableWithAZero) {
  const NativeImage image = compile(*sample(3), options(2));
  ASSERT_GT(image.eh_frame_size, 4U);
  ASSERT_EQ(image.eh_frame_offset + image.eh_frame_size, image.data.size());
  EXPECT_TRUE(
      std::ranges::all_of(image.data.end() - 4, image.data.end(), [](std::byte each) { return each == std::byte{0}; }));
}

TEST(Compile, DependsOnNoThreadCount) {
  const auto module = sample(150);  // more than one partition
  const NativeImage one = compile(*module, options(1, 1));
  const NativeImage several = compile(*module, options(1, 3));
  EXPECT_EQ(one.code, several.code);
  EXPECT_EQ(one.data, several.data);
  EXPECT_EQ(one.functions, several.functions);
}

// mov eax, [rcx + r13] and not mov eax, [r13 + rcx + 0], whatever the register: ModRM 0x44 and SIB ..xxx101 with 0.
TEST(Compile, AddressesWithoutAnOffsetHaveNoDisplacement) {
  ModuleBuilder module;
  module.memory({.minimum = 1, .maximum = {}});
  const TypeIndex unary = module.type({ValueType::i32}, {ValueType::i32});
  module.function(unary, Body().op(Opcode::local_get, 0).op(Opcode::i32_load, 2, 0));
  for (const uint8_t optimization : {uint8_t{0}, uint8_t{3}}) {
    const NativeImage image = compile(*validate(decode(module.build())), options(optimization));
    const std::span code = std::span(image.code).subspan(image.functions.at(0), image.function_sizes.at(0));
    const auto displaced = [](std::byte modrm, std::byte sib) {
      return modrm == std::byte{0x44} && (sib & std::byte{0xC7}) == std::byte{0x05};
    };
    EXPECT_TRUE(std::ranges::adjacent_find(code, displaced) == code.end()) << int{optimization};
    const auto is_indexed = [](std::byte modrm, std::byte sib) {  // [reg + r13]
      return modrm == std::byte{0x04} && (sib & std::byte{0xF8}) == std::byte{0x28};
    };
    EXPECT_TRUE(std::ranges::adjacent_find(code, is_indexed) != code.end()) << int{optimization};
  }
}

TEST(Compile, RecordsWhatItWasMadeFor) {
  const NativeImage image = compile(*sample(1), options(2));
  EXPECT_EQ(image.target.architecture, "x86_64");
  EXPECT_EQ(image.target.cpu, "x86-64-v2");
  EXPECT_TRUE(std::ranges::is_sorted(image.target.features));
  EXPECT_EQ(std::ranges::count(image.target.features, "sse4.2"), 1);
  EXPECT_EQ(std::ranges::count(image.target.features, "avx"), 0);
  EXPECT_EQ(image.optimization, 2);
}

TEST(Compile, TellsProgressUpToTheEnd) {
  CompileOptions with_progress = options(0, 2);
  std::vector<uint64_t> done;
  uint64_t total = 0;
  with_progress.progress = [&](uint64_t done_bytes, uint64_t total_bytes) {
    done.push_back(done_bytes);
    total = total_bytes;
  };
  compile(*sample(150), with_progress);
  EXPECT_GT(done.size(), 1U);
  EXPECT_TRUE(std::ranges::is_sorted(done));
  EXPECT_EQ(done.back(), total);
}

TEST(Compile, RefusesAProcessorThatItDoesNotKnow) {
  CompileOptions unknown = options(1);
  unknown.cpu = "pentium17";
  EXPECT_THROW(compile(*sample(1), unknown), CompileError);
  unknown.cpu = "x86-64";  // known, but older than what code is made for
  EXPECT_THROW(compile(*sample(1), unknown), CompileError);
}

TEST(Compile, TakesAModuleWithoutFunctions) {
  const NativeImage image = compile(*validate(decode(ModuleBuilder().build())), options(3));
  EXPECT_TRUE(image.functions.empty());
  EXPECT_TRUE(image.code.empty());
}

}  // namespace
}  // namespace shallop::aot
