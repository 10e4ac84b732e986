// SPDX-License-Identifier: Apache-2.0
// The rules for modules: https://webassembly.github.io/spec/core/valid/modules.html
#include <gtest/gtest.h>

#include "binary/decode.hpp"
#include "invalid.hpp"
#include "support/refusal.hpp"
#include "validation/validated_module.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

using enum ValueType;
using enum Opcode;

TEST(Validate, GivesTheModuleBack) {
  ModuleBuilder builder;
  builder.export_function("f", builder.function(builder.type({}), Body()));
  const std::shared_ptr<const ValidatedModule> module = validate(decode(builder.build()));
  EXPECT_EQ((*module)->exports.at(0).name, "f");
}

TEST(Validate, TellsTheOffsetOfTheInstruction) {
  ModuleBuilder builder;
  builder.function(builder.type({}), Body().op(nop).op(drop));
  Module module = decode(builder.build());
  const size_t drop_offset = module.functions[0].body.offset + 1;
  EXPECT_EQ(refusal<ValidationError>([&] { validate(std::move(module)); }),
            std::to_string(drop_offset) + ": type mismatch in drop: expected an operand, found nothing");
}

TEST(Functions, HaveAKnownType) {
  ModuleBuilder module;
  module.type({});
  module.function({1}, Body());
  EXPECT_EQ(invalid(module), "unknown type 1: there is only 0");
}

TEST(Imports, HaveAKnownType) {
  ModuleBuilder module;
  module.import_function("m", "f", {0});
  EXPECT_EQ(invalid(module), "unknown type 0: there is none");
}

// An entry without an offset of its own is found by its section's.
TEST(Functions, UnknownTypesAreFoundInTheirSection) {
  ModuleBuilder builder;
  builder.function({5}, Body());
  Module module = decode(builder.build());
  EXPECT_EQ(module.offset_of(SectionId::function), 10u);
  EXPECT_EQ(refusal<ValidationError>([&] { validate(std::move(module)); }), "10: unknown type 5: there is none");
}

TEST(Limits, OfSharedMemoriesHaveAMaximum) {
  ModuleBuilder bounded, defined, imported;
  bounded.memory({.minimum = 1, .maximum = 1}, true);
  defined.memory({.minimum = 1, .maximum = {}}, true);
  imported.import_memory("m", "x", {.minimum = 1, .maximum = {}}, true);
  EXPECT_EQ(invalid(bounded), "accepted");
  EXPECT_EQ(invalid(defined), "shared memory must have maximum");
  EXPECT_EQ(invalid(imported), "shared memory must have maximum");
}

TEST(Limits, MinimumIsAtMostMaximum) {
  const std::string wrong = "size minimum must not be greater than maximum: 2 is greater than 1";
  const Limits limits{.minimum = 2, .maximum = 1};
  ModuleBuilder table, memory, imported_table, imported_memory;
  table.table({.element = funcref, .limits = limits});
  memory.memory(limits);
  imported_table.import_table("m", "t", {.element = funcref, .limits = limits});
  imported_memory.import_memory("m", "m", limits);
  for (const ModuleBuilder& module : {table, memory, imported_table, imported_memory})
    EXPECT_EQ(invalid(module), wrong);
}

TEST(Memories, HaveAtMostFourGibibytes) {
  ModuleBuilder most, minimum, maximum;
  most.memory({.minimum = 65'536, .maximum = 65'536});
  EXPECT_EQ(invalid(most), "accepted");
  minimum.memory({.minimum = 65'537, .maximum = {}});
  EXPECT_EQ(invalid(minimum), "memory size must be at most 65536 pages (4GiB), found 65537");
  maximum.import_memory("m", "m", {.minimum = 0, .maximum = 0xFFFFFFFF});
  EXPECT_EQ(invalid(maximum), "memory size must be at most 65536 pages (4GiB), found 4294967295");
}

TEST(Memories, MayBeSeveral) {
  ModuleBuilder module;
  module.import_memory("m", "m", {});
  module.memory({});
  EXPECT_EQ(invalid(module), "accepted");
  module.function(module.type({}), Body().i32(0).i32(0).i32(0).op(Opcode::memory_copy, 1, 0));
  EXPECT_EQ(invalid(module), "accepted");
  ModuleBuilder beyond = module;
  beyond.function({0}, Body().i32(0).i32(0).i32(0).op(Opcode::memory_copy, 1, 2));
  EXPECT_EQ(invalid(beyond), "unknown memory 2: the last is 1");
  module.function({0}, Body().i32(0).op(Opcode::i32_load, 0x42, 2, 0).op(Opcode::drop));
  EXPECT_EQ(invalid(module), "unknown memory 2: the last is 1");
}

TEST(Exports, NamesAreUnique) {
  ModuleBuilder module;
  const FuncIndex function = module.function(module.type({}), Body());
  module.memory({});
  module.export_function("a", function).export_function("b", function);
  EXPECT_EQ(invalid(module), "accepted");
  module.export_("a", ExternKind::memory, 0);
  EXPECT_EQ(invalid(module), "duplicate export name \"a\"");
}

TEST(Exports, NameWhatExists) {
  const auto export_of = [](ExternKind kind) {
    ModuleBuilder module;
    module.table({});
    module.table({});
    return invalid(module.export_("x", kind, 2));
  };
  EXPECT_EQ(export_of(ExternKind::function), "unknown function 2: there is none");
  EXPECT_EQ(export_of(ExternKind::table), "unknown table 2: the last is 1");
  EXPECT_EQ(export_of(ExternKind::memory), "unknown memory 2: there is none");
  EXPECT_EQ(export_of(ExternKind::global), "unknown global 2: there is none");
}

TEST(Start, TakesAndLeavesNothing) {
  ModuleBuilder module;
  const FuncIndex nothing = module.function(module.type({}), Body());
  const FuncIndex result = module.function(module.type({i32}, {i64}), Body().i64(0));
  EXPECT_EQ(invalid(ModuleBuilder(module).start(nothing)), "accepted");
  EXPECT_EQ(invalid(ModuleBuilder(module).start(result)),
            "start function: expected type () -> (), function 1 has (i32) -> (i64)");
  EXPECT_EQ(invalid(ModuleBuilder(module).start({2})), "unknown function 2: the last is 1");
}

TEST(ElementSegments, ActiveOnesNeedATableOfTheirType) {
  ModuleBuilder none;
  none.active_elements({0}, Body().i32(0), {});
  EXPECT_EQ(invalid(none), "unknown table 0: there is none");

  ModuleBuilder other;
  other.table({.element = externref, .limits = {}});
  other.active_elements({0}, Body().i32(0), {});
  EXPECT_EQ(invalid(other), "type mismatch in an element segment: table 0 is of externref, the segment of funcref");

  ModuleBuilder offset;
  offset.table({});
  offset.active_elements({0}, Body().i64(0), {});
  EXPECT_EQ(invalid(offset), "type mismatch in end: expected i32, found i64");
}

TEST(ElementSegments, EntriesAreKnownAndOfTheSegmentsType) {
  ModuleBuilder functions;
  functions.passive_elements({{0}});
  EXPECT_EQ(invalid(functions), "unknown function 0: there is none");

  ModuleBuilder expressions;
  expressions.passive_elements(externref, {Body().ref_null(externref), Body().ref_null(funcref)});
  EXPECT_EQ(invalid(expressions), "type mismatch in end: expected externref, found funcref");
}

TEST(DataSegments, ActiveOnesNeedAMemory) {
  ModuleBuilder passive;
  passive.passive_data("x");
  EXPECT_EQ(invalid(passive), "accepted");

  ModuleBuilder module;
  module.active_data(Body().i32(0), "x");
  EXPECT_EQ(invalid(module), "unknown memory 0: there is none");

  ModuleBuilder offset;
  offset.memory({});
  offset.active_data(Body().f32(0), "x");
  EXPECT_EQ(invalid(offset), "type mismatch in end: expected i32, found f32");
}

// Wherever a function is named outside of the bodies.
TEST(FunctionReferences, AreDeclared) {
  ModuleBuilder module;
  const FuncIndex function = module.function(module.type({}), Body().op(ref_func, 0).op(drop));
  EXPECT_EQ(invalid(module),
            "undeclared function reference: function 0 has to be named in an element segment, a global or an export");
  // Not by the start section.
  EXPECT_NE(invalid(ModuleBuilder(module).start(function)), "accepted");

  EXPECT_EQ(invalid(ModuleBuilder(module).export_function("f", function)), "accepted");
  ModuleBuilder global = module;
  global.global({.type = funcref, .is_mutable = false}, Body().op(ref_func, 0));
  ModuleBuilder declared = module;
  declared.declared_elements({function});
  ModuleBuilder expression = module;
  expression.passive_elements(funcref, {Body().op(ref_func, 0)});
  for (const ModuleBuilder& each : {global, declared, expression}) EXPECT_EQ(invalid(each), "accepted");
}

}  // namespace
}  // namespace shallop
