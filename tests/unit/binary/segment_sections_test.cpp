// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "malformed.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

// The only segment of an element section with these contents behind the count.
ElementSegment element_segment(std::initializer_list<uint8_t> encoded) {
  std::vector<std::byte> contents = bytes_of({1});
  for (const uint8_t each : encoded) contents.push_back(std::byte{each});
  return decode(ModuleBuilder().section(SectionId::element, contents).build()).elements.at(0);
}

// https://webassembly.github.io/spec/core/binary/modules.html#element-section
TEST(ElementSection, AllEightForms) {
  const auto functions = [](const ElementSegment& segment) {
    return std::get<std::vector<FuncIndex>>(segment.entries).size();
  };
  const auto expressions = [](const ElementSegment& segment) {
    return std::get<std::vector<Expression>>(segment.entries).size();
  };
  using enum SegmentMode;

  ElementSegment segment = element_segment({0, 0x41, 1, 0x0B, 2, 3, 4});
  EXPECT_EQ(segment.mode, active);
  EXPECT_EQ(segment.table, TableIndex{0});
  EXPECT_EQ(segment.type, ValueType::funcref);
  EXPECT_EQ(functions(segment), 2u);

  segment = element_segment({1, 0, 1, 3});
  EXPECT_EQ(segment.mode, passive);
  EXPECT_EQ(functions(segment), 1u);

  segment = element_segment({2, 7, 0x41, 1, 0x0B, 0, 1, 3});
  EXPECT_EQ(segment.mode, active);
  EXPECT_EQ(segment.table, TableIndex{7});
  EXPECT_EQ(functions(segment), 1u);

  segment = element_segment({3, 0, 1, 3});
  EXPECT_EQ(segment.mode, declarative);
  EXPECT_EQ(functions(segment), 1u);

  segment = element_segment({4, 0x41, 1, 0x0B, 1, 0xD2, 3, 0x0B});
  EXPECT_EQ(segment.mode, active);
  EXPECT_EQ(segment.type, ValueType::funcref);
  EXPECT_EQ(expressions(segment), 1u);

  segment = element_segment({5, 0x6F, 2, 0xD0, 0x6F, 0x0B, 0xD0, 0x6F, 0x0B});
  EXPECT_EQ(segment.mode, passive);
  EXPECT_EQ(segment.type, ValueType::externref);
  EXPECT_EQ(expressions(segment), 2u);

  segment = element_segment({6, 5, 0x41, 1, 0x0B, 0x70, 0});
  EXPECT_EQ(segment.mode, active);
  EXPECT_EQ(segment.table, TableIndex{5});
  EXPECT_EQ(expressions(segment), 0u);

  segment = element_segment({7, 0x70, 0});
  EXPECT_EQ(segment.mode, declarative);
  EXPECT_EQ(expressions(segment), 0u);
}

TEST(ElementSection, RefusesOtherForms) {
  EXPECT_EQ(malformed({9, 2, 1, 8}), "11: malformed elements segment kind: expected 0 to 7, found 8");
  EXPECT_EQ(malformed({9, 4, 1, 1, 1, 0}), "12: malformed element kind: expected 0, found 0x01");
  EXPECT_EQ(malformed({9, 4, 1, 5, 0x7F, 0}),
            "12: malformed reference type: expected funcref (0x70), externref (0x6f) or exnref (0x69), found 0x7f");
}

TEST(ElementSection, LimitsTheEntriesOfASegment) {
  for (const uint8_t flags : {uint8_t{1}, uint8_t{5}}) {  // passive: indices, expressions
    std::vector<std::byte> contents = bytes_of({1, flags, static_cast<uint8_t>(flags == 5 ? 0x70 : 0)});
    leb128::append(contents, limits::element_segment_entries + 1);
    contents.resize(contents.size() + limits::element_segment_entries + 1);
    const std::string refused = malformed(ModuleBuilder().section(SectionId::element, contents));
    EXPECT_TRUE(refused.ends_with("too many entries of an element segment: 10000001, the limit is 10000000"))
        << refused;
  }
}

TEST(DataSection, AllThreeForms) {
  const Module module =
      decode(module_of({11, 20, 3, 0, 0x41, 5, 0x0B, 2, 'a', 'b', 1, 1, 'c', 2, 9, 0x41, 6, 0x0B, 3, 'd', 'e', 'f'}));
  ASSERT_EQ(module.data.size(), 3u);
  EXPECT_EQ(module.data[0].mode, SegmentMode::active);
  EXPECT_EQ(module.data[0].memory, MemoryIndex{0});
  EXPECT_EQ(module.data[0].offset.bytes.size(), 3u);
  EXPECT_EQ(module.data[0].bytes.size(), 2u);
  EXPECT_EQ(module.data[1].mode, SegmentMode::passive);
  EXPECT_EQ(module.data[1].bytes.front(), std::byte{'c'});
  EXPECT_EQ(module.data[2].memory, MemoryIndex{9});
  EXPECT_EQ(module.data[2].bytes.size(), 3u);
  EXPECT_EQ(module.data[2].position, 21u);
}

TEST(DataSection, RefusesOtherForms) {
  EXPECT_EQ(malformed({11, 2, 1, 3}), "11: malformed data segment kind: expected 0 to 2, found 3");
  EXPECT_EQ(malformed({11, 4, 1, 1, 2, 'a'}),
            "13: unexpected end of section or function: 2 bytes are needed, 1 are left");
}

TEST(DataCountSection, AgreesWithTheDataSection) {
  EXPECT_EQ(malformed({12, 1, 1, 11, 3, 1, 1, 0}), "accepted");
  const std::string one_too_many =
      "data count and data section have inconsistent lengths: 2 segments are announced, 1 are there";
  EXPECT_EQ(malformed({12, 1, 2, 11, 3, 1, 1, 0}), "13: " + one_too_many);
  EXPECT_EQ(malformed({12, 1, 2}),
            "11: data count and data section have inconsistent lengths: 2 segments are announced, 0 are there");
}

}  // namespace
}  // namespace shallop
