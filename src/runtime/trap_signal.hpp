// SPDX-License-Identifier: Apache-2.0
// Makes traps of hardware faults: a guest's access out of bounds hits a page without access, the kernel raises SIGSEGV
// or SIGBUS, and our handler jumps to the innermost landing point of the thread. Only faults of engine code (isolated
// in sections of their own, see SHALLOP_GUEST_CODE) on a guest memory's reservation are taken, and of native code
// (native_code_ranges.hpp) also those that null references and a full stack make; every other fault goes to whoever
// handled it before us, so that our own bugs still crash as bugs. The same way out of guest code serves
// interruption.hpp. Man pages: sigaction(2), siglongjmp(3).
#pragma once

#include <csetjmp>
#include <cstdint>

#include "runtime/outcome.hpp"
#include "wasm/trap.hpp"

namespace shallop {

class Store;

// Put on every function in which a guest's memory access may fault. Between any two of its instructions it may be left
// for good (interruption.hpp): what must not be half done, such as allocating, is called, not inlined.
#define SHALLOP_GUEST_CODE __attribute__((section("shallop_guest_code")))

// A place to come back to. Lives on the stack of the function that enters guest code; no object with a destructor may
// be created between it and the guest code.
struct LandingPoint {
  sigjmp_buf environment;
  LandingPoint* outer = nullptr;
  const Store* store = nullptr;
  // Why guest code was left. TrapCode::interrupted may meet it anywhere, so that what the places below say need not
  // belong together.
  TrapCode code = TrapCode::none;
  // If not null, the handler calls it before it jumps, while the frames of guest code are still there.
  void (*note_place)(LandingPoint& point) = nullptr;
  // Of the context that was left, for backtraces: the first two argument registers of the preserve_none convention, in
  // which engines keep their place. Hints, not facts.
  uintptr_t first_argument = 0;
  uintptr_t second_argument = 0;
};

// Installs the handlers, once in the process; further calls do nothing. Thread-safe.
void install_trap_handlers();

// The thread's innermost landing point. Use: push_landing(point); if (sigsetjmp(point.environment, 0) == 0) run(); ...;
// pop_landing(point).
void push_landing(LandingPoint& point);
void pop_landing(LandingPoint& point);

// For handlers of signals whose third argument is `context`: if the thread was in guest code, goes to its innermost
// landing point with `code`; otherwise returns. Async-signal-safe.
void leave_guest_code(const void* context, TrapCode code);

// What sigsetjmp returns there: after a signal, whose trap is in LandingPoint::code, or after land().
inline constexpr int landed_by_signal = 1;
inline Completion landed_completion(int landed) { return static_cast<Completion>(landed - landed_by_signal - 1); }

// Goes to the innermost landing point.
[[noreturn]] void land(Completion completion);

}  // namespace shallop
