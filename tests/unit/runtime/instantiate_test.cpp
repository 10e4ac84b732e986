// SPDX-License-Identifier: Apache-2.0
#include "runtime/instantiate.hpp"

#include <gtest/gtest.h>

#include "binary/decode.hpp"
#include "runtime/host_function.hpp"
#include "support/module_builder.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

// An engine whose functions count their calls and then end as told.
class CountingCode : public Code {
 public:
  explicit CountingCode(Completion completion = Completion::returned) : completion_(completion) {}
  int calls() const { return calls_; }

  void bind(Instance& instance) const override {
    EXPECT_EQ(instance.all_memories.size(), (*instance.module)->memory_types.size()) << "bound after memories exist";
    EXPECT_EQ(instance.all_globals.size(), (*instance.module)->global_types.size()) << "bound after globals exist";
    for (FunctionInstance* function : instance.all_functions) {
      if (function->instance != &instance) continue;
      function->entry = enter;
      function->host = const_cast<CountingCode*>(this);
    }
  }

 private:
  static Completion enter(FunctionInstance& callee, Instance*, Slot*) noexcept {
    auto& code = *static_cast<CountingCode*>(callee.host);
    ++code.calls_;
    if (code.completion_ == Completion::trapped) return callee.instance->store->trap(TrapCode::unreachable);
    if (code.completion_ == Completion::exited) return callee.instance->store->exit(3);
    return code.completion_;
  }
  Completion completion_;
  int calls_ = 0;
};

class InstantiateTest : public testing::Test {
 protected:
  Instantiation instantiate_module(const ModuleBuilder& module) {
    return instantiate(store, validate(decode(module.build())), code, linker);
  }
  static TrapCode trap_of(const Instantiation& instantiation) {
    const auto* trap = std::get_if<Trap>(&instantiation.outcome);
    return trap == nullptr ? TrapCode::none : trap->code;
  }
  static std::string text_at(const Memory& memory, size_t offset, size_t size) {
    const std::span<std::byte> bytes = memory.bytes().subspan(offset, size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  static Body at(int32_t value) { return Body().i32(value); }
  static constexpr Limits one_page = {.minimum = 1, .maximum = {}};
  static constexpr TableType three_functions = {.element = ValueType::funcref, .limits = {.minimum = 3, .maximum = {}}};

  Store store;
  Linker linker;
  std::shared_ptr<CountingCode> code = std::make_shared<CountingCode>();
  ModuleBuilder builder;
};

TEST_F(InstantiateTest, AnEmptyModuleHasNothing) {
  const auto [instance, outcome] = instantiate_module(builder);
  EXPECT_EQ(std::get<Results>(outcome), Results{});
  EXPECT_EQ(instance.memory, nullptr);
  EXPECT_EQ(instance.store, &store);
  EXPECT_EQ(instance.find_export("anything"), std::nullopt);
}

TEST_F(InstantiateTest, GlobalsSeeImportedGlobalsAndFunctions) {
  using enum ValueType;
  linker.define("host", "seven", &store.add_global({.type = f64, .is_mutable = false}, Value::f64(7)));
  builder.import_global("host", "seven", {.type = f64, .is_mutable = false});
  const FuncIndex function = builder.function(builder.type({}), Body());
  const GlobalIndex copied = builder.global({.type = f64}, Body().op(Opcode::global_get, 0));
  const GlobalIndex narrow = builder.global({.type = i32, .is_mutable = true}, Body().i32(-1));
  const GlobalIndex reference = builder.global({.type = funcref}, Body().op(Opcode::ref_func, function.value));
  const GlobalIndex null = builder.global({.type = externref}, Body().ref_null(externref));
  const Instance& instance = instantiate_module(builder).instance;
  EXPECT_EQ(instance.all_globals[copied.value]->value[0], Value::f64(7).bits[0]);
  EXPECT_EQ(instance.all_globals[narrow.value]->value[0], 0xFFFF'FFFFu);
  EXPECT_EQ(to_function(instance.all_globals[reference.value]->value[0]), instance.all_functions[function.value]);
  EXPECT_EQ(instance.all_globals[null.value]->value[0], 0u);
}

TEST_F(InstantiateTest, ExportsOfEachKindAreFound) {
  const FuncIndex function = builder.function(builder.type({}), Body());
  builder.table(three_functions);
  builder.memory(one_page);
  builder.global({}, Body().i32(1));
  builder.export_function("f", function);
  builder.export_("t", ExternKind::table, 0).export_("m", ExternKind::memory, 0).export_("g", ExternKind::global, 0);
  const Instance& instance = instantiate_module(builder).instance;
  EXPECT_EQ(instance.find_export("f"), Extern(instance.all_functions[0]));
  EXPECT_EQ(instance.find_export("t"), Extern(instance.all_tables[0]));
  EXPECT_EQ(instance.find_export("m"), Extern(instance.memory));
  EXPECT_EQ(instance.find_export("g"), Extern(instance.all_globals[0]));
}

TEST_F(InstantiateTest, AnInstanceCanBeLinkedIntoTheNext) {
  const FuncIndex function = builder.function(builder.type({}), Body());
  builder.export_function("f", function);
  const Instance& first = instantiate_module(builder).instance;
  linker.define_instance("first", first);

  ModuleBuilder importer;
  importer.import_function("first", "f", importer.type({}));
  const Instance& second = instantiate_module(importer).instance;
  EXPECT_EQ(second.all_functions[0], first.all_functions[0]);
  EXPECT_EQ(second.all_functions[0]->instance, &first);
}

TEST_F(InstantiateTest, SegmentsAreAppliedAndDroppedByTheirMode) {
  const FuncIndex function = builder.function(builder.type({}), Body());
  builder.table(three_functions);
  builder.memory(one_page);
  const ElementIndex active = builder.active_elements({}, at(1), {function, function});
  const ElementIndex passive = builder.passive_elements({function});
  const ElementIndex declared = builder.declared_elements({function});
  const DataIndex written = builder.active_data(at(5), "hello");
  const DataIndex kept = builder.passive_data("later");
  Instance& instance = instantiate_module(builder).instance;

  const Slot reference = to_slot(instance.all_functions[function.value]);
  Table& table = *instance.all_tables[0];
  EXPECT_EQ(std::vector<Slot>(table.elements(), table.elements() + table.size()),
            (std::vector<Slot>{0, reference, reference}));
  EXPECT_EQ(text_at(*instance.memory, 5, 5), "hello");
  EXPECT_TRUE(instance.element_segments[active.value].empty());
  EXPECT_EQ(instance.element_segments[passive.value], std::vector<Slot>{reference});
  EXPECT_TRUE(instance.element_segments[declared.value].empty());
  EXPECT_TRUE(instance.data_segments[written.value].empty());
  EXPECT_EQ(instance.data_segments[kept.value].size(), 5u);
}

TEST_F(InstantiateTest, WhatEarlierSegmentsWroteStaysWhenALaterOneTraps) {
  linker.define("host", "memory", &store.add_memory({.limits = one_page}));
  builder.import_memory("host", "memory", one_page);
  builder.active_data(at(0), "written");
  builder.active_data(at(65'530), "too long");
  builder.active_data(at(100), "never");
  builder.start(builder.function(builder.type({}), Body()));
  const Instantiation instantiation = instantiate_module(builder);
  EXPECT_EQ(trap_of(instantiation), TrapCode::out_of_bounds_memory_access);
  const Memory& memory = *instantiation.instance.memory;
  EXPECT_EQ(text_at(memory, 0, 7), "written");
  EXPECT_EQ(text_at(memory, 65'530, 1), std::string(1, '\0'));
  EXPECT_EQ(text_at(memory, 100, 1), std::string(1, '\0'));
  EXPECT_EQ(code->calls(), 0) << "the start function comes after all segments";
}

TEST_F(InstantiateTest, ElementsComeBeforeDataAndOffsetsAreUnsigned) {
  const FuncIndex function = builder.function(builder.type({}), Body());
  builder.table(three_functions);
  builder.memory(one_page);
  builder.active_data(at(65'536), "x");
  builder.active_elements({}, at(-1), {function});
  EXPECT_EQ(trap_of(instantiate_module(builder)), TrapCode::out_of_bounds_table_access);
}

TEST_F(InstantiateTest, AnEmptySegmentMayStandAtTheEndButNotBeyond) {
  builder.memory(one_page);
  builder.active_data(at(65'536), "");
  EXPECT_EQ(trap_of(instantiate_module(builder)), TrapCode::none);
  ModuleBuilder beyond;
  beyond.memory(one_page);
  beyond.active_data(at(65'537), "");
  EXPECT_EQ(trap_of(instantiate_module(beyond)), TrapCode::out_of_bounds_memory_access);
}

TEST_F(InstantiateTest, RunsTheStartFunctionOnce) {
  builder.start(builder.function(builder.type({}), Body()));
  EXPECT_EQ(std::get<Results>(instantiate_module(builder).outcome), Results{});
  EXPECT_EQ(code->calls(), 1);
}

TEST_F(InstantiateTest, TheStartFunctionMayTrapOrExit) {
  builder.start(builder.function(builder.type({}), Body()));
  code = std::make_shared<CountingCode>(Completion::trapped);
  EXPECT_EQ(trap_of(instantiate_module(builder)), TrapCode::unreachable);
  code = std::make_shared<CountingCode>(Completion::exited);
  EXPECT_EQ(std::get<Exit>(instantiate_module(builder).outcome).code, 3u);
}

TEST_F(InstantiateTest, NothingIsMadeOfAModuleThatDoesNotLink) {
  linker.define("host", "memory", &store.add_memory({.limits = one_page}));
  builder.import_memory("host", "memory", one_page);
  builder.import_function("host", "missing", builder.type({}));
  builder.active_data(at(0), "written");
  EXPECT_THROW(instantiate_module(builder), LinkError);
  const Extern memory = linker.resolve([] {
    Module module;
    module.imports.push_back({.module = "host", .name = "memory", .description = MemoryType{.limits = one_page}});
    return module;
  }())[0];
  EXPECT_EQ(text_at(*std::get<Memory*>(memory), 0, 1), std::string(1, '\0'));
}

TEST_F(InstantiateTest, AMemoryBeyondThePolicyIsAResourceError) {
  Store small({.memory = {.maximum_pages = 1}});
  builder.memory({.minimum = 2, .maximum = {}});
  EXPECT_THROW(instantiate(small, validate(decode(builder.build())), code, linker), ResourceError);
}

TEST_F(InstantiateTest, TheMemoriesOfAStoreShareThePolicy) {
  Store small({.memory = {.maximum_pages = 3}});
  builder.memory({.minimum = 2, .maximum = {}});
  const auto module = validate(decode(builder.build()));
  EXPECT_NO_THROW(instantiate(small, module, code, linker));
  EXPECT_THROW(instantiate(small, module, code, linker), ResourceError);
}

// Each alone is allowed.
TEST_F(InstantiateTest, RefusesTablesThatAreTooLargeTogether) {
  ModuleBuilder module;
  const Limits elements = {.minimum = limits::table_elements, .maximum = {}};
  for (int i = 0; i < 1'000; ++i) module.table({.element = ValueType::funcref, .limits = elements});
  try {
    instantiate_module(module);
    FAIL() << "80 GB of tables";
  } catch (const ResourceError& error) {
    EXPECT_STREQ(error.what(),
                 "the module's 1000 tables have 10000000000 elements together, more than the 20000000 that shallop "
                 "allows");
  }
}

}  // namespace
}  // namespace shallop
