// SPDX-License-Identifier: Apache-2.0
// What atomic instructions do to a cell of memory: one function for each ATOMIC family of opcodes.def, and for each
// operation of ATOMIC_RMW rows one named as in the row. All are sequentially consistent, and lock-free, so that cells
// of one memory may be accessed by different engines. A cell is an unsigned integer of the access's width at a
// naturally aligned address; what comes from the stack is wrapped to that width, what goes there is zero-extended.
// https://webassembly.github.io/threads/core/exec/instructions.html#atomic-memory-instructions
#pragma once

#include <atomic>
#include <cstdint>

namespace shallop::atomics {

static_assert(std::atomic_ref<uint8_t>::is_always_lock_free && std::atomic_ref<uint16_t>::is_always_lock_free &&
              std::atomic_ref<uint32_t>::is_always_lock_free && std::atomic_ref<uint64_t>::is_always_lock_free);
static_assert(std::atomic_ref<uint64_t>::required_alignment == 8);

template <class Cell>
Cell load(Cell& cell) {
  return std::atomic_ref(cell).load();
}

template <class Cell>
void store(Cell& cell, Cell value) {
  std::atomic_ref(cell).store(value);
}

// Each returns the old value.
template <class Cell>
Cell add(Cell& cell, Cell value) {
  return std::atomic_ref(cell).fetch_add(value);
}
template <class Cell>
Cell sub(Cell& cell, Cell value) {
  return std::atomic_ref(cell).fetch_sub(value);
}
template <class Cell>
Cell and_(Cell& cell, Cell value) {
  return std::atomic_ref(cell).fetch_and(value);
}
template <class Cell>
Cell or_(Cell& cell, Cell value) {
  return std::atomic_ref(cell).fetch_or(value);
}
template <class Cell>
Cell xor_(Cell& cell, Cell value) {
  return std::atomic_ref(cell).fetch_xor(value);
}
template <class Cell>
Cell xchg(Cell& cell, Cell value) {
  return std::atomic_ref(cell).exchange(value);
}

// Writes `replacement` where the cell holds `expected`; returns the old value.
template <class Cell>
Cell cmpxchg(Cell& cell, Cell expected, Cell replacement) {
  std::atomic_ref(cell).compare_exchange_strong(expected, replacement);
  return expected;
}

inline void fence() { std::atomic_thread_fence(std::memory_order_seq_cst); }

}  // namespace shallop::atomics
