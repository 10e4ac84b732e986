// SPDX-License-Identifier: Apache-2.0
#include "runtime/import_matching.hpp"

#include <fmt/format.h>

namespace shallop {
namespace {

bool limits_match(const Limits& offered, const Limits& wanted) {
  if (offered.minimum < wanted.minimum) return false;
  if (!wanted.maximum) return true;
  return offered.maximum && *offered.maximum <= *wanted.maximum;
}

const FuncType& type_of(TypeIndex index, const Module& module) { return module.types[index.value]; }

std::string describe(const Limits& limits) {
  return limits.maximum ? fmt::format("{} to {}", limits.minimum, *limits.maximum)
                        : fmt::format("{} or more", limits.minimum);
}
std::string describe(const FuncType& type) { return "function " + text(type); }
std::string describe_tag(const FuncType& type) { return "tag " + text(type).substr(0, text(type).find(" ->")); }
std::string describe(const TableType& type) {
  return fmt::format("table of {} {}", describe(type.limits), text(type.element));
}
std::string describe(const MemoryType& type) {
  return fmt::format("{}memory of {} pages", type.shared ? "shared " : "", describe(type.limits));
}
std::string describe(const GlobalType& type) {
  return fmt::format("{}global {}", type.is_mutable ? "mutable " : "", text(type.type));
}

}  // namespace

bool matches(const Extern& offered, const Import& wanted, const Module& module) {
  if (kind_of(offered) != wanted.kind()) return false;
  switch (wanted.kind()) {
    case ExternKind::function:
      return *std::get<FunctionInstance*>(offered)->type == type_of(std::get<TypeIndex>(wanted.description), module);
    case ExternKind::table: {
      const TableType type = std::get<Table*>(offered)->type();
      const auto& wanted_type = std::get<TableType>(wanted.description);
      return type.element == wanted_type.element && limits_match(type.limits, wanted_type.limits);
    }
    case ExternKind::memory: {
      const MemoryType type = std::get<Memory*>(offered)->type();
      const auto& wanted_type = std::get<MemoryType>(wanted.description);
      return type.shared == wanted_type.shared && limits_match(type.limits, wanted_type.limits);
    }
    case ExternKind::global:
      return std::get<GlobalInstance*>(offered)->type == std::get<GlobalType>(wanted.description);
    case ExternKind::tag:
      return *std::get<TagInstance*>(offered)->type == type_of(std::get<TagType>(wanted.description).type, module);
  }
  return false;
}

std::string describe(const Import& wanted, const Module& module) {
  switch (wanted.kind()) {
    case ExternKind::function: return describe(type_of(std::get<TypeIndex>(wanted.description), module));
    case ExternKind::table: return describe(std::get<TableType>(wanted.description));
    case ExternKind::memory: return describe(std::get<MemoryType>(wanted.description));
    case ExternKind::global: return describe(std::get<GlobalType>(wanted.description));
    case ExternKind::tag: return describe_tag(type_of(std::get<TagType>(wanted.description).type, module));
  }
  return {};
}

std::string describe(const Extern& offered) {
  switch (kind_of(offered)) {
    case ExternKind::function: return describe(*std::get<FunctionInstance*>(offered)->type);
    case ExternKind::table: return describe(std::get<Table*>(offered)->type());
    case ExternKind::memory: return describe(std::get<Memory*>(offered)->type());
    case ExternKind::global: return describe(std::get<GlobalInstance*>(offered)->type);
    case ExternKind::tag: return describe_tag(*std::get<TagInstance*>(offered)->type);
  }
  return {};
}

}  // namespace shallop
