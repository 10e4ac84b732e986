// SPDX-License-Identifier: Apache-2.0
#include "binary/sections.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "malformed.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

TEST(TypeSection, RefusesOtherForms) {
  EXPECT_EQ(malformed({1, 4, 1, 0x61, 0, 0}), "11: malformed function type: expected 0x60, found 0x61");
  EXPECT_EQ(malformed({1, 4, 1, 0x5F, 0, 0}),
            "11: malformed function type: form 0x5f needs the garbage-collection proposal, which is not supported yet");
}

TEST(TypeSection, LimitsParametersAndResults) {
  const std::vector<ValueType> most(limits::parameters, ValueType::i32);
  const std::vector<ValueType> too_many(limits::parameters + 1, ValueType::i32);
  ModuleBuilder accepted;
  accepted.type(most, most);
  EXPECT_EQ(malformed(accepted), "accepted");
  ModuleBuilder parameters;
  parameters.type(too_many, {});
  EXPECT_EQ(malformed(parameters), "13: too many parameters: 1001, the limit is 1000");
  ModuleBuilder results;
  results.type({}, too_many);
  EXPECT_EQ(malformed(results), "14: too many results: 1001, the limit is 1000");
}

TEST(ImportSection, RefusesUnknownKinds) {
  EXPECT_EQ(malformed({2, 5, 1, 0, 0, 5, 0}), "13: malformed import kind: expected 0 to 4, found 0x05");
  EXPECT_EQ(malformed({2, 6, 1, 0, 0, 4, 1, 0}), "14: malformed tag attribute: expected 0, found 0x01");
}

TEST(ImportSection, ReadsTablesAndMemories) {
  ModuleBuilder builder;
  builder.import_table("m", "t", {.element = ValueType::externref, .limits = {.minimum = 3, .maximum = {}}});
  builder.import_memory("m", "m", {.minimum = 1, .maximum = 65536});
  const Module module = decode(builder.build());
  EXPECT_EQ(module.imported_tables, 1u);
  EXPECT_EQ(module.table_types[0].element, ValueType::externref);
  EXPECT_EQ(module.table_types[0].limits, (Limits{.minimum = 3, .maximum = {}}));
  EXPECT_EQ(module.imported_memories, 1u);
  EXPECT_EQ(module.memory_types[0].limits, (Limits{.minimum = 1, .maximum = 65536}));
  EXPECT_EQ(module.imports[1].offset, module.imports[0].offset + 8);
}

TEST(TableSection, RefusesWhatIsNoTable) {
  EXPECT_EQ(malformed({4, 4, 1, 0x7F, 0, 0}),
            "11: malformed reference type: expected funcref (0x70), externref (0x6f) or exnref (0x69), found 0x7f");
  EXPECT_EQ(
      malformed({4, 9, 1, 0x40, 0, 0x70, 0, 1, 0xD0, 0x70, 0x0B}),
      "11: malformed reference type: a table with an initializer needs the function-references proposal, which is "
      "not supported yet");
}

TEST(MemorySection, NamesTheProposalOfOtherLimits) {
  const auto flags = [](uint8_t value) { return malformed({5, 3, 1, value, 0}); };
  const auto needs = [](const char* shown, const char* proposal) {
    return std::string("11: integer too large for the flags of limits: ") + shown + " needs the " + proposal +
           " proposal, which is not supported yet";
  };
  EXPECT_EQ(flags(0x00), "accepted");
  EXPECT_EQ(flags(0x04), needs("0x04", "memory64"));
  EXPECT_EQ(flags(0x08), needs("0x08", "custom-page-sizes"));
  EXPECT_EQ(flags(0x10), "11: integer too large for the flags of limits: expected 0 or 1, found 0x10");
  EXPECT_EQ(flags(0x81), "11: integer representation too long for the flags of limits");
}

TEST(MemorySection, HasSharedMemories) {
  const Module module = decode(ModuleBuilder().section(SectionId::memory, bytes_of({1, 0x03, 1, 2})).build());
  EXPECT_EQ(module.memories, (std::vector<MemoryType>{{.limits = {.minimum = 1, .maximum = 2}, .shared = true}}));
  // That it has no maximum is for validation to say.
  EXPECT_EQ(malformed({5, 3, 1, 0x02, 0}), "accepted");
}

TEST(TableSection, HasNoSharedTables) {
  EXPECT_EQ(malformed({4, 5, 1, 0x70, 0x03, 0, 0}),
            "12: integer too large for the flags of limits: 0x03 needs the shared-everything-threads proposal, which "
            "is not supported yet");
}

TEST(MemorySection, LimitsTheNumberWithTheImportedOnes) {
  ModuleBuilder module;
  for (uint32_t i = 0; i < limits::memories; ++i) module.import_memory("", "", {});
  EXPECT_EQ(malformed(module), "accepted");
  module.memory({});
  EXPECT_TRUE(malformed(module).ends_with("too many memories: 101 with the imported ones, the limit is 100"));
}

// As many bytes as elements are announced, so that it is the limit that refuses them.
TEST(Sections, LimitTheNumberOfTheirElements) {
  struct Case {
    SectionId section;
    const char* what;
    uint32_t maximum;
  };
  const Case cases[] = {
      {SectionId::type, "types", limits::types},
      {SectionId::import, "imports", limits::imports},
      {SectionId::function, "functions", limits::functions},
      {SectionId::table, "tables", limits::tables},
      {SectionId::memory, "memories", limits::memories},
      {SectionId::tag, "tags", limits::tags},
      {SectionId::global, "globals", limits::globals},
      {SectionId::export_, "exports", limits::exports},
      {SectionId::element, "element segments", limits::element_segments},
      {SectionId::code, "function bodies", limits::functions},
      {SectionId::data, "data segments", limits::data_segments},
  };
  for (const auto& [section, what, maximum] : cases) {
    const auto refused_with = [&](uint32_t count) {
      std::vector<std::byte> contents;
      leb128::append(contents, count);
      contents.resize(contents.size() + count);
      return malformed(ModuleBuilder().section(section, contents));
    };
    const std::string refusal = fmt::format("too many {}: {}, the limit is {}", what, maximum + 1, maximum);
    EXPECT_TRUE(refused_with(maximum + 1).ends_with(refusal)) << refused_with(maximum + 1);
    EXPECT_FALSE(refused_with(maximum).contains("too many")) << what;
  }
}

TEST(ExportSection, HoldsAsManyAsItsLimit) {
  std::vector<std::byte> contents;
  leb128::append(contents, limits::exports);
  contents.resize(contents.size() + 3 * size_t{limits::exports});  // of function 0, without a name
  EXPECT_EQ(malformed(ModuleBuilder().section(SectionId::export_, contents)), "accepted");
}

TEST(GlobalSection, RefusesOtherMutabilities) {
  EXPECT_EQ(malformed({6, 6, 1, 0x7F, 2, 0x41, 0, 0x0B}), "12: malformed mutability: expected 0 or 1, found 0x02");
}

TEST(GlobalSection, InitialisersEndWithTheirEnd) {
  EXPECT_EQ(malformed({6, 5, 1, 0x7F, 0, 0x41, 0}), "15: unexpected end of section or function");
  // The block's end is not the expression's.
  const Module module = decode(module_of({6, 9, 1, 0x7F, 0, 0x02, 0x40, 0x0B, 0x41, 0, 0x0B}));
  EXPECT_EQ(module.globals[0].initializer.bytes.size(), 6u);
}

TEST(ExportSection, RefusesUnknownKinds) {
  EXPECT_EQ(malformed({7, 4, 1, 0, 9, 0}), "12: malformed export kind: expected 0 to 4, found 0x09");
}

TEST(StartSection, HoldsOneIndex) {
  EXPECT_EQ(decode(module_of({8, 1, 5})).start, FuncIndex{5});
  EXPECT_EQ(decode(module_of({8, 1, 5})).start_offset, 10u);
  EXPECT_EQ(malformed({8, 0}), "10: unexpected end of section or function, inside an integer");
}

TEST(CustomSection, NeedsAName) {
  EXPECT_EQ(malformed({0, 0}), "10: unexpected end of section or function, inside an integer");
  EXPECT_EQ(malformed({0, 2, 2, 'a'}), "10: length out of bounds: 2 bytes are announced, 1 are left");
}

TEST(CustomSection, LimitsTheirNumber) {
  std::vector<std::byte> bytes = module_of({});
  const auto empty = bytes_of({0, 1, 0});
  for (uint32_t i = 0; i < limits::custom_sections; ++i) bytes.insert(bytes.end(), empty.begin(), empty.end());
  EXPECT_EQ(malformed(bytes), "accepted");
  bytes.insert(bytes.end(), empty.begin(), empty.end());
  EXPECT_TRUE(malformed(bytes).ends_with("too many custom sections, the limit is 100000"));
}

}  // namespace
}  // namespace shallop
