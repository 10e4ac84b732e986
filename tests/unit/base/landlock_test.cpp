// SPDX-License-Identifier: Apache-2.0
#include "base/landlock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/unique_fd.hpp"
#include "support/temporary_directory.hpp"

namespace shallop {
namespace {

int error_of_opening(const std::filesystem::path& path, int flags) {
  const UniqueFd file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  return file ? 0 : errno;
}

class LandlockTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 0) {
      GTEST_SKIP() << "this kernel has no Landlock";
    }
    for (const char* folder : {"given", "read", "other"}) {
      std::filesystem::create_directory(root_ / folder);
      std::ofstream(root_ / folder / "file") << "text";
    }
  }

  const TemporaryDirectory directory_;
  const std::filesystem::path root_ = directory_.path();
};

// On a thread, which alone is confined.
TEST_F(LandlockTest, LeavesWhatWasGivenAndNothingElse) {
  std::thread([&] {
    const AllowedPath allowed[] = {
        {.path = root_ / "given"}, {.path = root_ / "read", .read_only = true}, {.path = root_ / "nosuch"}};
    const auto confined = confine_files(allowed);
    ASSERT_TRUE(confined) << confined.error();
    EXPECT_EQ(error_of_opening(root_ / "given/file", O_RDWR | O_TRUNC), 0);
    EXPECT_EQ(error_of_opening(root_ / "given/new", O_WRONLY | O_CREAT), 0);
    EXPECT_EQ(::mkdir((root_ / "given/folder").c_str(), 0700), 0);
    EXPECT_EQ(::rename((root_ / "given/new").c_str(), (root_ / "given/folder/new").c_str()), 0) << errno;
    EXPECT_EQ(error_of_opening(root_ / "read/file", O_RDONLY), 0);
    EXPECT_EQ(error_of_opening(root_ / "read/file", O_WRONLY), EACCES);
    EXPECT_EQ(error_of_opening(root_ / "read/new", O_WRONLY | O_CREAT), EACCES);
    EXPECT_EQ(error_of_opening(root_ / "other/file", O_RDONLY), EACCES);
    EXPECT_EQ(error_of_opening("/proc/self/mem", O_RDWR), EACCES);
    EXPECT_EQ(error_of_opening("/etc/passwd", O_RDONLY), EACCES);
    std::thread([&] { EXPECT_EQ(error_of_opening(root_ / "other/file", O_RDONLY), EACCES); }).join();
  }).join();
  EXPECT_EQ(error_of_opening(root_ / "other/file", O_RDONLY), 0) << "threads of before are as they were";
}

TEST_F(LandlockTest, LetsASingleFileBeGiven) {
  std::thread([&] {
    const AllowedPath allowed[] = {{.path = root_ / "other/file", .read_only = true}, {.path = "/dev/null"}};
    const auto confined = confine_files(allowed);
    ASSERT_TRUE(confined) << confined.error();
    EXPECT_EQ(error_of_opening(root_ / "other/file", O_RDONLY), 0);
    EXPECT_EQ(error_of_opening(root_ / "other", O_RDONLY | O_DIRECTORY), EACCES);
    EXPECT_EQ(error_of_opening("/dev/null", O_RDWR), 0);
  }).join();
}

TEST_F(LandlockTest, LeavesWhatIsOpenAndWhatIsNoFile) {
  const UniqueFd opened(::open((root_ / "given/file").c_str(), O_RDWR | O_CLOEXEC));
  std::thread([&] {
    const AllowedPath allowed[] = {{.path = root_ / "read", .read_only = true}};
    ASSERT_TRUE(confine_files(allowed));
    EXPECT_EQ(::rename((root_ / "read/file").c_str(), (root_ / "read/moved").c_str()), -1);
    EXPECT_EQ(::symlink("file", (root_ / "read/link").c_str()), -1);
    EXPECT_EQ(::unlink((root_ / "read/file").c_str()), -1);
    EXPECT_EQ(::ftruncate(opened.get(), 1), 0);
    const UniqueFd memory(::memfd_create("memory", MFD_CLOEXEC));
    EXPECT_EQ(::ftruncate(memory.get(), 1), 0);
  }).join();
}

// A child of the thread: it is confined, too.
int status_of(const char* program) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl(program, program, nullptr);
    ::_exit(errno == EACCES ? 126 : 127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(LandlockTest, ExecutesWhatMayBeExecuted) {
  std::thread([&] {
    const AllowedPath readable{.path = "/", .read_only = true};
    ASSERT_TRUE(confine_files({&readable, 1}));
    EXPECT_EQ(status_of("/usr/bin/true"), 126);
  }).join();
  std::thread([&] {
    const AllowedPath executable{.path = "/", .read_only = true, .executable = true};
    ASSERT_TRUE(confine_files({&executable, 1}));
    EXPECT_EQ(status_of("/usr/bin/true"), 0);
  }).join();
}

// By truncate(2), for which no file is opened, and by opening for reading: what the mode lets its user write to.
TEST_F(LandlockTest, ForbidsToTruncate) {
  if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 3) {
    GTEST_SKIP() << "this kernel has no right to truncate, which came with Linux 6.2";
  }
  std::thread([&] {
    const AllowedPath allowed[] = {{.path = root_ / "read", .read_only = true}};
    ASSERT_TRUE(confine_files(allowed));
    EXPECT_EQ(::truncate((root_ / "read/file").c_str(), 0), -1);
    EXPECT_EQ(errno, EACCES);
    EXPECT_EQ(error_of_opening(root_ / "read/file", O_RDONLY | O_TRUNC), EACCES);
  }).join();
  EXPECT_EQ(std::filesystem::file_size(root_ / "read/file"), 4U);
}

}  // namespace
}  // namespace shallop
