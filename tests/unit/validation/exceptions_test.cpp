// SPDX-License-Identifier: Apache-2.0
// Tags, what throws and what catches:
// https://webassembly.github.io/spec/core/valid/instructions.html#control-instructions
#include <gtest/gtest.h>

#include "invalid.hpp"

namespace shallop {
namespace {

using enum ValueType;
using enum Opcode;

// Tags 0 of () and 1 of (i32, f64); a function that takes an exnref and returns nothing.
std::string with_tags(const Body& body) {
  ModuleBuilder module;
  module.tag(module.type({}));
  module.tag(module.type({i32, f64}));
  module.type({}, {i32, f64});          // type 2: what tag 1 carries
  module.type({}, {i32, f64, exnref});  // type 3: and the reference
  module.function(module.type({exnref}), body);
  return invalid(module);
}

TEST(Tags, HaveATypeWithoutResults) {
  ModuleBuilder results;
  results.tag(results.type({i32}, {i64}));
  EXPECT_EQ(invalid(results), "non-empty tag result type: a tag has no results, type 0 is (i32) -> (i64)");
  ModuleBuilder imported;
  imported.import_tag("m", "t", {7});
  EXPECT_EQ(invalid(imported), "unknown type 7: there is none");
  ModuleBuilder exported;
  exported.export_("t", ExternKind::tag, 0);
  EXPECT_EQ(invalid(exported), "unknown tag 0: there is none");
}

TEST(Throw, TakesWhatItsTagCarries) {
  EXPECT_EQ(with_tags(Body().i32(1).f64(2).op(throw_, 1).op(i32_add).op(drop)), "accepted");
  EXPECT_EQ(with_tags(Body().f64(2).op(throw_, 1)), "type mismatch in throw: expected i32, found nothing");
  EXPECT_EQ(with_tags(Body().op(throw_, 2)), "unknown tag 2: the last is 1");
  EXPECT_EQ(with_tags(Body().op(local_get, 0).op(throw_ref)), "accepted");
  EXPECT_EQ(with_tags(Body().i32(0).op(throw_ref)), "type mismatch in throw_ref: expected exnref, found i32");
}

TEST(TryTable, ClausesGiveWhatTheirLabelsTake) {
  const auto caught = [](TypeIndex label_type, std::initializer_list<uint8_t> clause) {
    Body body;
    body.block(block, label_type).try_table({}, {clause}).op(end).op(unreachable).op(end);
    for (int i = label_type.value == 3 ? 3 : label_type.value == 2 ? 2 : 0; i > 0; --i) body.op(drop);
    return with_tags(body);
  };
  EXPECT_EQ(caught({2}, {0, 1, 0}), "accepted");
  EXPECT_EQ(caught({3}, {1, 1, 0}), "accepted");
  EXPECT_EQ(caught({0}, {2, 0}), "accepted");
  EXPECT_EQ(caught({3}, {0, 1, 0}),
            "type mismatch in try_table: a catch clause gives (i32, f64), label 0 takes (i32, f64, exnref)");
  EXPECT_EQ(caught({0}, {3, 0}), "type mismatch in try_table: a catch clause gives (exnref), label 0 takes ()");
  EXPECT_EQ(caught({0}, {0, 5, 0}), "unknown tag 5: the last is 1");
  EXPECT_EQ(caught({0}, {2, 9}), "unknown label 9: the last is 1");
}

// Label 0 of a clause is what is around the try_table, not the try_table.
TEST(TryTable, LabelsOfClausesAreThoseAround) {
  EXPECT_EQ(with_tags(Body().try_table(i32, {{2, 0}}).i32(0).op(end).op(drop)), "accepted");
  EXPECT_EQ(with_tags(Body().try_table(i32, {{2, 1}}).i32(0).op(end).op(drop)), "unknown label 1: there is only 0");
  EXPECT_EQ(with_tags(Body().try_table(i32, {}).op(end).op(drop)), "type mismatch in end: expected i32, found nothing");
  EXPECT_EQ(with_tags(Body().try_table(i32, {}).i32(1).op(br, 0).op(end).op(drop)), "accepted");
}

}  // namespace
}  // namespace shallop
