// SPDX-License-Identifier: Apache-2.0
// A guest that runs does not keep its process from what a user does to it.
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "cli/workshop.hpp"

namespace shallop::cli {
namespace {

constexpr int ended_by(int signal) { return 128 + signal; }

TEST(Signal, SigtermEndsAGuestThatWaits) {
  const Workshop workshop;
  const auto process = workshop.start({"run", "sleep.wasm"});
  ASSERT_TRUE(process->wait_for_output("sleeping\n"));
  process->send_signal(SIGTERM);
  EXPECT_EQ(process->wait(std::chrono::seconds(5)).status, ended_by(SIGTERM));
}

TEST(Signal, SigtermEndsAGuestThatComputes) {
  const Workshop workshop;
  const auto process = workshop.start({"run", "--invoke", "spin", "sleep.wasm"});
  ASSERT_TRUE(process->wait_for_output("sleeping\n"));
  process->send_signal(SIGTERM);
  EXPECT_EQ(process->wait(std::chrono::seconds(5)).status, ended_by(SIGTERM));
}

TEST(Signal, SigintEndsAGuest) {
  const Workshop workshop;
  const auto process = workshop.start({"run", "sleep.wasm"});
  ASSERT_TRUE(process->wait_for_output("sleeping\n"));
  process->send_signal(SIGINT);
  EXPECT_EQ(process->wait(std::chrono::seconds(5)).status, ended_by(SIGINT));
}

// Stopping and continuing interrupts the system call that the guest waits in; it must not see that.
TEST(Signal, AGuestThatWaitsSurvivesBeingStoppedAndContinued) {
  const Workshop workshop;
  const auto process = workshop.start({"run", "sleep.wasm"});
  ASSERT_TRUE(process->wait_for_output("sleeping\n"));
  process->send_signal(SIGSTOP);
  process->send_signal(SIGCONT);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  process->send_signal(SIGTERM);
  EXPECT_EQ(process->wait(std::chrono::seconds(5)).status, ended_by(SIGTERM));
}

}  // namespace
}  // namespace shallop::cli
