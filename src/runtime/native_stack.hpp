// SPDX-License-Identifier: Apache-2.0
// The stack that native code of a store runs on, apart from the thread's: so its size is what `--stack-size` says, on
// the main thread, on others and whatever RLIMIT_STACK is, and running out of it is a fault on a page known to be the
// guard. Host functions that native code calls run on it too and find `host_reserve_bytes` there.
#pragma once

#include <cstddef>
#include <vector>

#include "wasm/value.hpp"

namespace shallop {

class NativeStack {
 public:
  // What host code may use of it: name resolution in libc takes about 100 KiB.
  static constexpr size_t host_reserve_bytes = size_t{256} << 10;

  // Room for `size_bytes` of native frames. Throws ResourceError when the host has none.
  explicit NativeStack(size_t size_bytes);
  ~NativeStack();
  NativeStack(const NativeStack&) = delete;
  NativeStack& operator=(const NativeStack&) = delete;

  // Below this, no host code is to be called.
  std::byte* host_limit() const { return lowest() + host_reserve_bytes; }

  // All that the frames on it hold, those of host code among them; what is not aligned is not looked for.
  std::vector<Slot> copy_in_use() const;

  // Calls `function(argument)` on this stack. A stay that is left by a jump to a place before the call ends all the
  // same, when the stay that was current there calls return_to().
  struct Stay {
    NativeStack* stack = nullptr;  // null: the thread's own
    std::byte* free_top = nullptr;
  };
  void call(void (*function)(void* argument), void* argument);

  // The thread's current stay, and going back to it after a jump.
  static Stay current();
  static void return_to(const Stay& stay);
  // True if the thread is on a native stack with less than host_reserve_bytes left.
  static bool is_exhausted();
  // True for an address below the native stack that the thread is on: touching it is running out of the stack.
  // Async-signal-safe.
  static bool is_overflow(const void* address);

 private:
  // Frames larger than a page are probed page by page, so one page would do; more forgives.
  static constexpr size_t guard_bytes = size_t{64} << 10;

  std::byte* lowest() const { return mapping_ + guard_bytes; }

  std::byte* mapping_ = nullptr;
  size_t mapping_bytes_ = 0;
  // New frames go below: the top, or beneath the frames of a call that went on to another store's stack.
  std::byte* free_top_ = nullptr;
};

}  // namespace shallop
