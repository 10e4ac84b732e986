// SPDX-License-Identifier: Apache-2.0
#include "cli/module_summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "aot/native_section.hpp"
#include "binary/default_visitor.hpp"
#include "binary/instructions.hpp"
#include "binary/names.hpp"
#include "binary/reader.hpp"
#include "binary/sections.hpp"
#include "wasm/error.hpp"

namespace shallop::cli {
namespace {

std::string describe(const Limits& limits, std::string_view one, std::string_view several) {
  if (limits.maximum && *limits.maximum != limits.minimum) {
    return fmt::format("{} to {} {}", limits.minimum, *limits.maximum, several);
  }
  return fmt::format("{} {}{}", limits.minimum, limits.minimum == 1 ? one : several, limits.maximum ? "" : " or more");
}
std::string describe(const MemoryType& type) {
  return describe(type.limits, "page", "pages") + (type.shared ? ", shared" : "");
}
std::string describe(const TableType& type) { return describe(type.limits, text(type.element), text(type.element)); }
std::string describe(const GlobalType& type) {
  return fmt::format("{}{}", type.is_mutable ? "mut " : "", text(type.type));
}

std::string describe_tag(const Module& module, const TagType& type) {
  const std::string carried = text(module.types[type.type.value]);
  return carried.substr(0, carried.find(" ->"));
}

ExternSummary summarize(const Module& module, const Import& import) {
  const auto type = std::visit(
      [&](const auto& each) -> std::string {
        if constexpr (std::is_same_v<decltype(each), const TypeIndex&>)
          return text(module.types[each.value]);
        else if constexpr (std::is_same_v<decltype(each), const TagType&>)
          return describe_tag(module, each);
        else
          return describe(each);
      },
      import.description);
  return {.kind = import.kind(), .module = import.module, .name = import.name, .type = type};
}

std::string type_of(const Module& module, const Export& exported) {
  switch (exported.kind) {
    case ExternKind::function: return text(module.types[module.function_types[exported.index].value]);
    case ExternKind::table: return describe(module.table_types[exported.index]);
    case ExternKind::memory: return describe(module.memory_types[exported.index]);
    case ExternKind::global: return describe(module.global_types[exported.index]);
    case ExternKind::tag: return describe_tag(module, module.tag_types[exported.index]);
  }
  return {};
}

std::vector<SectionSummary> list_sections(const Module& module) {
  constexpr size_t preamble_bytes = 8;
  std::vector<SectionSummary> sections;
  Reader reader(Bytes(*module.bytes).subspan(preamble_bytes), preamble_bytes);
  while (!reader.at_end()) {
    const SectionId id{reader.byte()};
    Reader contents = reader.sized();
    SectionSummary section{.name = std::string(section_name(id)),
                           .is_custom = id == SectionId::custom,
                           .offset = contents.offset(),
                           .size_bytes = contents.remaining()};
    if (section.is_custom) section.name = contents.name();
    sections.push_back(std::move(section));
  }
  return sections;
}

// A custom section means nothing to the module, so a broken one is no error: what was read of it is shown.
// https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md
void read_producers(const CustomSection& section, std::vector<std::string>& producers) try {
  Reader reader(section.bytes, section.offset);
  for (uint32_t fields = reader.u32(); fields > 0; --fields) {
    reader.name();  // "language", "processed-by", "sdk"
    for (uint32_t values = reader.u32(); values > 0; --values) {
      const std::string name = reader.name();
      const std::string version = reader.name();
      producers.push_back(version.empty() ? name : fmt::format("{} {}", name, version));
    }
  }
} catch (const DecodeError&) {
  return;
}

std::vector<std::string> list_producers(const Module& module) {
  std::vector<std::string> producers;
  const auto section = std::ranges::find(module.custom_sections, "producers", &CustomSection::name);
  if (section != module.custom_sections.end()) read_producers(*section, producers);
  return producers;
}

struct CountingVisitor : DefaultVisitor<CountingVisitor> {
  void at(size_t) { ++instructions; }
  void other() {}
  uint64_t instructions = 0;
};

uint64_t count_instructions(const Module& module) {
  CountingVisitor visitor;
  for (const Function& function : module.functions) visit_instructions(function.body, visitor);
  return visitor.instructions;
}

std::optional<NativeSummary> summarize_native(const Module& module) {
  const CustomSection* found = aot::find_native_section(module);
  if (found == nullptr) return std::nullopt;
  NativeSummary summary;
  try {
    const aot::NativeSection section = aot::read_native_section(found->bytes);
    const aot::NativeTarget& target = section.image.target;
    summary.producer = section.producer;
    summary.target = fmt::format("{}, {}{}", target.architecture, target.cpu,
                                 target.features.empty() ? "" : fmt::format(" ({})", fmt::join(target.features, ", ")));
    summary.optimization = section.image.optimization;
    summary.code_bytes = section.image.code.size();
    check_fits(section, module);
  } catch (const aot::SectionError& error) {
    summary.misfit = error.what();
  }
  return summary;
}

}  // namespace

ModuleSummary summarize(const ValidatedModule& validated) {
  const Module& module = *validated;
  ModuleSummary summary;
  summary.name = Names(module).module();
  summary.size_bytes = module.bytes->size();
  summary.functions = module.functions.size();
  summary.instructions = count_instructions(module);
  summary.features = module.features.used.names();
  for (const Import& each : module.imports) summary.imports.push_back(summarize(module, each));
  for (const Export& each : module.exports) {
    summary.exports.push_back({.kind = each.kind, .module = {}, .name = each.name, .type = type_of(module, each)});
  }
  for (const MemoryType& each : module.memory_types) summary.memories.push_back(describe(each));
  for (const TableType& each : module.table_types) summary.tables.push_back(describe(each));
  for (const TagType& each : module.tag_types) summary.tags.push_back(describe_tag(module, each));
  summary.native = summarize_native(module);
  summary.producers = list_producers(module);
  summary.sections = list_sections(module);
  return summary;
}

}  // namespace shallop::cli
