// SPDX-License-Identifier: Apache-2.0
#include "aot/native_code.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "aot/builtins.hpp"
#include "aot/enter.hpp"
#include "runtime/instance.hpp"
#include "runtime/store.hpp"
#include "runtime/trap_signal.hpp"
#include "wasm/error.hpp"

// libgcc's and libunwind's registration of unwind tables made at run time.
extern "C" void __register_frame(const void* begin);
extern "C" void __deregister_frame(const void* begin);

namespace shallop::aot {

NativeCode::NativeCode(std::shared_ptr<const ValidatedModule> module, const NativeImageView& image, Fallback fallback)
    : module_(std::move(module)),
      fallback_(fallback),
      mapping_(image.code, image.data),
      range_(mapping_.code()),
      guarded_memory_(image.guarded_memory),
      eh_frame_offset_(image.eh_frame_offset),
      has_eh_frame_(image.eh_frame_size > sizeof(uint32_t)),
      functions_(image.functions),
      function_sizes_(image.function_sizes),
      entries_(image.entries),
      callouts_(image.callouts) {
  canonical_types_.reserve((*module_)->types.size());
  for (const FuncType& each : (*module_)->types) canonical_types_.push_back(canonical(each));
}

NativeCode::~NativeCode() {
  if (is_registered_) __deregister_frame(mapping_.data().data() + eh_frame_offset_);
}

bool NativeCode::fits(const Instance& instance) const {
  const auto is_guarded = [](const Memory* each) { return each->guarded(); };
  return !guarded_memory_ || std::ranges::all_of(instance.all_memories, is_guarded);
}

void NativeCode::bind(Instance& instance) const {
  if (!fits(instance)) {
    if (fallback_ == nullptr) {
      throw ResourceError(
          "there is no room to reserve 8 GiB of addresses for memory, which this native code relies on");
    }
    const std::shared_ptr<const NativeCode> keep = shared_from_this();  // instance.code may be the last owner
    instance.code = fallback_(module_);
    return instance.code->bind(instance);
  }
  install_trap_handlers();
  NativeStack& stack = instance.store->native_stack();  // may throw: before the instance has anything of ours
  instance.native_code = shared_from_this();
  const Module& m = module();
  bind_context(instance, stack.host_limit());
  for (uint32_t i = 0; i < m.functions.size(); ++i) {
    FunctionInstance& function = *instance.all_functions[m.imported_functions + i];
    function.entry = enter;
    if (has_own_convention(m)) continue;
    function.native = address_of(functions_[i]);
    function.native_context = context_of(instance);
    function.native_type = function.type;
  }
  if (has_own_convention(m)) return;
  for (uint32_t i = 0; i < m.imported_functions; ++i) {
    give_native_form(*instance.all_functions[i], m.function_types[i]);
  }
}

void NativeCode::bind_context(Instance& instance, std::byte* stack_limit) const {
  const bool is_before_memory = guarded_memory_ && context_is_memory(module());
  instance.native = is_before_memory ? &BeforeMemory::of(instance.memory->base()).context : &instance.native_room;
  const bool is_guarded = instance.memory != nullptr && instance.memory->guarded();
  *instance.native = {.instance = &instance,
                      .globals = instance.globals,
                      .functions = instance.functions,
                      .tables = instance.tables,
                      .memories = instance.memories,
                      .tags = instance.tags,
                      .memory_base = is_guarded ? instance.memory->base() : nullptr,
                      .canonical_types = canonical_types_.data(),
                      .builtins = &builtins,
                      .stack_limit = stack_limit};
}

void NativeCode::give_native_form(FunctionInstance& function, TypeIndex type) const {
  if (function.native_type != nullptr) return;
  function.native = address_of(callouts_[type.value]);
  function.native_context = &function;
  function.native_type = function.type;
}

NativeCode::Place NativeCode::find(uintptr_t address) const {
  const auto first = reinterpret_cast<uintptr_t>(mapping_.code().data());
  if (address < first || address >= first + mapping_.code().size()) return {};
  const auto offset = static_cast<uint32_t>(address - first);
  const auto behind = std::ranges::upper_bound(functions_, offset);
  if (behind != functions_.begin()) {
    const auto index = static_cast<size_t>(behind - functions_.begin()) - 1;
    if (offset - functions_[index] < function_sizes_[index]) {
      return {Part::function, FuncIndex{module().imported_functions + static_cast<uint32_t>(index)}};
    }
  }
  // Of the stubs only the beginnings are known: the nearest one before the address.
  const auto nearest = [offset](const std::vector<uint32_t>& stubs) {
    uint32_t best = 0;
    for (const uint32_t each : stubs) {
      if (each <= offset && each + 1 > best) best = each + 1;
    }
    return best;
  };
  return {nearest(entries_) > nearest(callouts_) ? Part::entry : Part::callout, {}};
}

void NativeCode::register_unwind_table() const {
  if (!has_eh_frame_) return;
  std::call_once(registration_, [this] {
    __register_frame(mapping_.data().data() + eh_frame_offset_);
    is_registered_ = true;
  });
}

}  // namespace shallop::aot
