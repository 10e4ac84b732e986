// SPDX-License-Identifier: Apache-2.0
#include "runtime/atomic_wait.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <mutex>
#include <optional>

#include "runtime/atomic_cell.hpp"
#include "runtime/interruption.hpp"
#include "wasm/atomics.hpp"

namespace shallop {
namespace {

// --- The thread's own sleep ---

// A point in time of CLOCK_MONOTONIC.
timespec deadline_after(int64_t timeout_ns) {
  constexpr int64_t second = 1'000'000'000;
  timespec deadline;
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  deadline.tv_sec += timeout_ns / second;
  deadline.tv_nsec += timeout_ns % second;
  if (deadline.tv_nsec >= second) {
    ++deadline.tv_sec;
    deadline.tv_nsec -= second;
  }
  return deadline;
}

enum class Sleep : uint8_t { ended, timed_out };

// Sleeps while `is_woken` is 0; may end without a reason, and does when a signal comes (interruption.hpp).
Sleep sleep(std::atomic<uint32_t>& is_woken, const timespec* deadline) {
  const long result =
      syscall(SYS_futex, &is_woken, FUTEX_WAIT_BITSET_PRIVATE, 0, deadline, nullptr, FUTEX_BITSET_MATCH_ANY);
  return result != 0 && errno == ETIMEDOUT ? Sleep::timed_out : Sleep::ended;
}

void wake(std::atomic<uint32_t>& is_woken) {
  is_woken.store(1);
  syscall(SYS_futex, &is_woken, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

// --- The queues ---

// On the stack of the thread that waits, and in its cell's queue until it is woken or gives up.
struct Waiter {
  const void* cell;
  std::atomic<uint32_t> is_woken = 0;
  Waiter* previous = nullptr;
  Waiter* next = nullptr;
};

// The queues of all cells whose addresses share a hash, merged into one list in order of arrival. Whoever wakes a
// waiter holds the lock meanwhile, and the waiter takes it before it goes: so a waiter lives while it is touched.
struct alignas(64) Queue {
  std::mutex lock;
  Waiter* first = nullptr;
  Waiter* last = nullptr;

  void append(Waiter& waiter) {
    waiter.previous = last;
    (last == nullptr ? first : last->next) = &waiter;
    last = &waiter;
  }
  void remove(Waiter& waiter) {
    (waiter.previous == nullptr ? first : waiter.previous->next) = waiter.next;
    (waiter.next == nullptr ? last : waiter.next->previous) = waiter.previous;
  }
};

// Shared memory has one address in the process, whichever store uses it.
Queue& queue_of(const void* cell) {
  static constinit std::array<Queue, 64> queues;
  const auto address = reinterpret_cast<uintptr_t>(cell);
  return queues[(address >> 2 ^ address >> 8 ^ address >> 16) % queues.size()];
}

// --- Instructions ---

AtomicResult result_of(WaitResult result) { return {.value = static_cast<uint32_t>(result)}; }

template <class Cell>
AtomicResult wait(const Memory& memory, uint64_t address, Cell expected, int64_t timeout_ns) {
  const auto [cell, trap] = atomic_cell<Cell>(memory, address);
  if (cell == nullptr) return {.trap = trap};
  if (!memory.is_shared()) return {.trap = TrapCode::expected_shared_memory};
  const std::optional<timespec> deadline = timeout_ns < 0 ? std::nullopt : std::optional(deadline_after(timeout_ns));

  Waiter waiter{.cell = cell};
  Queue& queue = queue_of(cell);
  {
    const std::scoped_lock lock(queue.lock);
    if (atomics::load(*cell) != expected) return result_of(WaitResult::not_equal);
    queue.append(waiter);
  }
  while (true) {
    const Sleep ended = sleep(waiter.is_woken, deadline ? &*deadline : nullptr);
    const std::scoped_lock lock(queue.lock);
    // Also when the time is over: whoever woke this thread has counted it.
    const bool is_woken = waiter.is_woken.load() != 0;
    const bool gives_up = ended == Sleep::timed_out || is_interrupted();
    if (!is_woken && !gives_up) continue;
    if (!is_woken) queue.remove(waiter);
    if (is_interrupted()) return {.trap = TrapCode::interrupted};
    return result_of(is_woken ? WaitResult::woken : WaitResult::timed_out);
  }
}

}  // namespace

AtomicResult atomic_wait32(const Memory& memory, uint64_t address, uint32_t expected, int64_t timeout_ns) {
  return wait(memory, address, expected, timeout_ns);
}

AtomicResult atomic_wait64(const Memory& memory, uint64_t address, uint64_t expected, int64_t timeout_ns) {
  return wait(memory, address, expected, timeout_ns);
}

AtomicResult atomic_notify(const Memory& memory, uint64_t address, uint32_t count) {
  const auto [cell, trap] = atomic_cell<uint32_t>(memory, address);
  if (cell == nullptr) return {.trap = trap};
  if (!memory.is_shared()) return {};
  Queue& queue = queue_of(cell);
  const std::scoped_lock lock(queue.lock);
  uint32_t woken = 0;
  for (Waiter* waiter = queue.first; waiter != nullptr && woken < count;) {
    Waiter* const next = waiter->next;
    if (waiter->cell == cell) {
      queue.remove(*waiter);
      wake(waiter->is_woken);
      ++woken;
    }
    waiter = next;
  }
  return {.value = woken};
}

}  // namespace shallop
