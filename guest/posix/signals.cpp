// SPDX-License-Identifier: Apache-2.0
// sigaction() and the signal sets over wasi-libc's emulation of signal() and raise().
#include <signal.h>

#include "wasi_call.hpp"

using namespace shallop;
using namespace shallop::posix;

extern "C" {

int sigaction(int signal_number, const struct sigaction* __restrict action, struct sigaction* __restrict old_action) {
  if (action != nullptr && (action->sa_flags & SA_SIGINFO) != 0) return fail(wasi::Errno::notsup);
  // signal() is the only way to read the present handler, so a mere query sets and restores it.
  void (*const previous)(int) = signal(signal_number, action != nullptr ? action->sa_handler : SIG_DFL);
  if (previous == SIG_ERR) return -1;
  if (action == nullptr) signal(signal_number, previous);
  if (old_action != nullptr) {
    *old_action = {};
    old_action->sa_handler = previous;
  }
  return 0;
}

int sigemptyset(sigset_t* set) {
  *set = 0;
  return 0;
}

int sigfillset(sigset_t* set) {
  *set = 0;
  return 0;
}

int sigaddset(sigset_t*, int) { return 0; }

int sigdelset(sigset_t*, int) { return 0; }

int sigprocmask(int, const sigset_t* __restrict, sigset_t* __restrict old_set) {
  if (old_set != nullptr) *old_set = 0;
  return 0;
}

}  // extern "C"
