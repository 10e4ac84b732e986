// SPDX-License-Identifier: Apache-2.0
// A table of references. https://webassembly.github.io/spec/core/exec/runtime.html#table-instances
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/budget.hpp"
#include "wasm/trap.hpp"
#include "wasm/types.hpp"
#include "wasm/value.hpp"

namespace shallop {

// Owned by a Store, at an address that does not change. Engines read `elements` and `size`; whoever changes the
// elements does so through the functions, which keep the two in step.
class Table {
 public:
  // All elements are null. They are taken from `elements_left`, now and when it grows; it has to outlive the table.
  // Throws ResourceError beyond that, and beyond limits::table_elements.
  Table(const TableType& type, Budget& elements_left);

  TableType type() const;  // the current size is the minimum
  uint32_t size() const { return size_; }
  Slot* elements() { return elements_; }

  // Returns the old size, or -1 when maximum, limits, other tables or memory refuse.
  int64_t grow(uint32_t delta, Slot value);
  TrapCode fill(uint32_t start, Slot value, uint32_t count);
  // Copies `count` references of `source` from `source_start`; overlapping ranges of one table are right.
  TrapCode copy(uint32_t start, Table& source, uint32_t source_start, uint32_t count);
  TrapCode init(uint32_t start, const std::vector<Slot>& segment, uint32_t segment_start, uint32_t count);

 private:
  friend struct InstanceLayout;
  void refresh();  // after storage_ may have moved

  Slot* elements_ = nullptr;
  uint32_t size_ = 0;
  std::vector<Slot> storage_;
  Budget& elements_left_;
  TableType type_;
};

}  // namespace shallop
