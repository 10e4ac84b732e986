// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <csignal>

#include "wasi/functions.hpp"

namespace shallop::wasi {
namespace {

// By preview1's numbers, which are not Linux's.
constexpr std::array host_signals{0,       SIGHUP,    SIGINT,  SIGQUIT,  SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                                  SIGFPE,  SIGKILL,   SIGUSR1, SIGSEGV,  SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
                                  SIGCHLD, SIGCONT,   SIGSTOP, SIGTSTP,  SIGTTIN, SIGTTOU, SIGURG,  SIGXCPU,
                                  SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGPOLL, SIGPWR,  SIGSYS};
static_assert(host_signals.size() == bits(Signal::sys) + 1);

}  // namespace

Completion proc_exit(Context& context, Caller, Exitcode code) noexcept { return context.store->exit(code); }

// A guest has no handlers, so a signal does what signal(7) says it does by itself; but to the guest, never to the
// process that hosts it. What would end a process ends the guest, with the status that a shell shows for it.
HostResult<Errno> proc_raise(Context& context, Caller, Unchecked<Signal> signal) noexcept {
  if (signal.bits > bits(Signal::sys)) return {.value = Errno::inval};
  const int host_signal = host_signals[signal.bits];
  switch (host_signal) {
    case 0:  // as kill(2) has it: nothing but the question whether one may
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH: return {.value = Errno::success};
    // Nobody could continue a guest that has stopped.
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU: return {.value = Errno::notsup};
    default: break;
  }
  constexpr Exitcode ended_by_signal = 128;
  return {.completion = context.store->exit(ended_by_signal + static_cast<Exitcode>(host_signal))};
}

}  // namespace shallop::wasi
