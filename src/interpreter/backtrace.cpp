// SPDX-License-Identifier: Apache-2.0
#include "interpreter/backtrace.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include "interpreter/lower.hpp"

namespace shallop::interpreter {
namespace {

// Of each end of a deep stack so many different places are told.
constexpr size_t innermost_kept = 32;
constexpr size_t outermost_kept = 16;

// Consecutive frames of a recursion that stand at the same instruction.
struct Run {
  const FunctionCode* function;
  const Word* pc;
  size_t times = 1;
  size_t left_out = 0;  // frames between the run before and this one
};

// The functions of a module that have been called, by the addresses of their code.
class CalledFunctions {
 public:
  explicit CalledFunctions(const ModuleCode& code) : functions_(code.called_functions()) {}
  // Null where `pc` is in none of them.
  const FunctionCode* find(const Word* pc) const {
    const auto behind = std::ranges::upper_bound(functions_, pc, {}, first_word);
    if (behind == functions_.begin()) return nullptr;
    const FunctionCode* function = *std::prev(behind);
    return pc < function->words.data() + function->words.size() ? function : nullptr;
  }

 private:
  static const Word* first_word(const FunctionCode* function) { return function->words.data(); }
  std::vector<const FunctionCode*> functions_;
};

// The stack as runs; the middle of a deep one is left out.
class Runs {
 public:
  void add(const FunctionCode* function, const Word* pc) {
    Run* last = !outermost_.empty() ? &outermost_.back() : !innermost_.empty() ? &innermost_.back() : nullptr;
    if (last != nullptr && last->function == function && last->pc == pc) {
      ++last->times;
      return;
    }
    if (innermost_.size() < innermost_kept) {
      innermost_.push_back({.function = function, .pc = pc});
      return;
    }
    outermost_.push_back({.function = function, .pc = pc});
    if (outermost_.size() > outermost_kept) {
      const Run& dropped = outermost_.front();
      const size_t left_out = dropped.left_out + dropped.times;
      outermost_.pop_front();
      outermost_.front().left_out = left_out;
    }
  }
  std::vector<Run> take() {
    innermost_.insert(innermost_.end(), outermost_.begin(), outermost_.end());
    return std::move(innermost_);
  }

 private:
  std::vector<Run> innermost_;
  std::deque<Run> outermost_;
};

// A word of the call instruction behind which `to` goes on.
const Word* call_before(const ReturnPoint& to) {
  // Not by arithmetic on the pointer, which may be none.
  return reinterpret_cast<const Word*>(reinterpret_cast<uintptr_t>(to.pc) - sizeof(Word));
}

// What a return point says may not be written yet when the program was interrupted: then its frame is passed over.
Runs walk(const CalledFunctions& functions, const Word* pc, const ReturnPoint* control, const ReturnPoint* outermost) {
  Runs runs;
  for (;; ++control) {
    if (const FunctionCode* function = functions.find(pc)) runs.add(function, pc);
    if (control >= outermost) return runs;
    pc = call_before(*control);
  }
}

// Lowering is repeatable: instead of keeping a map from words to offsets for every function, a function is lowered once
// more when a trap asks.
class Offsets {
 public:
  size_t of(const FunctionCode& function, const Word* pc) {
    const auto [entry, is_new] = places_.try_emplace(&function);
    std::vector<InstructionPlace>& places = entry->second;
    if (is_new) lower(*function.module, function.defined_index, function.access, &places);
    const auto after = std::ranges::upper_bound(places, static_cast<uint32_t>(pc - function.words.data()), {},
                                                &InstructionPlace::word);
    return after == places.begin() ? 0 : std::prev(after)->offset;
  }

 private:
  std::map<const FunctionCode*, std::vector<InstructionPlace>> places_;
};

bool continues(const BacktraceFrame& inner, const BacktraceFrame& outer) {
  return outer.left_out == 0 && inner.instance == outer.instance && inner.function == outer.function &&
         inner.offset == outer.offset;
}

}  // namespace

void add_frames(const Instance& instance, const Word* pc, const ReturnPoint* control, const ReturnPoint* outermost,
                std::vector<BacktraceFrame>& backtrace) {
  const auto& code = static_cast<const ModuleCode&>(*instance.code);
  const uint32_t imported_functions = (*code.module()).imported_functions;
  const size_t first = backtrace.size();
  Offsets offsets;
  for (const Run& run : walk(CalledFunctions(code), pc, control, outermost).take()) {
    const BacktraceFrame entry{.instance = &instance,
                               .function = {imported_functions + run.function->defined_index},
                               .offset = offsets.of(*run.function, run.pc),
                               .times = run.times,
                               .left_out = run.left_out};
    // The innermost frame stands at the beginning of its instruction, its callers within theirs.
    if (backtrace.size() > first && continues(backtrace.back(), entry)) {
      backtrace.back().times += entry.times;
    } else {
      backtrace.push_back(entry);
    }
  }
}

}  // namespace shallop::interpreter
