// SPDX-License-Identifier: Apache-2.0
#include "embedder/process_signals.hpp"

#include <fmt/format.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "wasm/error.hpp"

namespace shallop {
namespace {

// The status of a process that `signal` ended, as shells tell it.
constexpr int killed_by = 128;

sigset_t signals_not_ignored() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGCHLD}) {
    struct sigaction action{};
    if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) sigaddset(&signals, signal);
  }
  return signals;
}

}  // namespace

ProcessSignals::ProcessSignals() {
  const sigset_t signals = signals_not_ignored();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  fd_ = UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) throw ResourceError(fmt::format("cannot wait for signals: {}", std::strerror(errno)));
}

std::optional<int> ProcessSignals::take() const {
  signalfd_siginfo signal{};
  if (::read(fd_.get(), &signal, sizeof signal) != sizeof signal) return std::nullopt;
  return static_cast<int>(signal.ssi_signo);
}

void ProcessSignals::end_first_process() {
  if (getpid() != 1) return;
  for (const int signal : {SIGTERM, SIGINT}) {
    struct sigaction action{};
    if (sigaction(signal, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    action.sa_handler = [](int number) { _exit(killed_by + number); };
    sigaction(signal, &action, nullptr);
  }
}

void ProcessSignals::end_by(int signal) {
  std::signal(signal, SIG_DFL);
  const sigset_t signals = signals_not_ignored();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  ::kill(getpid(), signal);
  // The first process of a container is not ended by signals.
  _exit(killed_by + signal);
}

}  // namespace shallop
