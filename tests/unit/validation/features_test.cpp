// SPDX-License-Identifier: Apache-2.0
// Each construct of an addition to WebAssembly: noted as used where it is allowed, refused where it is not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "binary/decode.hpp"
#include "support/module_builder.hpp"
#include "support/refusal.hpp"
#include "validation/validated_module.hpp"
#include "wasm/features.hpp"

namespace shallop {
namespace {

using enum ValueType;

// The names of what it uses.
std::string used(const ModuleBuilder& module) {
  std::string names;
  for (const std::string_view each : validate(decode(module.build()))->operator*().features.used.names()) {
    names += fmt::format("{}{}", names.empty() ? "" : " ", each);
  }
  return names;
}

// "MESSAGE" with all allowed but `feature`.
std::string without(Feature feature, const ModuleBuilder& module) {
  Features features = Features::all();
  features.remove(feature);
  const std::string refused = refusal<OffsetError>([&] { validate(decode(module.build(), features)); });
  return refused.substr(std::min(refused.size(), refused.find(": ") + 2));
}

ModuleBuilder with_body(const Body& body) {
  ModuleBuilder module;
  module.type({}, {});
  module.memory({.minimum = 1, .maximum = {}});
  module.table({.element = funcref, .limits = {.minimum = 1, .maximum = {}}});
  module.passive_data("");
  module.function({0}, body);
  return module;
}

TEST(FeaturesInUse, AreNoneInAModuleOfTheFirstVersion) {
  ModuleBuilder module;
  module.table({.element = funcref, .limits = {.minimum = 1, .maximum = {}}});
  module.memory({.minimum = 1, .maximum = {}});
  const GlobalIndex global = module.global({.type = i32, .is_mutable = true}, Body().i32(0));
  const FuncIndex function = module.function(
      module.type({i32}, {i32}), Body().block(Opcode::block, i32).i32(1).op(Opcode::end).op(Opcode::i32_load, 2, 0));
  module.export_function("f", function);
  module.section(SectionId::element, bytes_of({1, 0, 0x41, 0, 0x0B, 1, 0}));
  module.section(SectionId::data, bytes_of({1, 0, 0x41, 0, 0x0B, 1, 'd'}));
  EXPECT_EQ(used(module), "");
  EXPECT_EQ(refusal<OffsetError>([&] { validate(decode(module.build(), Features())); }), "accepted");

  module.export_("g", ExternKind::global, global.value);
  EXPECT_EQ(used(module), "mutable-globals");
  EXPECT_EQ(without(Feature::mutable_globals, module),
            "mutable global: to export one needs the mutable-global proposal, which is switched off");
}

TEST(FeaturesInUse, AreNotedAndRefusedByInstruction) {
  const auto expect = [](const Body& body, Feature feature, const char* name, const std::string& message) {
    const ModuleBuilder module = with_body(body);
    EXPECT_TRUE((" " + used(module) + " ").contains(fmt::format(" {} ", name))) << used(module);
    EXPECT_EQ(without(feature, module), fmt::format("illegal opcode {}", message));
  };
  expect(Body().i32(0).op(Opcode::i32_extend8_s).op(Opcode::drop), Feature::sign_extension, "sign-ext",
         "0xc0: i32.extend8_s is an instruction of the sign-extension-ops proposal, which is switched off");
  expect(Body().f32(0).op(Opcode::i32_trunc_sat_f32_s).op(Opcode::drop), Feature::non_trapping_conversion,
         "nontrapping-fptoint",
         "0xfc 0x00: i32.trunc_sat_f32_s is an instruction of the nontrapping-float-to-int-conversions proposal, which "
         "is switched off");
  expect(Body().ref_null(funcref).op(Opcode::drop), Feature::reference_types, "reference-types",
         "0xd0: ref.null is an instruction of the reference-types proposal, which is switched off");
  expect(Body().op(Opcode::table_size, 0).op(Opcode::drop), Feature::reference_types, "reference-types",
         "0xfc 0x10: table.size is an instruction of the reference-types proposal, which is switched off");
  expect(Body().try_table({}, {}).op(Opcode::end), Feature::exception_handling, "exception-handling",
         "0x1f: try_table is an instruction of the exception-handling proposal, which is switched off");
  expect(Body().op(Opcode::return_call, 0), Feature::tail_call, "tail-call",
         "0x12: return_call is an instruction of the tail-call proposal, which is switched off");
  expect(Body().v128(0, 0).op(Opcode::drop), Feature::simd, "simd128",
         "0xfd 0x0c: v128.const is an instruction of the SIMD proposal, which is switched off");
  expect(Body().op(Opcode::atomic_fence, 0), Feature::threads, "atomics",
         "0xfe 0x03: atomic.fence is an instruction of the threads proposal, which is switched off");
  expect(Body().i32(0).op(Opcode::i64_atomic_load, 3, 0).op(Opcode::drop), Feature::threads, "atomics",
         "0xfe 0x11: i64.atomic.load is an instruction of the threads proposal, which is switched off");
}

TEST(FeaturesInUse, AreNotedAndRefusedInTypes) {
  ModuleBuilder vectors;
  vectors.type({v128}, {});
  EXPECT_EQ(used(vectors), "simd128");
  EXPECT_EQ(without(Feature::simd, vectors),
            "malformed value type: v128 needs the SIMD proposal, which is switched off");

  ModuleBuilder shared;
  shared.memory({.minimum = 1, .maximum = 1}, true);
  EXPECT_EQ(used(shared), "atomics");
  EXPECT_EQ(without(Feature::threads, shared),
            "integer too large for the flags of limits: a shared memory needs the threads proposal, which is switched "
            "off");

  ModuleBuilder results;
  results.type({}, {i32, i32});
  EXPECT_EQ(used(results), "multivalue");
  EXPECT_EQ(without(Feature::multi_value, results),
            "malformed function type: more than one result needs the multi-value proposal, which is switched off");

  const ModuleBuilder blocks = with_body(Body().block(Opcode::block, TypeIndex{0}).op(Opcode::end));
  EXPECT_EQ(without(Feature::multi_value, blocks),
            "malformed block type: a type index needs the multi-value proposal, which is switched off");

  ModuleBuilder references;
  references.table({.element = externref, .limits = {.minimum = 1, .maximum = {}}});
  EXPECT_EQ(used(references), "reference-types");
  EXPECT_EQ(without(Feature::reference_types, references),
            "malformed reference type: externref needs the reference-types proposal, which is switched off");
}

TEST(FeaturesInUse, AreNotedAndRefusedInSections) {
  ModuleBuilder tables;
  tables.table({.element = funcref, .limits = {.minimum = 1, .maximum = {}}});
  tables.table({.element = funcref, .limits = {.minimum = 1, .maximum = {}}});
  EXPECT_EQ(used(tables), "reference-types");
  EXPECT_EQ(without(Feature::reference_types, tables),
            "multiple tables: more than one needs the reference-types proposal, which is switched off");

  ModuleBuilder elements;
  elements.passive_elements({});
  EXPECT_EQ(used(elements), "bulk-memory");
  EXPECT_EQ(without(Feature::bulk_memory, elements),
            "malformed elements segment kind: any but 0 needs the bulk-memory-operations proposal, which is switched "
            "off");

  ModuleBuilder declared;
  declared.declared_elements({});
  EXPECT_EQ(used(declared), "reference-types");

  ModuleBuilder count;
  count.section(SectionId::data_count, bytes_of({0}));
  EXPECT_EQ(used(count), "bulk-memory");
  EXPECT_EQ(
      without(Feature::bulk_memory, count),
      "malformed section id 12: a data count section needs the bulk-memory-operations proposal, which is switched "
      "off");

  ModuleBuilder constants;
  constants.global({.type = i32, .is_mutable = false}, Body().i32(1).i32(2).op(Opcode::i32_add));
  EXPECT_EQ(used(constants), "extended-const");
  EXPECT_EQ(without(Feature::extended_constant, constants),
            "constant expression required: i32.add needs the extended-const proposal, which is switched off");

  ModuleBuilder memories;
  memories.memory({});
  memories.memory({});
  EXPECT_EQ(used(memories), "multimemory");
  EXPECT_EQ(without(Feature::multi_memory, memories),
            "multiple memories: more than one needs the multi-memory proposal, which is switched off");

  ModuleBuilder tags;
  tags.tag(tags.type({}));
  EXPECT_EQ(used(tags), "exception-handling");
  EXPECT_EQ(without(Feature::exception_handling, tags),
            "malformed section id 13: a tag section needs the exception-handling proposal, which is switched off");

  ModuleBuilder tag_imports;
  tag_imports.import_tag("m", "t", tag_imports.type({}));
  EXPECT_EQ(without(Feature::exception_handling, tag_imports),
            "malformed import kind: a tag needs the exception-handling proposal, which is switched off");

  ModuleBuilder imports;
  imports.import_global("m", "g", {.type = i32, .is_mutable = true});
  EXPECT_EQ(used(imports), "mutable-globals");
  EXPECT_EQ(without(Feature::mutable_globals, imports),
            "mutable global: to import one needs the mutable-global proposal, which is switched off");
}

}  // namespace
}  // namespace shallop
