// SPDX-License-Identifier: Apache-2.0
// Lowered functions and the frames they run in.
//
// A frame, from its first slot:  parameters | other locals | operands
// The caller's topmost operands are the callee's parameters, so that a call moves nothing; results replace them, from
// the frame's first slot on. Frames grow upwards from the store's stack_top; what calls return to (ReturnPoint) is
// pushed downwards from its stack_end, where the loop keeps a pointer to the innermost. The stack is full when the two
// meet.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "interpreter/instruction.hpp"
#include "runtime/engine.hpp"
#include "validation/validated_module.hpp"

namespace shallop::interpreter {

class ModuleCode;

// Whether a fault catches accesses out of bounds or every access compares (runtime/memory.hpp).
enum class MemoryAccess : uint8_t { guarded, checked };

// A catch clause: where its try_table is in the words of a function, and where an exception goes from there.
struct CatchHandler {
  static constexpr uint32_t all_tags = UINT32_MAX;
  uint32_t first_word;
  uint32_t end_word;
  uint32_t tag;     // index, or all_tags
  uint32_t target;  // word
  uint16_t slot;    // for what the exception carries (of one that was caught by its tag), then for its reference
  bool with_reference;
};

// One defined function. Until its first call `entry` points to `first_call`, which lowers it.
struct FunctionCode {
  std::atomic<const Word*> entry = nullptr;
  // At least as many as the code at `entry` needs, for who has loaded that before.
  std::atomic<uint32_t> frame_slots = 0;
  uint32_t parameter_slots = 0;
  uint32_t result_slots = 0;
  MemoryAccess access = MemoryAccess::guarded;
  uint32_t defined_index = 0;   // in Module::functions
  uint32_t function_index = 0;  // in the module's index space, imports first
  const ModuleCode* module = nullptr;
  Word first_call[2] = {};
  Word native_call[2] = {};          // `entry` once there is native code
  const Word* first_word = nullptr;  // in `words`
  std::vector<Word> words;
  std::vector<CatchHandler> catch_handlers;  // those of inner try_tables first
};

// The functions of one module under both kinds of memory; each is lowered when it is first called.
class ModuleCode final : public Code {
 public:
  explicit ModuleCode(std::shared_ptr<const ValidatedModule> module);

  void bind(Instance& instance) const override;

  const ValidatedModule& module() const { return *module_; }
  // By FuncIndex of a defined function. Those for checked memories are made when the first is asked for.
  FunctionCode& function(MemoryAccess access, uint32_t defined_index) const;
  // Lowers `function` unless another thread did; returns its first instruction.
  const Word* ensure_lowered(FunctionCode& function) const;
  // The function whose lowered words contain `pc`.
  const FunctionCode& function_at(const Word* pc) const;
  // Those that have been lowered, in the order of their words' addresses.
  std::vector<const FunctionCode*> called_functions() const;
  // As interpreter::adopt_native.
  void adopt_native(std::shared_ptr<const Code> native) const;
  // Binds the native code to `instance`. If that fails, the module is interpreted as before, and the result is false.
  bool bind_native(Instance& instance) const noexcept;

 private:
  std::unique_ptr<FunctionCode[]> make_functions(MemoryAccess access) const;

  std::shared_ptr<const ValidatedModule> module_;
  mutable std::unique_ptr<FunctionCode[]> functions_[2];
  mutable std::once_flag checked_functions_made_;
  mutable std::shared_ptr<const Code> native_;
  mutable std::mutex lowering_;
  mutable std::map<const Word*, const FunctionCode*> lowered_;  // by the address of their words
};

}  // namespace shallop::interpreter
