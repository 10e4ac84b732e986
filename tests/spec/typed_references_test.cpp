// SPDX-License-Identifier: Apache-2.0
#include "spec/typed_references.hpp"

#include <gtest/gtest.h>

#include "binary/decode.hpp"
#include "support/module_builder.hpp"
#include "wasm/error.hpp"

namespace shallop::spec {
namespace {

constexpr uint8_t ref_null = 0xD0;

// Of the types given as their bytes, none of which may have 128 bytes.
ModuleBuilder with_types(std::initializer_list<std::initializer_list<uint8_t>> types) {
  std::vector<std::byte> section{static_cast<std::byte>(types.size())};
  for (const auto& each : types) {
    const std::vector<std::byte> bytes = bytes_of(each);
    section.insert(section.end(), bytes.begin(), bytes.end());
  }
  ModuleBuilder module;
  module.section(SectionId::type, section);
  return module;
}

std::shared_ptr<const ValidatedModule> rewritten(const ModuleBuilder& module) {
  EXPECT_THROW(validate(decode(module.build())), DecodeError);
  return load_without_typed_references(module.build(), Features::all());
}

TEST(TypedReferences, BecomeFuncref) {
  // (type $t (func)) (type (func (param (ref $t)) (result (ref null $t))))
  ModuleBuilder module = with_types({{0x60, 0, 0}, {0x60, 1, 0x64, 0, 1, 0x63, 0}});
  // A block of such a result, a select of the type, and null.
  module.function(
      TypeIndex{1},
      Body().raw({0x02, 0x63, 0x00, ref_null, 0x00, 0x0B}).raw({ref_null, 0x00, 0x41, 0x01, 0x1C, 0x01, 0x63, 0x00}));
  const auto loaded = rewritten(module);
  ASSERT_NE(loaded, nullptr);
  const FuncType& type = (*loaded)->types[1];
  EXPECT_EQ(type.parameters, std::vector{ValueType::funcref});
  EXPECT_EQ(type.results, std::vector{ValueType::funcref});
}

TEST(TypedReferences, OfExceptionsBecomeExnref) {
  const auto loaded = rewritten(with_types({{0x60, 2, 0x64, 0x69, 0x63, 0x70, 0}}));
  ASSERT_NE(loaded, nullptr);
  EXPECT_EQ((*loaded)->types[0].parameters, (std::vector{ValueType::exnref, ValueType::funcref}));
}

// As converters write it, and as others do: each size in five bytes, or in as few as it needs.
TEST(TypedReferences, AreReplacedInSizesOfAnyEncoding) {
  const auto padded =
      bytes_of({0x00, 'a',  's',  'm',  1,    0,    0, 0,                          //
                1,    0x86, 0x80, 0x80, 0x80, 0x00, 1, 0x60, 0,    1,    0x63, 0,  //
                3,    0x82, 0x80, 0x80, 0x80, 0x00, 1, 0,                          //
                10,   0x8A, 0x80, 0x80, 0x80, 0x00, 1, 0x84, 0x80, 0x80, 0x80, 0x00, 0, ref_null, 0, 0x0B});
  const auto shortest = bytes_of({0x00, 'a',  's',  'm',  1,    0,        0,    0,  //
                                  1,    5,    1,    0x60, 0,    1,        0x70,     //
                                  3,    0x82, 0x80, 0x80, 0x80, 0x00,     1,    0,  //
                                  10,   6,    1,    4,    0,    ref_null, 0x70, 0x0B});
  const auto first = without_typed_reference(padded, 18);
  ASSERT_TRUE(first);
  EXPECT_NE(*first, shortest);
  const auto both = without_typed_reference(*first, first->size() - 2);
  ASSERT_TRUE(both);
  EXPECT_EQ(*both, shortest);
}

// 128 bytes become 127, and their size loses a byte too: that of the section, then that of the body in it.
TEST(TypedReferences, ShortenTheSizesAroundThem) {
  for (const int nops : {118, 120}) {
    ModuleBuilder module = with_types({{0x60, 0, 0}});
    Body body;
    for (int i = 0; i < nops; ++i) body.op(Opcode::nop);
    module.function(TypeIndex{0}, body.raw({0x02, 0x63, 0x00, 0x00, 0x0B, 0x1A}));
    const auto bytes = module.build();
    const auto shorter = without_typed_reference(bytes, bytes.size() - 6);
    ASSERT_TRUE(shorter);
    EXPECT_EQ(shorter->size(), bytes.size() - 2);
    EXPECT_NO_THROW(validate(decode(*shorter)));
  }
}

TEST(TypedReferences, HaveIndicesOfSeveralBytes) {
  ModuleBuilder module;
  for (int32_t i = 0; i < 200; ++i) module.type({});
  module.function(TypeIndex{0}, Body().raw({0x02, 0x63, 0xC7, 0x01, ref_null, 0xC7, 0x01, 0x0B, 0x1A}));
  EXPECT_NE(rewritten(module), nullptr);
}

TEST(TypedReferences, AreNotAllThatAModuleMayNeed) {
  // call_ref, and (ref null any) of garbage collection.
  ModuleBuilder caller = with_types({{0x60, 0, 0}, {0x60, 0, 1, 0x63, 0}});
  caller.function(TypeIndex{0}, Body().raw({ref_null, 0x00, 0x14, 0x00}));
  EXPECT_EQ(rewritten(caller), nullptr);
  EXPECT_EQ(rewritten(with_types({{0x60, 1, 0x63, 0x6E, 0}})), nullptr);
}

TEST(TypedReferences, AreLookedForWhereTheyAreSaidToBe) {
  const auto bytes = with_types({{0x60, 0, 1, 0x63, 0}}).build();
  const size_t offset = bytes.size() - 2;
  EXPECT_TRUE(without_typed_reference(bytes, offset));
  for (size_t other = 0; other <= bytes.size(); ++other) {
    if (other != offset) EXPECT_FALSE(without_typed_reference(bytes, other)) << other;
  }
}

}  // namespace
}  // namespace shallop::spec
