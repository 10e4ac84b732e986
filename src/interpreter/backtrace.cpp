// SPDX-License-Identifier: Apache-2.0
#include "interpreter/backtrace.hpp"

#include <algorithm>

#include "interpreter/lower.hpp"

namespace shallop::interpreter {
namespace {

// A deep recursion is told by its innermost and outermost frames.
constexpr size_t frames_kept = 64;

// Lowering is repeatable: instead of keeping a map from words to offsets for every function, the function is lowered
// once more when a trap asks.
size_t offset_of(const FunctionCode& function, const Word* pc) {
  std::vector<InstructionPlace> places;
  lower(*function.module, function.defined_index, function.access, &places);
  const auto word = static_cast<uint32_t>(pc - function.words.data());
  auto after = std::upper_bound(places.begin(), places.end(), word,
                                [](uint32_t value, const InstructionPlace& place) { return value < place.word; });
  return after == places.begin() ? 0 : std::prev(after)->offset;
}

}  // namespace

void add_frames(const Instance& instance, const Word* pc, const ReturnPoint* control,
                std::vector<BacktraceFrame>& backtrace) {
  const auto* code = static_cast<const ModuleCode*>(instance.code.get());
  const Module& module = *code->module();
  const size_t first = backtrace.size();
  for (;; ++control) {
    const FunctionCode* function = code->find(pc);
    if (function == nullptr) return;
    BacktraceFrame entry{
        .instance = &instance, .function = {module.imported_functions + function->defined_index}, .offset = 0};
    if (backtrace.size() - first < frames_kept) entry.offset = offset_of(*function, pc);
    backtrace.push_back(entry);
    // Keep the outermost frame in the last place beyond the limit.
    if (backtrace.size() - first > frames_kept) backtrace.erase(backtrace.end() - 2);
    if (control->fp == nullptr) return;
    pc = control->pc - 1;  // within the call instruction
  }
}

}  // namespace shallop::interpreter
