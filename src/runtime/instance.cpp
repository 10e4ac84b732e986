// SPDX-License-Identifier: Apache-2.0
#include "runtime/instance.hpp"

#include <utility>

namespace shallop {

std::optional<Extern> Instance::find_export(std::string_view name) const {
  for (const Export& each : (*module)->exports) {
    if (each.name == name) return export_of(each);
  }
  return std::nullopt;
}

Extern Instance::export_of(const Export& item) const {
  switch (item.kind) {
    case ExternKind::function: return all_functions[item.index];
    case ExternKind::table: return all_tables[item.index];
    case ExternKind::memory: return all_memories[item.index];
    case ExternKind::global: return all_globals[item.index];
    case ExternKind::tag: return all_tags[item.index];
  }
  std::unreachable();
}

void Instance::drop_elements(uint32_t segment) { element_segments[segment].clear(); }

void Instance::drop_data(uint32_t segment) { data_segments[segment] = {}; }

}  // namespace shallop
