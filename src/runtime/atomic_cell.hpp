// SPDX-License-Identifier: Apache-2.0
// Where an atomic instruction accesses a memory, or why it traps: one check for all engines and kinds of memory. Also
// for a guarded memory the address is compared and not left to fault, as an instruction that locks the bus hides a
// comparison. https://webassembly.github.io/threads/core/exec/instructions.html#atomic-memory-instructions
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/memory.hpp"

namespace shallop {

// `place` is null where there is a trap. It is naturally aligned and stays where it is while the guest does not grow an
// unshared memory.
template <class Cell>
struct AtomicCell {
  Cell* place = nullptr;
  TrapCode trap = TrapCode::none;
};

// `address` is the sum of index and offset.
template <class Cell>
AtomicCell<Cell> atomic_cell(const Memory& memory, uint64_t address) {
  if (address % sizeof(Cell) != 0) [[unlikely]]
    return {.trap = TrapCode::unaligned_atomic};
  const uint64_t size = memory.size_bytes();
  // Sizes are multiples of a cell's.
  if (address >= size) [[unlikely]]
    return {.trap = TrapCode::out_of_bounds_memory_access};
  return {.place = reinterpret_cast<Cell*>(memory.base() + address)};
}

}  // namespace shallop
