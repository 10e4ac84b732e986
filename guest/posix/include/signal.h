/* SPDX-License-Identifier: Apache-2.0 */
/* wasi-libc's <signal.h> with sigaction() over its signal(). Nothing outside the guest can raise a signal in it: a
   handler runs on the guest's own raise() only. */
#ifndef SHALLOP_SIGNAL_H
#define SHALLOP_SIGNAL_H

#ifndef _WASI_EMULATED_SIGNAL
#define _WASI_EMULATED_SIGNAL
#endif
#include_next <signal.h>

#define __NEED_sigset_t
#define __NEED_pid_t
#define __NEED_uid_t
#include <bits/alltypes.h>

#define SA_NOCLDSTOP 1
#define SA_NOCLDWAIT 2
#define SA_SIGINFO 4
#define SA_ONSTACK 0x08000000
#define SA_RESTART 0x10000000
#define SA_NODEFER 0x40000000
#define SA_RESETHAND 0x80000000

#define SIG_BLOCK 0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

typedef struct {
  int si_signo;
  int si_code;
  int si_errno;
} siginfo_t;

struct sigaction {
  union {
    void (*sa_handler)(int);
    void (*sa_sigaction)(int, siginfo_t*, void*);
  } __sa_handler;
  sigset_t sa_mask;
  int sa_flags;
};
#define sa_handler __sa_handler.sa_handler
#define sa_sigaction __sa_handler.sa_sigaction

#ifdef __cplusplus
extern "C" {
#endif

/* SA_SIGINFO is refused with ENOTSUP: there is no information to hand over. */
int sigaction(int signal_number, const struct sigaction* __restrict action, struct sigaction* __restrict old_action);

/* Sets hold nothing, since nothing can be blocked; the calls succeed so that ordinary programs go on. */
int sigemptyset(sigset_t* set);
int sigfillset(sigset_t* set);
int sigaddset(sigset_t* set, int signal_number);
int sigdelset(sigset_t* set, int signal_number);
int sigprocmask(int how, const sigset_t* __restrict set, sigset_t* __restrict old_set);

#ifdef __cplusplus
}
#endif

#endif
