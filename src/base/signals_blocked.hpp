// SPDX-License-Identifier: Apache-2.0
// Around the start of a thread: it inherits the mask, so it never takes a signal that is for the thread that waits for
// them. Man page: pthread_sigmask(3).
#pragma once

#include <signal.h>

namespace shallop {

class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace shallop
