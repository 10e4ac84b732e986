// SPDX-License-Identifier: Apache-2.0
#include "interpreter/local_slots.hpp"

#include <algorithm>

#include "wasm/value.hpp"

namespace shallop::interpreter {

LocalSlots::LocalSlots(const FuncType& type, const Function& function) {
  auto add = [this](ValueType local_type, bool assigned) {
    locals_.push_back({.type = local_type, .slot = end_, .assigned = assigned, .read_before_written = false});
    end_ += slots_of(local_type);
  };
  for (ValueType parameter : type.parameters) add(parameter, true);
  for (const LocalGroup& group : function.locals) {
    for (uint32_t i = 0; i < group.count; ++i) add(group.type, false);
  }
}

void LocalSlots::note_read(LocalIndex local) {
  Local& each = locals_[local.value];
  if (!each.assigned) each.read_before_written = true;
}

void LocalSlots::note_write(LocalIndex local) {
  Local& each = locals_[local.value];
  if (each.assigned) return;
  each.assigned = true;
  assigned_order_.push_back(local.value);
}

void LocalSlots::forget_assigned_since(size_t mark) {
  while (assigned_order_.size() > mark) {
    locals_[assigned_order_.back()].assigned = false;
    assigned_order_.pop_back();
  }
}

std::pair<uint32_t, uint32_t> LocalSlots::zeroed_range() const {
  uint32_t first = UINT32_MAX;
  uint32_t last = 0;
  for (const Local& each : locals_) {
    if (!each.read_before_written) continue;
    first = std::min(first, each.slot);
    last = std::max(last, each.slot + slots_of(each.type));
  }
  return first == UINT32_MAX ? std::pair{0u, 0u} : std::pair{first, last - first};
}

}  // namespace shallop::interpreter
