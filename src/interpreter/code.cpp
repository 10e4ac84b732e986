// SPDX-License-Identifier: Apache-2.0
#include "interpreter/code.hpp"

#include <bit>
#include <iterator>

#include "interpreter/enter.hpp"
#include "interpreter/handlers.hpp"
#include "interpreter/lower.hpp"
#include "runtime/instance.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop::interpreter {

ModuleCode::ModuleCode(std::shared_ptr<const ValidatedModule> module) : module_(std::move(module)) {
  functions_[static_cast<size_t>(MemoryAccess::guarded)] = make_functions(MemoryAccess::guarded);
  // Lowering on the first call must not fail: what might is lowered now.
  const Module& m = **module_;
  const uint64_t results = most_results(m);
  for (uint32_t i = 0; i < m.functions.size(); ++i) {
    if (frame_slots_bound(m, i, results) > limits::frame_slots) ensure_lowered(function(MemoryAccess::guarded, i));
  }
}

std::unique_ptr<FunctionCode[]> ModuleCode::make_functions(MemoryAccess access) const {
  const Module& m = **module_;
  auto functions = std::make_unique<FunctionCode[]>(m.functions.size());
  for (uint32_t i = 0; i < m.functions.size(); ++i) {
    const FuncType& type = m.types[m.functions[i].type.value];
    FunctionCode& function = functions[i];
    function.parameter_slots = slots_of(type.parameters);
    function.result_slots = slots_of(type.results);
    function.access = access;
    function.defined_index = i;
    function.function_index = m.imported_functions + i;
    function.module = this;
    function.first_call[0] = std::bit_cast<Word>(first_call_handler());
    function.first_call[1] = std::bit_cast<Word>(&function);
    function.native_call[0] = std::bit_cast<Word>(native_call_handler());
    function.native_call[1] = std::bit_cast<Word>(&function);
    // Enough for what a caller passes before the first call is lowered.
    function.frame_slots.store(std::max(function.parameter_slots, function.result_slots), std::memory_order_relaxed);
    function.entry.store(function.first_call, std::memory_order_release);
  }
  return functions;
}

void ModuleCode::bind(Instance& instance) const {
  const bool guarded = instance.memory == nullptr || instance.memory->guarded();
  const MemoryAccess access = guarded ? MemoryAccess::guarded : MemoryAccess::checked;
  const Module& m = **module_;
  for (uint32_t i = 0; i < m.functions.size(); ++i) {
    FunctionInstance& function_instance = *instance.all_functions[m.imported_functions + i];
    function_instance.code = &function(access, i);
    function_instance.entry = enter;
  }
}

FunctionCode& ModuleCode::function(MemoryAccess access, uint32_t defined_index) const {
  auto& functions = functions_[static_cast<size_t>(access)];
  if (access == MemoryAccess::checked) {
    std::call_once(checked_functions_made_, [&] { functions = make_functions(access); });
  }
  return functions[defined_index];
}

const Word* ModuleCode::ensure_lowered(FunctionCode& function) const {
  const std::scoped_lock lock(lowering_);
  if (function.words.empty()) {
    LoweredFunction lowered = lower(*this, function.defined_index, function.access);
    function.words = std::move(lowered.words);
    function.words.shrink_to_fit();
    function.catch_handlers = std::move(lowered.catch_handlers);
    lowered_.emplace(function.words.data(), &function);
    const uint32_t frame_slots = std::max(lowered.frame_slots, function.frame_slots.load(std::memory_order_relaxed));
    function.frame_slots.store(frame_slots, std::memory_order_relaxed);
    function.first_word = function.words.data() + lowered.first_word;
    // Meanwhile native code may have come.
    if (native_ == nullptr || function.access == MemoryAccess::checked) {
      function.entry.store(function.first_word, std::memory_order_release);
    }
  }
  return function.first_word;
}

void ModuleCode::adopt_native(std::shared_ptr<const Code> native) const {
  const std::scoped_lock lock(lowering_);
  native_ = std::move(native);
  for (uint32_t i = 0; i < (*module_)->functions.size(); ++i) {
    FunctionCode& guarded = function(MemoryAccess::guarded, i);
    guarded.entry.store(guarded.native_call, std::memory_order_release);
  }
}

bool ModuleCode::bind_native(Instance& instance) const noexcept {
  const std::scoped_lock lock(lowering_);
  if (native_ == nullptr) return false;  // another instance failed first
  try {
    native_->bind(instance);
    return true;
  } catch (const ResourceError&) {
    native_ = nullptr;
  }
  for (uint32_t i = 0; i < (*module_)->functions.size(); ++i) {
    FunctionCode& guarded = function(MemoryAccess::guarded, i);
    const Word* const interpreted = guarded.first_word != nullptr ? guarded.first_word : guarded.first_call;
    guarded.entry.store(interpreted, std::memory_order_release);
  }
  return false;
}

const FunctionCode& ModuleCode::function_at(const Word* pc) const {
  const std::scoped_lock lock(lowering_);
  return *std::prev(lowered_.upper_bound(pc))->second;
}

std::vector<const FunctionCode*> ModuleCode::called_functions() const {
  const std::scoped_lock lock(lowering_);
  std::vector<const FunctionCode*> called;
  called.reserve(lowered_.size());
  for (const auto& [words, function] : lowered_) called.push_back(function);
  return called;
}

}  // namespace shallop::interpreter
