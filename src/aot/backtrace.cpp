// SPDX-License-Identifier: Apache-2.0
#include "aot/backtrace.hpp"

#include <unwind.h>

#include "aot/native_code.hpp"
#include "runtime/native_code_ranges.hpp"
#include "runtime/store.hpp"

namespace shallop::aot {
namespace {

// Of each end of a deep stack so many different functions are told.
constexpr size_t innermost_kept = 32;
constexpr size_t outermost_kept = 16;

struct Walk {
  const Store& store;
  std::vector<BacktraceFrame>& backtrace;
  size_t first;
};

struct Found {
  const Instance* instance = nullptr;
  NativeCode::Place place;
};

Found find(const Store& store, uintptr_t address) {
  for (const auto& each : store.instances()) {
    if (each->native_code == nullptr) continue;
    const NativeCode::Place place = native_code_of(*each).find(address);
    if (place.part != NativeCode::Part::none) return {each.get(), place};
  }
  return {};
}

void add(Walk& walk, const Found& found) {
  std::vector<BacktraceFrame>& frames = walk.backtrace;
  if (frames.size() > walk.first && frames.back().instance == found.instance &&
      frames.back().function == found.place.function) {
    ++frames.back().times;
    return;
  }
  frames.push_back({.instance = found.instance, .function = found.place.function});
  if (frames.size() - walk.first <= innermost_kept + outermost_kept) return;
  const auto dropped = frames.begin() + static_cast<ptrdiff_t>(walk.first + innermost_kept);
  std::next(dropped)->left_out += dropped->left_out + dropped->times;
  frames.erase(dropped);
}

_Unwind_Reason_Code visit(_Unwind_Context* context, void* argument) {
  Walk& walk = *static_cast<Walk*>(argument);
  int is_before_instruction = 0;  // where a signal interrupted; else it is a return address, behind the call
  uintptr_t address = _Unwind_GetIPInfo(context, &is_before_instruction);
  if (is_before_instruction == 0) --address;
  if (!is_native_code(address)) return _URC_NO_REASON;
  const Found found = find(walk.store, address);
  if (found.place.part == NativeCode::Part::entry) return _URC_END_OF_STACK;
  if (found.place.part == NativeCode::Part::function) add(walk, found);
  return _URC_NO_REASON;
}

}  // namespace

void add_frames(const Store& store, std::vector<BacktraceFrame>& backtrace) {
  for (const auto& each : store.instances()) {
    if (each->native_code != nullptr) native_code_of(*each).register_unwind_table();
  }
  Walk walk{.store = store, .backtrace = backtrace, .first = backtrace.size()};
  _Unwind_Backtrace(visit, &walk);
}

}  // namespace shallop::aot
