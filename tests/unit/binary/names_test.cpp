// SPDX-License-Identifier: Apache-2.0
#include "binary/names.hpp"

#include <gtest/gtest.h>

#include "binary/decode.hpp"
#include "support/module_builder.hpp"

namespace shallop {
namespace {

// A module of an imported and three defined functions, of which the second is exported, with this name section.
class NamesOf : public testing::Test {
 protected:
  Names names(std::initializer_list<uint8_t> section) {
    ModuleBuilder module;
    const TypeIndex type = module.type({});
    module.import_function("env", "imported", type);
    module.function(type, Body());
    module.export_function("exported", module.function(type, Body()));
    module.function(type, Body());
    module.custom("name", bytes_of(section));
    module_ = decode(module.build());
    return Names(module_);
  }

  Module module_;
};

TEST_F(NamesOf, TheThreeSubsections) {
  const Names names = this->names({0, 3, 2, 'm', 'o',                              // module
                                   1, 7, 2, 1,   1,   'f', 2, 1,   'g',            // functions
                                   2, 9, 1, 1,   2,   0,   1, 'a', 5,   1, 'b'});  // locals
  EXPECT_EQ(names.module(), "mo");
  EXPECT_EQ(names.function({1}), "f");
  EXPECT_EQ(names.function({2}), "g");
  EXPECT_EQ(names.function({3}), "");
  EXPECT_EQ(names.local({1}, {0}), "a");
  EXPECT_EQ(names.local({1}, {5}), "b");
  EXPECT_EQ(names.local({1}, {1}), "");
  EXPECT_EQ(names.local({2}, {0}), "");
}

TEST_F(NamesOf, DescribesFunctionsWithoutAName) {
  const Names names = this->names({1, 4, 1, 1, 1, 'f'});
  EXPECT_EQ(names.describe({0}), "imported");
  EXPECT_EQ(names.describe({1}), "f");
  EXPECT_EQ(names.describe({2}), "exported");
  EXPECT_EQ(names.describe({3}), "function 3");
}

TEST_F(NamesOf, IgnoresSubsectionsOfProposals) {
  EXPECT_EQ(names({7, 2, 0xFF, 0xFF, 1, 4, 1, 1, 1, 'f'}).function({1}), "f");
}

TEST_F(NamesOf, FindsNamesThatAreNotSorted) {
  const Names names = this->names({1, 7, 2, 3, 1, 'h', 1, 1, 'f'});
  EXPECT_EQ(names.function({1}), "f");
  EXPECT_EQ(names.function({3}), "h");
}

TEST_F(NamesOf, ABrokenSectionIsNoError) {
  EXPECT_EQ(names({}).describe({3}), "function 3");
  EXPECT_EQ(names({1}).function({1}), "");
  EXPECT_EQ(names({1, 100, 1}).function({1}), "");
  EXPECT_EQ(names({1, 6, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0}).function({1}), "");
  EXPECT_EQ(names({1, 4, 1, 1, 1, 0xFF}).function({1}), "");  // no UTF-8
  // What stands before the broken subsection is kept.
  EXPECT_EQ(names({0, 2, 1, 'm', 1, 4, 1, 1, 9, 'f'}).module(), "m");
}

TEST(Names, OfAModuleWithoutANameSection) {
  const Module module = decode(ModuleBuilder().build());
  const Names names(module);
  EXPECT_EQ(names.module(), "");
  EXPECT_EQ(names.describe({9}), "function 9");
}

}  // namespace
}  // namespace shallop
