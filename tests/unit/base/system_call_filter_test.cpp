// SPDX-License-Identifier: Apache-2.0
#include "base/system_call_filter.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <thread>
#include <vector>

namespace shallop {
namespace {

// On a thread of its own, which alone is held to the filter.
template <class Action>
void with_forbidden(std::span<const ForbiddenCall> calls, const Action& action) {
  std::thread([&] {
    ASSERT_TRUE(forbid_calls(calls));
    action();
  }).join();
}

int error_of_call(long number, long first_argument) {
  errno = 0;
  return ::syscall(number, first_argument, 0, 0, 0, 0) < 0 ? errno : 0;
}

TEST(SystemCallFilter, MakesCallsFailAsToldAndNoOthers) {
  const std::array<ForbiddenCall, 2> calls{{{.number = SYS_socket, .error = EACCES},  //
                                            {.number = SYS_getppid, .error = ENOSYS}}};
  with_forbidden(calls, [] {
    EXPECT_EQ(error_of_call(SYS_socket, AF_INET), EACCES);
    EXPECT_EQ(error_of_call(SYS_getppid, 0), ENOSYS);
    EXPECT_EQ(error_of_call(SYS_getpid, 0), 0);
    EXPECT_EQ(error_of_call(SYS_getuid, 0), 0);
  });
  EXPECT_EQ(error_of_call(SYS_getppid, 0), 0) << "threads of before are as they were";
}

TEST(SystemCallFilter, LooksAtTheFlagsOfTheFirstArgument) {
  const std::array<ForbiddenCall, 2> calls{{{.number = SYS_unshare, .error = EDOM, .flags = CLONE_FS | CLONE_NEWUSER},
                                            {.number = SYS_getppid, .error = ENOSYS}}};
  with_forbidden(calls, [] {
    EXPECT_EQ(error_of_call(SYS_unshare, CLONE_FS), EDOM);
    EXPECT_EQ(error_of_call(SYS_unshare, CLONE_FS | CLONE_FILES), EDOM);
    EXPECT_EQ(error_of_call(SYS_unshare, CLONE_FILES), 0);
    EXPECT_EQ(error_of_call(SYS_getppid, 0), ENOSYS) << "the calls behind it are looked at as well";
    EXPECT_EQ(error_of_call(SYS_getpid, 0), 0);
  });
}

TEST(SystemCallFilter, HasRoomForAsManyCallsAsItSays) {
  std::vector<ForbiddenCall> calls(forbidden_calls_max, {.number = SYS_unshare, .error = EDOM, .flags = CLONE_FS});
  calls.back() = {.number = SYS_getppid, .error = ENOSYS, .flags = 1};
  with_forbidden(calls, [] {
    EXPECT_EQ(error_of_call(SYS_getppid, 1), ENOSYS);
    EXPECT_EQ(error_of_call(SYS_getppid, 2), 0);
    EXPECT_EQ(error_of_call(SYS_unshare, CLONE_FS), EDOM);
  });
  calls.push_back(calls.back());
  EXPECT_FALSE(forbid_calls(calls));
}

}  // namespace
}  // namespace shallop
