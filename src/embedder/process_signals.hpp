// SPDX-License-Identifier: Apache-2.0
// The signals that ask a process to end or tell it of a child, taken by the one thread that waits for them: blocked in
// all others, which inherit that. Those that are ignored, as by a shell for a job in the background, stay ignored.
// Man pages: signalfd(2), signal(7).
#pragma once

#include <cstdint>
#include <optional>

#include "base/unique_fd.hpp"

namespace shallop {

class ProcessSignals {
 public:
  // On the thread that takes them, before it starts others. Throws ResourceError.
  ProcessSignals();

  // Readable when take() has a signal.
  int readable_fd() const { return fd_.get(); }
  // SIGTERM, SIGINT or SIGCHLD; none when all are taken.
  std::optional<int> take() const;

  // Until one of these is made, as while a module is loaded, the signals end the process. Needed where it is the first
  // of a container, which signals without a handler do not reach.
  static void end_first_process();

  // As if `signal` had never been taken: a parent sees what ended the process.
  [[noreturn]] static void end_by(int signal);

 private:
  UniqueFd fd_;
};

}  // namespace shallop
