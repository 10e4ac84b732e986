// SPDX-License-Identifier: Apache-2.0
#include "runtime/instantiate.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "runtime/constant_expression.hpp"
#include "wasm/error.hpp"

namespace shallop {
namespace {

void add_imports(Instance& instance, const std::vector<Extern>& imports) {
  for (const Extern& each : imports) {
    switch (kind_of(each)) {
      case ExternKind::function: instance.all_functions.push_back(std::get<FunctionInstance*>(each)); break;
      case ExternKind::table: instance.all_tables.push_back(std::get<Table*>(each)); break;
      case ExternKind::memory: instance.all_memories.push_back(std::get<Memory*>(each)); break;
      case ExternKind::global: instance.all_globals.push_back(std::get<GlobalInstance*>(each)); break;
      case ExternKind::tag: instance.all_tags.push_back(std::get<TagInstance*>(each)); break;
    }
  }
}

// Before the first of them is allocated.
void check_tables(const Module& module, const Budget& left) {
  uint64_t elements = 0;
  for (const TableType& type : module.tables) elements += type.limits.minimum;
  if (elements > left.left()) {
    const std::string others = left.left() == left.total() ? "" : fmt::format(" ({} are left)", left.left());
    throw ResourceError(
        fmt::format("the module's {} tables have {} elements together, more than the {} that shallop allows{}",
                    module.tables.size(), elements, left.total(), others));
  }
}

// The next of the globals that the module defines: before its memory, where native code looks for it, or in the store.
GlobalInstance& add_global(Instance& instance, const GlobalType& type, const Value& value) {
  const Module& module = **instance.module;
  const GlobalIndex index{static_cast<uint32_t>(instance.all_globals.size())};
  const std::optional<uint32_t> place = place_before_memory(module, index);
  if (!place || !instance.all_memories.front()->guarded()) return instance.store->add_global(type, value);
  GlobalInstance& global = BeforeMemory::of(instance.all_memories.front()->base()).global(*place);
  global = GlobalInstance{.value = {value.bits[0], value.bits[1]}, .type = type};
  return global;
}

// https://webassembly.github.io/spec/core/exec/modules.html#allocation . Functions come before globals and segments,
// whose initialisers may refer to them.
void allocate(Instance& instance, const Module& module) {
  Store& store = *instance.store;
  instance.all_functions.reserve(module.function_types.size());
  instance.all_tables.reserve(module.table_types.size());
  instance.all_globals.reserve(module.global_types.size());
  for (uint32_t index = module.imported_functions; index < module.function_types.size(); ++index) {
    FunctionInstance function;
    function.type = canonical(module.types[module.function_types[index].value]);
    function.instance = &instance;
    function.index = FuncIndex{index};
    instance.all_functions.push_back(&store.add_function(function));
  }
  for (const TableType& type : module.tables) instance.all_tables.push_back(&store.add_table(type));
  for (const MemoryType& type : module.memories) instance.all_memories.push_back(&store.add_memory(type));
  for (const TagType& tag : module.tags) {
    const TagIndex index{static_cast<uint32_t>(instance.all_tags.size())};
    instance.all_tags.push_back(
        &store.add_tag({.type = canonical(module.types[tag.type.value]), .instance = &instance, .index = index}));
  }
  for (const Global& global : module.globals) {
    instance.all_globals.push_back(&add_global(instance, global.type, evaluate(global.initializer, instance)));
  }
  instance.memory = instance.all_memories.empty() ? nullptr : instance.all_memories.front();
  instance.memories = instance.all_memories.data();
  instance.globals = instance.all_globals.data();
  instance.functions = instance.all_functions.data();
  instance.tables = instance.all_tables.data();
  instance.tags = instance.all_tags.data();
}

std::vector<Slot> references_of(const ElementSegment& segment, const Instance& instance) {
  std::vector<Slot> references;
  if (const auto* indices = std::get_if<std::vector<FuncIndex>>(&segment.entries)) {
    references.reserve(indices->size());
    for (FuncIndex each : *indices) references.push_back(to_slot(instance.all_functions[each.value]));
  } else {
    const auto& expressions = std::get<std::vector<Expression>>(segment.entries);
    references.reserve(expressions.size());
    for (const Expression& each : expressions) references.push_back(evaluate(each, instance).bits[0]);
  }
  return references;
}

uint32_t evaluate_offset(const Expression& expression, const Instance& instance) {
  return static_cast<uint32_t>(evaluate(expression, instance).bits[0]);
}

TrapCode apply_element_segment(Instance& instance, const ElementSegment& segment, std::vector<Slot>& references) {
  if (segment.mode == SegmentMode::passive) return TrapCode::none;
  TrapCode trap = TrapCode::none;
  if (segment.mode == SegmentMode::active) {
    trap = instance.all_tables[segment.table.value]->init(evaluate_offset(segment.offset, instance), references, 0,
                                                          static_cast<uint32_t>(references.size()));
  }
  if (trap == TrapCode::none) references = {};
  return trap;
}

TrapCode apply_data_segment(Instance& instance, const DataSegment& segment, std::span<const std::byte>& bytes) {
  if (segment.mode != SegmentMode::active) return TrapCode::none;
  const TrapCode trap = instance.all_memories[segment.memory.value]->init(evaluate_offset(segment.offset, instance),
                                                                          bytes, 0, bytes.size());
  if (trap == TrapCode::none) bytes = {};
  return trap;
}

// What earlier segments wrote stays when a later one traps.
TrapCode apply_segments(Instance& instance, const Module& module) {
  for (size_t i = 0; i < module.elements.size(); ++i) {
    const TrapCode trap = apply_element_segment(instance, module.elements[i], instance.element_segments[i]);
    if (trap != TrapCode::none) return trap;
  }
  for (size_t i = 0; i < module.data.size(); ++i) {
    const TrapCode trap = apply_data_segment(instance, module.data[i], instance.data_segments[i]);
    if (trap != TrapCode::none) return trap;
  }
  return TrapCode::none;
}

}  // namespace

Instantiation instantiate(Store& store, std::shared_ptr<const ValidatedModule> validated,
                          std::shared_ptr<const Code> code, const Linker& linker) {
  const Module& module = **validated;
  const std::vector<Extern> imports = linker.resolve(module);

  check_tables(module, store.table_elements());
  Instance& instance = store.add_instance(std::move(validated));
  add_imports(instance, imports);
  allocate(instance, module);
  instance.element_segments.reserve(module.elements.size());
  for (const ElementSegment& each : module.elements) instance.element_segments.push_back(references_of(each, instance));
  for (const DataSegment& each : module.data) instance.data_segments.push_back(each.bytes);
  instance.code = std::move(code);
  instance.code->bind(instance);

  if (const TrapCode trap = apply_segments(instance, module); trap != TrapCode::none) {
    return {instance, Trap{.code = trap, .backtrace = {}}};
  }
  if (!module.start) return {instance, Results{}};
  return {instance, invoke(store, *instance.all_functions[module.start->value], {})};
}

}  // namespace shallop
