// SPDX-License-Identifier: Apache-2.0
#include "runtime/interruption.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "runtime/host_function.hpp"
#include "runtime/store.hpp"
#include "runtime/trap_signal.hpp"

namespace shallop {
namespace {

using std::chrono::milliseconds;

// Stands for a guest that computes for ever.
[[gnu::noinline]] SHALLOP_GUEST_CODE void spin_as_guest() {
  while (true) asm volatile("");
}
void wait_as_host() {
  while (!is_interrupted()) asm volatile("");
}

// Why `guest` was left, or none if it returned.
TrapCode run(void (*guest)()) {
  static const Store store;
  LandingPoint point;
  point.store = &store;
  push_landing(point);
  if (sigsetjmp(point.environment, 0) == 0) guest();
  pop_landing(point);
  return point.code;
}

TEST(Interrupter, ATimeLimitLeavesGuestCode) {
  const auto start = std::chrono::steady_clock::now();
  const Interrupter interrupter(milliseconds(20));
  EXPECT_EQ(run(spin_as_guest), TrapCode::interrupted);
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(20));
  EXPECT_TRUE(is_interrupted());
}

TEST(Interrupter, LeavesGuestCodeOfEveryLevel) {
  const Interrupter interrupter(milliseconds(5));
  EXPECT_EQ(run([] {
              EXPECT_EQ(run(spin_as_guest), TrapCode::interrupted);
              spin_as_guest();  // as a guest whose host function did not pass the trap on
            }),
            TrapCode::interrupted);
}

TEST(Interrupter, HostCodeIsToldAndNotLeft) {
  const Interrupter interrupter(milliseconds(5));
  EXPECT_EQ(run(wait_as_host), TrapCode::none);
}

TEST(Interrupter, AnotherThreadInterrupts) {
  Interrupter interrupter;
  std::thread other([&] { interrupter.interrupt(); });
  EXPECT_EQ(run(spin_as_guest), TrapCode::interrupted);
  other.join();
}

TEST(Interrupter, EndsASystemCallThatWaits) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const Interrupter interrupter(milliseconds(5));
  char byte = 0;
  // Also one that begins when the first signal has come and gone.
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(::read(pipe[0], &byte, 1), -1);
    EXPECT_EQ(errno, EINTR);
  }
  close(pipe[0]);
  close(pipe[1]);
}

TEST(Interrupter, AThreadThatInheritedABlockedSignalIsInterrupted) {
  TrapCode code = TrapCode::none;
  std::thread([&] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    const Interrupter interrupter(milliseconds(5));
    code = run(spin_as_guest);
  }).join();
  EXPECT_EQ(code, TrapCode::interrupted);
}

// The number that interruption.cpp takes.
int interrupt_signal() { return SIGRTMIN + 6; }

void block_signal(int how) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, interrupt_signal());
  pthread_sigmask(how, &signals, nullptr);
}

TEST(Interrupter, SignalsThatHaveQueuedAreHandledOneAfterTheOther) {
  const Interrupter interrupter;
  const TrapCode code = run([] {
    block_signal(SIG_BLOCK);
    for (int i = 0; i < 1'000; ++i) pthread_kill(pthread_self(), interrupt_signal());
    block_signal(SIG_UNBLOCK);
  });
  EXPECT_EQ(code, TrapCode::none);
}

TEST(Interrupter, IsWokenByOneSignalAtATime) {
  Interrupter interrupter;
  block_signal(SIG_BLOCK);
  for (int i = 0; i < 1'000; ++i) interrupter.wake();
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, interrupt_signal());
  const timespec at_once{};
  int count = 0;
  while (sigtimedwait(&signals, nullptr, &at_once) > 0) ++count;
  block_signal(SIG_UNBLOCK);
  EXPECT_EQ(count, 1);
}

TEST(Interrupter, WakesAgainAndAgain) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  Interrupter interrupter;
  for (int i = 0; i < 3; ++i) {
    std::atomic<bool> has_woken = false;
    std::thread other([&] {
      while (!has_woken) {
        interrupter.wake();
        std::this_thread::sleep_for(milliseconds(1));
      }
    });
    char byte = 0;
    EXPECT_EQ(::read(pipe[0], &byte, 1), -1);
    EXPECT_EQ(errno, EINTR);
    has_woken = true;
    other.join();
  }
  EXPECT_FALSE(is_interrupted());
  close(pipe[0]);
  close(pipe[1]);
}

// The signal is blocked in its handler, which is left by a jump.
TEST(Interrupter, CanBeInterruptedAgainWhereItWas) {
  for (int i = 0; i < 3; ++i) {
    const Interrupter interrupter(milliseconds(1));
    EXPECT_EQ(run(spin_as_guest), TrapCode::interrupted);
    EXPECT_EQ(run(spin_as_guest), TrapCode::interrupted);
  }
}

TEST(Interrupter, EachThreadHasItsOwn) {
  std::array<std::thread, 4> threads;
  std::array<TrapCode, 4> codes{};
  Interrupter interrupter;
  for (size_t i = 0; i < threads.size(); ++i) {
    threads[i] = std::thread([&codes, i] {
      const Interrupter own(milliseconds(5 + 5 * i));
      codes[i] = run(spin_as_guest);
    });
  }
  for (std::thread& each : threads) each.join();
  for (const TrapCode code : codes) EXPECT_EQ(code, TrapCode::interrupted);
  EXPECT_FALSE(is_interrupted());
}

TEST(Interrupter, LeavesNothingBehind) {
  for (int i = 0; i < 200; ++i) {
    {
      const Interrupter interrupter(std::chrono::microseconds(i * 5));
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    ASSERT_FALSE(is_interrupted()) << i;
  }
}

Completion succeed(int&, Caller) noexcept { return Completion::returned; }

TEST(Interrupter, AHostFunctionThatReturnsLateEndsTheGuest) {
  Store store;
  Instance instance;
  instance.store = &store;
  int context = 0;
  FunctionInstance& function = add_host_function<&succeed>(store, context);
  Slot values[1] = {};
  EXPECT_EQ(function.entry(function, &instance, values), Completion::returned);
  const Interrupter interrupter(milliseconds(1));
  wait_as_host();
  EXPECT_EQ(function.entry(function, &instance, values), Completion::trapped);
  EXPECT_EQ(store.ending.trap.code, TrapCode::interrupted);
}

}  // namespace
}  // namespace shallop
