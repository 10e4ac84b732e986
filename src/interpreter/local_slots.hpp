// SPDX-License-Identifier: Apache-2.0
// Where the locals of one function live in its frame, and which of them must be zeroed at entry because some path reads
// them before it writes them.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "wasm/module.hpp"

namespace shallop::interpreter {

class LocalSlots {
 public:
  LocalSlots(const FuncType& type, const Function& function);

  ValueType type(LocalIndex local) const { return locals_[local.value].type; }
  uint32_t slot(LocalIndex local) const { return locals_[local.value].slot; }
  // The first slot behind all locals.
  uint32_t end() const { return end_; }

  // --- Definite assignment. Code order is enough: a block's code is only entered at its start (or, by a branch to a
  // loop's label, at the loop's), so what a construct assigned holds until its end, and is forgotten there if a branch
  // may have jumped to the end from before the assignment.

  void note_read(LocalIndex local);
  void note_write(LocalIndex local);
  size_t mark() const { return assigned_order_.size(); }
  void forget_assigned_since(size_t mark);

  // First slot and number of slots to be zeroed; none if the count is 0.
  std::pair<uint32_t, uint32_t> zeroed_range() const;

 private:
  struct Local {
    ValueType type;
    uint32_t slot;
    bool assigned;
    bool read_before_written;
  };
  std::vector<Local> locals_;
  std::vector<uint32_t> assigned_order_;
  uint32_t end_ = 0;
};

}  // namespace shallop::interpreter
