// SPDX-License-Identifier: Apache-2.0
// An image in memory, ready to be bound to instances: native code as an engine (runtime/engine.hpp).
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "aot/engine.hpp"
#include "aot/executable_mapping.hpp"
#include "aot/native_image_view.hpp"
#include "runtime/engine.hpp"
#include "runtime/instance.hpp"
#include "runtime/native_abi.hpp"
#include "runtime/native_code_ranges.hpp"
#include "validation/validated_module.hpp"

namespace shallop::aot {

class NativeCode final : public Code, public std::enable_shared_from_this<NativeCode> {
 public:
  NativeCode(std::shared_ptr<const ValidatedModule> module, const NativeImageView& image, Fallback fallback);
  ~NativeCode() override;

  void bind(Instance& instance) const override;

  // --- For the way in and out (enter.cpp, builtins.cpp, backtrace.cpp) ---

  NativeEntry entry_of(TypeIndex type) const {
    return reinterpret_cast<NativeEntry>(reinterpret_cast<uintptr_t>(address_of(entries_[type.value])));
  }
  const Module& module() const { return **module_; }
  // The code of a defined function.
  std::span<const std::byte> function(uint32_t defined_index) const {
    return mapping_.code().subspan(functions_[defined_index], function_sizes_[defined_index]);
  }
  // Makes `function` callable by native code, through the callout of its type, which is `type` in this module.
  void give_native_form(FunctionInstance& function, TypeIndex type) const;

  // What stands at an address. An entry is where native code was called from C++.
  enum class Part : uint8_t { none, function, entry, callout };
  struct Place {
    Part part = Part::none;
    FuncIndex function;
  };
  Place find(uintptr_t address) const;

  // Lets the unwinder know the code. Called only when there is something to unwind, as most programs never trap.
  void register_unwind_table() const;

 private:
  const void* address_of(uint32_t offset) const { return mapping_.code().data() + offset; }
  bool fits(const Instance& instance) const;
  void bind_context(Instance& instance, std::byte* stack_limit) const;

  std::shared_ptr<const ValidatedModule> module_;
  Fallback fallback_;
  ExecutableMapping mapping_;
  NativeCodeRange range_;
  bool guarded_memory_;
  uint32_t eh_frame_offset_;
  bool has_eh_frame_;
  std::vector<uint32_t> functions_;
  std::vector<uint32_t> function_sizes_;
  std::vector<uint32_t> entries_;
  std::vector<uint32_t> callouts_;
  std::vector<const FuncType*> canonical_types_;
  mutable std::once_flag registration_;
  mutable bool is_registered_ = false;
};

// What native code of `instance` is called with in r13.
inline void* context_of(const Instance& instance) { return instance.native + 1; }

// The native code that `instance` runs; it has to be bound to some.
inline const NativeCode& native_code_of(const Instance& instance) {
  return static_cast<const NativeCode&>(*instance.native_code);
}

}  // namespace shallop::aot
