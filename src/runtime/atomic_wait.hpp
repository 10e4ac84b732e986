// SPDX-License-Identifier: Apache-2.0
// memory.atomic.wait and memory.atomic.notify, for any engine: a queue of waiting threads for each cell of shared
// memory, in the order in which they came. https://webassembly.github.io/threads/core/exec/instructions.html
//
// A wait compares and queues in one step with respect to every notify of the cell, so no notify between the two is
// lost; a thread is woken by a notify that counted it, or by its timeout, and by nothing else.
#pragma once

#include <cstdint>

#include "runtime/memory.hpp"

namespace shallop {

// `value` is the instruction's result where `trap` is none.
struct AtomicResult {
  TrapCode trap = TrapCode::none;
  uint32_t value = 0;
};

// What a wait results in.
enum class WaitResult : uint32_t { woken = 0, not_equal = 1, timed_out = 2 };

// `address` is the sum of index and offset. Waits until the cell is notified, unless it does not hold `expected`; a
// negative timeout is none. Traps: unaligned_atomic, out_of_bounds_memory_access, expected_shared_memory; interrupted
// when the thread's guests are to stop (interruption.hpp).
AtomicResult atomic_wait32(const Memory& memory, uint64_t address, uint32_t expected, int64_t timeout_ns);
AtomicResult atomic_wait64(const Memory& memory, uint64_t address, uint64_t expected, int64_t timeout_ns);

// Wakes up to `count` threads that wait for the cell, those that waited longest first, whatever the width of their
// wait; the value is how many. On unshared memory nobody can wait. Traps: unaligned_atomic,
// out_of_bounds_memory_access.
AtomicResult atomic_notify(const Memory& memory, uint64_t address, uint32_t count);

}  // namespace shallop
