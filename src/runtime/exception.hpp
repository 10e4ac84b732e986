// SPDX-License-Identifier: Apache-2.0
// Tags, exceptions, and the memory of exceptions.
// https://webassembly.github.io/spec/core/exec/runtime.html#exception-instances
//
// An exnref is the address of its ExceptionInstance, in a slot like any value, and slots have no types while code runs.
// So nobody counts references: when many bytes of exceptions have been thrown, those whose address is in no slot that
// could be an exnref are freed (ExceptionMemory::collect). A program that throws and catches for ever needs no more
// memory than one that does so for a moment; what it keeps on purpose is bounded by limits::exceptions_size_bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "wasm/types.hpp"
#include "wasm/value.hpp"

namespace shallop {

struct Instance;

// Owned by a Store, at an address that does not change: tags are equal if their addresses are.
struct TagInstance {
  const FuncType* type = nullptr;      // canonical(); what an exception carries are its parameters
  const Instance* instance = nullptr;  // whose module defines it; null for a tag of the host
  TagIndex index;                      // in `instance`, for messages
};

struct ExceptionInstance {
  const TagInstance* tag = nullptr;
  std::vector<Slot> values;  // as parameters lie in a frame
  bool is_reached = false;   // while a collection runs

  size_t size_bytes() const { return sizeof *this + values.size() * sizeof(Slot); }
};

inline Slot to_slot(ExceptionInstance* exception) { return reinterpret_cast<Slot>(exception); }
inline ExceptionInstance* to_exception(Slot reference) { return reinterpret_cast<ExceptionInstance*>(reference); }

class ExceptionMemory {
 public:
  // Where exnrefs may be: whatever in these slots is the address of an exception keeps it.
  using Roots = std::vector<std::span<const Slot>>;

  // True when it is time to call collect() before the next add().
  bool is_due() const { return size_bytes_ >= due_bytes_; }
  void collect(const Roots& roots);
  // Null beyond limits::exceptions_size_bytes.
  ExceptionInstance* add(const TagInstance& tag, std::span<const Slot> values);

  size_t count() const { return exceptions_.size(); }

 private:
  static constexpr size_t first_collection_bytes = size_t{256} << 10;

  void reach(std::span<const Slot> slots, std::vector<ExceptionInstance*>& reached);

  std::vector<std::unique_ptr<ExceptionInstance>> exceptions_;
  size_t size_bytes_ = 0;
  size_t due_bytes_ = first_collection_bytes;
};

}  // namespace shallop
