// SPDX-License-Identifier: Apache-2.0
#include "binary/immediates.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

#include "support/module_builder.hpp"
#include "support/refusal.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

Module module_with_type() {
  Module module;
  module.types.push_back({{ValueType::i32, ValueType::f64}, {ValueType::i64}});
  return module;
}

BlockType block_type(const std::vector<std::byte>& bytes) {
  Reader reader(bytes, 0);
  const BlockType type = read_block_type(reader);
  EXPECT_TRUE(reader.at_end());
  return type;
}

std::vector<ValueType> types(std::span<const ValueType> span) { return {span.begin(), span.end()}; }

TEST(BlockType, WithoutResult) {
  const BlockType type = block_type(bytes_of({0x40}));
  EXPECT_EQ(type.type_index(), std::nullopt);
  EXPECT_TRUE(type.parameters(Module()).empty());
  EXPECT_TRUE(type.results(Module()).empty());
}

TEST(BlockType, WithOneResult) {
  using enum ValueType;
  for (const ValueType each : {i32, i64, f32, f64, v128, funcref, externref}) {
    const BlockType type = block_type({static_cast<std::byte>(each)});
    EXPECT_TRUE(type.parameters(Module()).empty());
    EXPECT_EQ(types(type.results(Module())), std::vector{each});
  }
}

TEST(BlockType, WithTypeIndex) {
  const Module module = module_with_type();
  const BlockType type = block_type(bytes_of({0x00}));
  EXPECT_EQ(type.type_index(), TypeIndex{0});
  EXPECT_EQ(types(type.parameters(module)), (std::vector{ValueType::i32, ValueType::f64}));
  EXPECT_EQ(types(type.results(module)), std::vector{ValueType::i64});
  EXPECT_EQ(block_type(bytes_of({0xFF, 0xFF, 0xFF, 0xFF, 0x0F})).type_index(), TypeIndex{0xFFFFFFFF});
}

TEST(BlockType, NeitherTypeNorIndex) {
  const auto bytes = bytes_of({0x41});
  Reader reader(bytes, 7);
  EXPECT_EQ(refusal<DecodeError>([&] { read_block_type(reader); }),
            "7: malformed value type: expected i32, i64, f32, f64, v128, funcref, externref or exnref, found 0x41");
}

TEST(LabelTable, IteratesOverTheEncodedLabels) {
  const auto bytes = bytes_of({0x03, 0x05, 0x80, 0x02, 0x00, 0x07, 0xFF});
  Reader reader(bytes, 0);
  const LabelTable table = read_label_table(reader);
  EXPECT_EQ(reader.offset(), 6u);
  EXPECT_EQ(table.size(), 3u);
  EXPECT_EQ(table.default_label(), LabelIndex{7});
  const std::vector<LabelIndex> labels(table.begin(), table.end());
  EXPECT_EQ(labels, (std::vector<LabelIndex>{{5}, {256}, {0}}));
}

TEST(LabelTable, MayHoldOnlyTheDefault) {
  const auto bytes = bytes_of({0x00, 0x01});
  Reader reader(bytes, 0);
  const LabelTable table = read_label_table(reader);
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.begin(), table.end());
  EXPECT_EQ(table.default_label(), LabelIndex{1});
}

TEST(LabelTable, IsCheckedBeforeItIsGivenOut) {
  const auto truncated = bytes_of({0x02, 0x00, 0x80});
  Reader reader(truncated, 0);
  EXPECT_EQ(refusal<DecodeError>([&] { read_label_table(reader); }),
            "2: unexpected end of section or function, inside an integer");
}

TEST(CatchClauses, AreCheckedBeforeTheyAreGivenOut) {
  const auto read = [](std::initializer_list<uint8_t> encoded) {
    const auto bytes = bytes_of(encoded);
    Reader reader(bytes, 0);
    return refusal<DecodeError>([&] { read_catch_clauses(reader); });
  };
  EXPECT_EQ(read({0x02, 0x00, 0x80, 0x01, 0x07, 0x03, 0x08}), "accepted");
  EXPECT_EQ(read({0x01, 0x04, 0x00}), "1: malformed catch clause: expected 0 to 3, found 0x04");
  EXPECT_EQ(read({0x01, 0x01, 0x00}), "3: unexpected end of section or function, inside an integer");
  EXPECT_EQ(read({0x03, 0x02, 0x00}),
            "0: unexpected end of section or function: the number of catch clauses is 3, but only 2 bytes are left");
  std::vector<std::byte> many = bytes_of({0xA1, 0x8D, 0x06});  // 100,001
  many.resize(many.size() + 200'002, std::byte{2});
  Reader reader(many, 0);
  EXPECT_EQ(refusal<DecodeError>([&] { read_catch_clauses(reader); }),
            "0: too many catch clauses: 100001, the limit is 100000");
}

// "2^ALIGN offset OFFSET memory INDEX" or the refusal.
std::string memory_argument(std::initializer_list<uint8_t> encoded, Features features = Features::all()) {
  const auto bytes = bytes_of(encoded);
  FeatureUse use{.allowed = features, .used = {}};
  Reader reader(bytes, 0, &use);
  MemArg argument;
  const std::string refused = refusal<DecodeError>([&] { argument = read_memory_argument(reader); });
  if (refused != "accepted") return refused;
  return fmt::format("2^{} offset {} memory {}", argument.align_log2, argument.offset, argument.memory.value);
}

TEST(MemoryArgument, HasAMemoryIndexWhereItsFlagsSaySo) {
  EXPECT_EQ(memory_argument({0x1F, 0x00}), "2^31 offset 0 memory 0");
  EXPECT_EQ(memory_argument({0x42, 0x81, 0x01, 0x07}), "2^2 offset 7 memory 129");
  EXPECT_EQ(memory_argument({0x3F, 0x00}), "2^63 offset 0 memory 0");
  EXPECT_EQ(memory_argument({0x20, 0x00}, Features::wasm2()), "0: malformed memop flags: alignment 2^32");
  EXPECT_EQ(memory_argument({0x80, 0x01, 0x00}), "0: malformed memop flags: alignment 2^128");
  EXPECT_EQ(memory_argument({0x42, 0x01}), "2: unexpected end of section or function, inside an integer");
  EXPECT_EQ(memory_argument({0x00, 0x80, 0x80, 0x80, 0x80, 0x10}),
            "1: integer too large: one of 64 bits needs the memory64 proposal, which is not supported yet");
  EXPECT_EQ(memory_argument({0x00, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02}),
            "1: integer representation too long");
  EXPECT_EQ(memory_argument({0x42, 0x01, 0x00}, Features::wasm2()),
            "0: malformed memop flags: a memory other than 0 needs the multi-memory proposal, which is switched off");
}

TEST(LabelTable, HasALimit) {
  const auto read = [](uint32_t labels) {
    std::vector<std::byte> bytes;
    leb128::append(bytes, labels);
    bytes.resize(bytes.size() + labels + 1);
    return refusal<DecodeError>([&bytes] {
      Reader reader(bytes, 0);
      read_label_table(reader);
    });
  };
  EXPECT_EQ(read(limits::branch_table_labels), "accepted");
  EXPECT_EQ(read(limits::branch_table_labels + 1), "0: too many br_table labels: 7654322, the limit is 7654321");
}

TEST(CatchClauses, HaveALimit) {
  const auto read = [](uint32_t clauses) {
    std::vector<std::byte> bytes;
    leb128::append(bytes, clauses);
    bytes.resize(bytes.size() + 3 * size_t{clauses});  // catch 0 0
    return refusal<DecodeError>([&bytes] {
      Reader reader(bytes, 0);
      read_catch_clauses(reader);
    });
  };
  EXPECT_EQ(read(limits::catch_clauses), "accepted");
  EXPECT_EQ(read(limits::catch_clauses + 1), "0: too many catch clauses: 100001, the limit is 100000");
}

TEST(MemoryIndex, WasASingleZeroByteInTheFirstVersions) {
  const auto read = [](std::initializer_list<uint8_t> encoded, Features features) {
    const auto bytes = bytes_of(encoded);
    FeatureUse use{.allowed = features, .used = {}};
    Reader reader(bytes, 0, &use);
    return refusal<DecodeError>([&] { read_memory_index(reader); });
  };
  EXPECT_EQ(read({0x00}, Features::wasm2()), "accepted");
  EXPECT_EQ(read({0x80, 0x00}, Features::wasm2()),
            "0: zero byte expected: a memory other than 0 needs the multi-memory proposal, which is switched off");
  EXPECT_EQ(read({0x80, 0x00}, Features::all()), "accepted");
  EXPECT_EQ(read({}, Features::all()), "0: unexpected end of section or function, inside an integer");
}

}  // namespace
}  // namespace shallop
