// SPDX-License-Identifier: Apache-2.0
// Linear memory. Where the address space allows, the whole 32-bit index range plus the largest offset is reserved
// (mmap PROT_NONE) and grown by mprotect: then the base never moves, loads and stores need no check, and an access out
// of bounds faults on a page without access (trap_signal.hpp makes a trap of it). Where it does not (a container with a
// limited address space), memory is just as large as it must be, may move when it grows, and engines check every
// access. https://webassembly.github.io/spec/core/exec/runtime.html#memory-instances
//
// A shared memory may be used by several threads at once, each in a Store of its own. Neither kind of it ever moves:
// where the guarded one has no room, as much as it may grow to is reserved. Its size only grows, and a thread that
// reads the size may access what lies below it. Guests' plain accesses to it are no atomics of C++ either: what they
// may see of each other is left to the processor (docs/decisions.md).
// https://webassembly.github.io/threads/core/exec/runtime.html#memory-instances
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

#include "runtime/budget.hpp"
#include "wasm/trap.hpp"
#include "wasm/types.hpp"

namespace shallop {

struct MemoryPolicy {
  uint64_t maximum_pages = 65'536;  // of all memories that a store makes, together (`--memory-limit`)
  bool reserve = true;              // false: always the checked kind (tests)
};

// At an address that does not change. Owned by the Store that made it and thus, as all in it, used by one thread at a
// time; a shared memory is owned by every store that it was added to. The first two members are read by engines.
class Memory : public std::enable_shared_from_this<Memory> {
 public:
  // Takes its pages, now and when it grows, from `pages`; without it, from the policy's maximum alone. Throws
  // ResourceError when the minimum exceeds the policy or what is left, or the host has no room.
  static std::shared_ptr<Memory> create(const MemoryType& type, const MemoryPolicy& policy,
                                        std::shared_ptr<Budget> pages = nullptr);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  std::byte* base() const { return base_; }
  uint64_t size_bytes() const { return size_bytes_.load(std::memory_order_acquire); }
  uint32_t pages() const { return static_cast<uint32_t>(size_bytes() >> 16); }
  std::span<std::byte> bytes() const { return {base_, size_bytes()}; }
  bool is_shared() const { return type_.shared; }

  // The type as the specification sees it: the current size is the minimum.
  MemoryType type() const;
  // True if accesses with any 32-bit index and offset fault instead of touching other memory.
  bool guarded() const { return guarded_; }
  // So many bytes in front of the base of a reserved memory are the engines' (native_context.hpp), zero at first.
  static constexpr uint64_t bytes_before = 4096;
  // True if `address` lies in this memory's reservation.
  bool contains(const void* address) const;
  // Returns the old size in pages, or -1 when maximum, policy, other memories or host refuse. Of a shared memory, for
  // any thread.
  int64_t grow(uint64_t delta_pages);

  // All bounds are checked before the first byte changes.
  TrapCode fill(uint64_t start, std::byte value, uint64_t count);
  // Overlapping ranges of one memory are right.
  TrapCode copy(uint64_t start, const Memory& source, uint64_t source_start, uint64_t count);
  TrapCode init(uint64_t start, std::span<const std::byte> segment, uint64_t segment_start, uint64_t count);

 private:
  friend struct InstanceLayout;
  Memory() = default;
  // Reserves `reservation_bytes`, of which the first `size_bytes` are accessible, as are `bytes_before` in front.
  bool reserve(uint64_t reservation_bytes, uint64_t size_bytes);
  bool allocate(uint64_t size_bytes);  // without reservation: growing may move it
  // From what is left for all memories.
  bool take(uint64_t pages);
  bool map_more(uint64_t delta_pages);
  bool is_reserved() const { return guarded_ || type_.shared; }

  std::byte* base_ = nullptr;
  std::atomic<uint64_t> size_bytes_ = 0;
  uint64_t mapped_bytes_ = 0;   // from the base on
  uint64_t maximum_pages_ = 0;  // the smaller of type's and policy's
  std::shared_ptr<Budget> pages_left_;
  uint64_t taken_pages_ = 0;
  bool guarded_ = false;
  MemoryType type_;
  std::mutex growing_;
};

}  // namespace shallop
