// SPDX-License-Identifier: Apache-2.0
#include "binary/decode.hpp"

#include <gtest/gtest.h>

#include <random>

#include "binary/sections.hpp"
#include "malformed.hpp"

namespace shallop {
namespace {

// A module with something in every section.
ModuleBuilder everything() {
  using enum ValueType;
  ModuleBuilder module;
  const TypeIndex nothing = module.type({});
  const TypeIndex unary = module.type({i32}, {i32});
  module.import_function("env", "log", nothing);
  module.import_global("env", "base", {.type = i32, .is_mutable = false});
  const FuncIndex start = module.function(nothing, Body());
  const FuncIndex next = module.function(unary, Body().op(Opcode::local_get, 0).i32(1).op(Opcode::i32_add), {{2, f64}});
  const TableIndex table = module.table({.element = funcref, .limits = {.minimum = 4, .maximum = 8}});
  const MemoryIndex memory = module.memory({.minimum = 1, .maximum = 2});
  module.global({.type = i64, .is_mutable = true}, Body().i64(-5));
  module.export_function("next", next).export_("memory", ExternKind::memory, memory.value).start(start);
  module.active_elements(table, Body().i32(1), {next, start});
  module.passive_data("passive");
  module.active_data(Body().i32(16), "active");
  module.custom("note", bytes_of("remember"));
  return module;
}

TEST(Decode, FillsEverySectionsVector) {
  const Module module = decode(everything().build());

  ASSERT_EQ(module.types.size(), 2u);
  EXPECT_EQ(text(module.types[1]), "(i32) -> (i32)");
  ASSERT_EQ(module.imports.size(), 2u);
  EXPECT_EQ(module.imports[0].module, "env");
  EXPECT_EQ(module.imports[0].name, "log");
  EXPECT_EQ(std::get<TypeIndex>(module.imports[0].description), TypeIndex{0});
  EXPECT_EQ(module.imports[1].kind(), ExternKind::global);
  ASSERT_EQ(module.functions.size(), 2u);
  EXPECT_EQ(module.functions[1].type, TypeIndex{1});
  ASSERT_EQ(module.functions[1].locals.size(), 1u);
  EXPECT_EQ(module.functions[1].locals[0].count, 2u);
  EXPECT_EQ(module.functions[1].locals[0].type, ValueType::f64);
  ASSERT_EQ(module.tables.size(), 1u);
  EXPECT_EQ(module.tables[0].limits, (Limits{.minimum = 4, .maximum = 8}));
  ASSERT_EQ(module.memories.size(), 1u);
  EXPECT_EQ(module.memories[0].limits, (Limits{.minimum = 1, .maximum = 2}));
  ASSERT_EQ(module.globals.size(), 1u);
  EXPECT_EQ(module.globals[0].type, (GlobalType{.type = ValueType::i64, .is_mutable = true}));
  ASSERT_EQ(module.exports.size(), 2u);
  EXPECT_EQ(module.exports[0].name, "next");
  EXPECT_EQ(module.exports[0].index, 2u);
  EXPECT_EQ(module.start, FuncIndex{1});
  ASSERT_EQ(module.elements.size(), 1u);
  EXPECT_EQ(std::get<std::vector<FuncIndex>>(module.elements[0].entries), (std::vector<FuncIndex>{{2}, {1}}));
  EXPECT_EQ(module.data_count, 2u);
  ASSERT_EQ(module.data.size(), 2u);
  EXPECT_EQ(module.data[0].mode, SegmentMode::passive);
  EXPECT_EQ(module.data[1].mode, SegmentMode::active);
  ASSERT_EQ(module.custom_sections.size(), 1u);
  EXPECT_EQ(module.custom_sections[0].name, "note");
}

TEST(Decode, IndexSpacesHoldImportsFirst) {
  const Module module = decode(everything().build());
  EXPECT_EQ(module.imported_functions, 1u);
  EXPECT_EQ(module.function_types, (std::vector<TypeIndex>{{0}, {0}, {1}}));
  EXPECT_EQ(module.imported_globals, 1u);
  ASSERT_EQ(module.global_types.size(), 2u);
  EXPECT_EQ(module.global_types[0].type, ValueType::i32);
  EXPECT_EQ(module.global_types[1].type, ValueType::i64);
  EXPECT_EQ(module.table_types.size(), 1u);
  EXPECT_EQ(module.memory_types.size(), 1u);
}

TEST(Decode, SpansLieInTheModulesOwnBytes) {
  Module module = decode(everything().build());
  const Module moved = std::move(module);
  const std::byte* first = moved.bytes->data();
  for (const Function& each : moved.functions) {
    EXPECT_EQ(each.body.bytes.data(), first + each.body.offset);
    EXPECT_EQ(each.body.bytes.back(), static_cast<std::byte>(Opcode::end));
  }
  EXPECT_EQ(moved.custom_sections[0].bytes.data(), first + moved.custom_sections[0].offset);
  EXPECT_EQ(moved.globals[0].initializer.bytes.data(), first + moved.globals[0].initializer.offset);
  EXPECT_EQ(moved.globals[0].initializer.bytes.size(), 3u);
}

TEST(Decode, RemembersWhereSectionsBegin) {
  const Module module = decode(module_of({1, 1, 0, 3, 1, 0}));
  EXPECT_EQ(module.offset_of(SectionId::type), 10u);
  EXPECT_EQ(module.offset_of(SectionId::function), 13u);
  EXPECT_EQ(module.offset_of(SectionId::code), 0u);
  EXPECT_EQ(section_name(SectionId::data_count), "data count");
  EXPECT_EQ(section_name(SectionId::custom), "custom");
}

// Only what ends with a section can be a module.
TEST(Decode, RefusesEveryTruncation) {
  const std::vector<std::byte> whole = everything().build();
  size_t accepted = 0;
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::byte> part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    const std::string message = malformed(part);
    if (message == "accepted") ++accepted;
    // An error lies within the bytes or at their end.
    if (message != "accepted") EXPECT_LE(std::stoul(message), size) << message;
  }
  // Behind the preamble, the type, the import and the data section. Elsewhere bodies or data segments are missing.
  EXPECT_EQ(accepted, 4u);
}

TEST(Decode, SectionsStandInOrderAndOnce) {
  EXPECT_EQ(
      malformed({1, 1, 0, 2, 1, 0, 3, 1, 0, 4, 1, 0, 5, 1, 0, 6, 1, 0, 7, 1, 0, 9, 1, 0, 12, 1, 0, 10, 1, 0, 11, 1, 0}),
      "accepted");
  EXPECT_EQ(malformed({3, 1, 0, 1, 1, 0}),
            "11: unexpected content after last section: the type section may not follow the function section");
  EXPECT_EQ(malformed({5, 1, 0, 5, 1, 0}),
            "11: unexpected content after last section: the memory section may not follow the memory section");
  EXPECT_EQ(malformed({10, 1, 0, 12, 1, 0}),
            "11: unexpected content after last section: the data count section may not follow the code section");
}

TEST(Decode, CustomSectionsStandAnywhereAndOften) {
  EXPECT_EQ(malformed({0, 2, 1, 'a', 1, 1, 0, 0, 2, 1, 'a', 3, 1, 0, 0, 1, 0}), "accepted");
}

TEST(Decode, TagsStandBetweenMemoriesAndGlobals) {
  EXPECT_EQ(malformed({1, 4, 1, 0x60, 0, 0, 5, 1, 0, 13, 3, 1, 0, 0, 6, 1, 0}), "accepted");
  EXPECT_EQ(malformed({6, 1, 0, 13, 1, 0}),
            "11: unexpected content after last section: the tag section may not follow the global section");
  EXPECT_EQ(malformed({13, 1, 0, 5, 1, 0}),
            "11: unexpected content after last section: the memory section may not follow the tag section");
}

TEST(Decode, RefusesUnknownSections) { EXPECT_EQ(malformed({14, 1, 0}), "8: malformed section id 14"); }

TEST(Decode, SectionSizesAreExact) {
  EXPECT_EQ(malformed({1}), "9: unexpected end of section or function, inside an integer");
  EXPECT_EQ(malformed({1, 4, 0}),
            "9: length out of bounds: the type section announces 4 bytes, 1 are left: is the file truncated?");
  EXPECT_EQ(malformed({1, 3, 0, 0, 0}),
            "11: section size mismatch: the type section ends 2 bytes before the 3 that it announces");
  EXPECT_EQ(malformed({1, 4, 1, 0x60, 1, 0x7F, 0}), "14: unexpected end of section or function, inside an integer");
}

TEST(Decode, EveryDeclaredFunctionHasABody) {
  const std::string missing =
      "14: function and code section have inconsistent lengths: 1 functions are declared, 0 have a body";
  EXPECT_EQ(malformed({1, 0, 3, 2, 1, 0}).substr(0, 2), "10");
  EXPECT_EQ(malformed({3, 4, 1, 0x80, 0x80, 0}), missing);
  EXPECT_EQ(malformed({3, 2, 1, 0, 10, 1, 0}), missing);
  EXPECT_EQ(malformed({10, 4, 1, 2, 0, 0x0B}),
            "10: function and code section have inconsistent lengths: 0 functions are declared, 1 have a body");
}

// No input makes the decoder do anything but decode or refuse; sanitizers see the rest.
TEST(Decode, SurvivesFlippedBits) {
  const std::vector<std::byte> whole = everything().build();
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::byte> bytes = whole;
    for (int flips = 0; flips < 3; ++flips) bytes[random() % bytes.size()] ^= std::byte{1} << (random() % 8);
    const std::string message = malformed(std::move(bytes));
    if (message != "accepted") ASSERT_LE(std::stoul(message), whole.size()) << message;
  }
}

}  // namespace
}  // namespace shallop
