// SPDX-License-Identifier: Apache-2.0
// The supervisor over guests that are functions of the test.
#include "embedder/supervisor.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "wasm/error.hpp"

namespace shallop {
namespace {

using namespace std::chrono_literals;

const EventLog quiet(LogFormat::text, "test.wasm", false);

GuestEnding ended_with(uint32_t code) { return {.outcome = Exit{code}, .failure = {}}; }
GuestEnding trapped(TrapCode code) { return {.outcome = Trap{.code = code, .backtrace = {}}, .failure = "trapped"}; }

int status_of(const GuestEnding& ending) {
  const auto* exit = std::get_if<Exit>(&ending.outcome);
  return exit != nullptr ? static_cast<int>(exit->code) : 134;
}

GuestEnding run_until_interrupted() {
  while (!is_interrupted()) std::this_thread::sleep_for(1ms);
  return trapped(TrapCode::interrupted);
}

GuestEnding run_until_drained(Worker& worker) {
  while (!worker.state().draining) std::this_thread::sleep_for(1ms);
  return ended_with(0);
}

// Until it is gone the process has no more address space than now and `bytes`.
class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit(uint64_t bytes) {
    uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    ::getrlimit(RLIMIT_AS, &before_);
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) + bytes;
    ::setrlimit(RLIMIT_AS, &limit);
  }
  ~AddressSpaceLimit() { ::setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_{};
};

TEST(Supervisor, AThreadThatCannotStartEndsThoseThatRun) {
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
  const GuestProcess process{.run =
                                 [&](Worker&, wasi::ListenerPool*) {
                                   ++begun;
                                   GuestEnding ending = run_until_interrupted();
                                   ++ended;
                                   return ending;
                                 },
                             .finish = status_of,
                             .engine = [] { return EngineStatus{.engine = "test", .compilation = "interpreted"}; }};
  const AddressSpaceLimit limit(uint64_t{20} << 30);
  EXPECT_THROW(supervise({.workers = 8, .stats = {}, .thread_stack_bytes = size_t{8} << 30}, process, quiet),
               ResourceError);
  EXPECT_EQ(begun, ended);
}

TEST(Supervisor, WhatKeepsOneFromItsFirstStartEndsAllAndStartsNoneAnew) {
  std::atomic<int> begun = 0;
  const GuestProcess process{.run = [&](Worker& worker, wasi::ListenerPool*) -> GuestEnding {
                               ++begun;
                               if (worker.index() == 1) throw ResourceError("nothing left");
                               worker.state().counters.polls.add(1);
                               return run_until_interrupted();
                             },
                             .finish = status_of,
                             .engine = [] { return EngineStatus{.engine = "test", .compilation = "interpreted"}; }};
  EXPECT_THROW(supervise({.workers = 3, .stats = {}}, process, quiet), ResourceError);
  EXPECT_LE(begun, 3);
}

TEST(Supervisor, AReplacementThatCannotStartIsTriedAgain) {
  std::atomic<int> starts = 0;
  const GuestProcess process{.run = [&](Worker& worker, wasi::ListenerPool*) -> GuestEnding {
                               worker.state().counters.polls.add(1);
                               if (worker.index() == 0) return run_until_drained(worker);
                               switch (++starts) {
                                 case 1: return trapped(TrapCode::unreachable);
                                 case 2: throw ResourceError("nothing left");
                                 default: return ended_with(7);
                               }
                             },
                             .finish = status_of,
                             .engine = [] { return EngineStatus{.engine = "test", .compilation = "interpreted"}; }};
  EXPECT_EQ(supervise({.workers = 2, .stats = {}}, process, quiet), 7);
  EXPECT_EQ(starts, 3);
}

// As one that reads from a network file system that has gone.
GuestEnding not_come_back_from_a_call() {
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(10ms);
  return ended_with(1);
}

TEST(SupervisorDeathTest, AGuestThatCannotBeInterruptedDoesNotOutliveTheGraceTimeByMuch) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const GuestProcess process{.run =
                                 [](Worker& worker, wasi::ListenerPool*) {
                                   worker.state().counters.listeners.add(1);
                                   ::kill(getpid(), SIGTERM);
                                   return not_come_back_from_a_call();
                                 },
                             .finish = status_of,
                             .engine = [] { return EngineStatus{.engine = "test", .compilation = "interpreted"}; }};
  EXPECT_EXIT(supervise({.grace = 100ms, .stats = {}}, process, quiet), testing::ExitedWithCode(0),
              "worker 0 does not come back");
}

TEST(SupervisorDeathTest, AGuestThatCannotBeInterruptedDoesNotOutliveTheTimeLimitByMuch) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const GuestProcess process{.run = [](Worker&, wasi::ListenerPool*) { return not_come_back_from_a_call(); },
                             .finish = status_of,
                             .engine = [] { return EngineStatus{.engine = "test", .compilation = "interpreted"}; }};
  EXPECT_EXIT(supervise({.time_limit = 100ms, .stats = {}}, process, quiet), testing::ExitedWithCode(134),
              "worker 0 does not come back");
}

// The others are not waited for when one has ended all.
TEST(SupervisorDeathTest, AGuestThatCannotBeInterruptedDoesNotOutliveAFirstStartThatFailed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const GuestProcess process{.run =
                                 [](Worker& worker, wasi::ListenerPool*) {
                                   if (worker.index() == 1) throw ResourceError("nothing left");
                                   return not_come_back_from_a_call();
                                 },
                             .finish = status_of,
                             .engine = [] { return EngineStatus{.engine = "test", .compilation = "interpreted"}; }};
  EXPECT_EXIT(supervise({.workers = 2, .stats = {}}, process, quiet), testing::ExitedWithCode(1), "nothing left");
}

TEST(Supervisor, TheTimeLimitIsOneForAllStarts) {
  std::atomic<int> starts = 0;
  const GuestProcess process{.run =
                                 [&](Worker& worker, wasi::ListenerPool*) {
                                   worker.state().counters.polls.add(1);
                                   ++starts;
                                   // The first one is replaced; its replacement has what is left.
                                   return worker.index() == 0 && starts <= 2 ? trapped(TrapCode::unreachable)
                                                                             : run_until_interrupted();
                                 },
                             .finish = status_of,
                             .engine = [] { return EngineStatus{.engine = "test", .compilation = "interpreted"}; }};
  EXPECT_EQ(supervise({.workers = 2, .time_limit = 400ms, .stats = {}}, process, quiet), 134);
  EXPECT_LE(starts, 4);
}

}  // namespace
}  // namespace shallop
