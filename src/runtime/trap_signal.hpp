// SPDX-License-Identifier: Apache-2.0
// Makes traps of hardware faults: a guest's access out of bounds hits a page without access, the kernel raises SIGSEGV
// or SIGBUS, and our handler jumps to the innermost landing point of the thread. Only faults of engine code (isolated
// in sections of their own, see SHALLOP_GUEST_CODE) on a guest memory's reservation are taken; every other fault goes
// to whoever handled it before us, so that our own bugs still crash as bugs. Man pages: sigaction(2), siglongjmp(3).
#pragma once

#include <csetjmp>
#include <cstdint>

namespace shallop {

class Store;

// Put on every function in which a guest's memory access may fault.
#define SHALLOP_GUEST_CODE __attribute__((section("shallop_guest_code")))

// A place to come back to. Lives on the stack of the function that enters guest code; no object with a destructor may
// be created between it and the guest code.
struct LandingPoint {
  sigjmp_buf environment;
  LandingPoint* outer = nullptr;
  const Store* store = nullptr;
  // Of the faulting context, for backtraces: the first two argument registers of the preserve_none convention, in which
  // engines keep their place. Hints, not facts.
  uintptr_t first_argument = 0;
  uintptr_t second_argument = 0;
};

// Installs the handlers, once in the process; further calls do nothing. Thread-safe.
void install_trap_handlers();

// The thread's innermost landing point. Use: push_landing(point); if (sigsetjmp(point.environment, 0) == 0) run(); ...;
// pop_landing(point).
void push_landing(LandingPoint& point);
void pop_landing(LandingPoint& point);

}  // namespace shallop
