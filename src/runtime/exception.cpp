// SPDX-License-Identifier: Apache-2.0
#include "runtime/exception.hpp"

#include <algorithm>

#include "wasm/limits.hpp"

namespace shallop {

// Exceptions are sorted by address.
void ExceptionMemory::reach(std::span<const Slot> slots, std::vector<ExceptionInstance*>& reached) {
  const Slot first = to_slot(exceptions_.front().get());
  const Slot last = to_slot(exceptions_.back().get());
  for (const Slot slot : slots) {
    if (slot < first || slot > last) continue;
    const auto found =
        std::ranges::lower_bound(exceptions_, slot, {}, [](const auto& each) { return to_slot(each.get()); });
    ExceptionInstance* const exception = found->get();
    if (to_slot(exception) != slot || exception->is_reached) continue;
    exception->is_reached = true;
    reached.push_back(exception);
  }
}

void ExceptionMemory::collect(const Roots& roots) {
  if (exceptions_.empty()) return;
  std::ranges::sort(exceptions_, {}, [](const auto& each) { return to_slot(each.get()); });
  std::vector<ExceptionInstance*> reached;
  for (const std::span<const Slot> each : roots) reach(each, reached);
  // An exception may carry exnrefs.
  for (size_t i = 0; i < reached.size(); ++i) reach(reached[i]->values, reached);
  std::erase_if(exceptions_, [](const auto& each) { return !each->is_reached; });
  size_bytes_ = 0;
  for (const auto& each : exceptions_) {
    each->is_reached = false;
    size_bytes_ += each->size_bytes();
  }
  // The work of collections stays in proportion to that of throwing.
  due_bytes_ = std::clamp(2 * size_bytes_, first_collection_bytes, limits::exceptions_size_bytes);
}

ExceptionInstance* ExceptionMemory::add(const TagInstance& tag, std::span<const Slot> values) {
  auto exception = std::make_unique<ExceptionInstance>();
  exception->tag = &tag;
  exception->values.assign(values.begin(), values.end());
  if (size_bytes_ + exception->size_bytes() > limits::exceptions_size_bytes) return nullptr;
  size_bytes_ += exception->size_bytes();
  return exceptions_.emplace_back(std::move(exception)).get();
}

}  // namespace shallop
