// SPDX-License-Identifier: Apache-2.0
#include "wasi/functions.hpp"

namespace shallop::wasi {

Completion proc_exit(Context& context, Caller, Exitcode code) noexcept { return context.store->exit(code); }

// A guest's signals are no business of the host process: those that would end a process end the guest, with the status
// that a shell shows for it; there is nobody to take the others.
HostResult<Errno> proc_raise(Context& context, Caller, Unchecked<Signal> signal) noexcept {
  constexpr Exitcode killed_by = 128;
  constexpr Exitcode host_sigabrt = 6;
  constexpr Exitcode host_sigterm = 15;
  if (signal.bits > bits(Signal::sys)) return {.value = Errno::inval};
  switch (static_cast<Signal>(signal.bits)) {
    case Signal::abrt: return {.completion = context.store->exit(killed_by + host_sigabrt)};
    case Signal::term: return {.completion = context.store->exit(killed_by + host_sigterm)};
    default: return {.value = Errno::notsup};
  }
}

}  // namespace shallop::wasi
