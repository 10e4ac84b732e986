// SPDX-License-Identifier: Apache-2.0
// Where native code is mapped in this process, so that the handler of faults (trap_signal.hpp) can tell it from our own
// code. Reading is async-signal-safe and takes no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace shallop {

// While one lives, is_native_code() is true for addresses in `code`. Thread-safe.
class NativeCodeRange {
 public:
  explicit NativeCodeRange(std::span<const std::byte> code);
  ~NativeCodeRange();
  NativeCodeRange(const NativeCodeRange&) = delete;
  NativeCodeRange& operator=(const NativeCodeRange&) = delete;

  struct Node;

 private:
  Node* node_;
};

bool is_native_code(uintptr_t address);

}  // namespace shallop
