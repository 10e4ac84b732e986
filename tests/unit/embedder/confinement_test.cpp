// SPDX-License-Identifier: Apache-2.0
#include "embedder/confinement.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/unique_fd.hpp"

namespace shallop {
namespace {

int error_of_opening(const std::filesystem::path& path, int flags) {
  const UniqueFd file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  return file ? 0 : errno;
}

class ConfinementTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 0) {
      GTEST_SKIP() << "this kernel has no Landlock";
    }
    std::string name = std::filesystem::temp_directory_path() / "shallop-confinement-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    for (const char* folder : {"given", "read", "other"}) {
      std::filesystem::create_directory(root_ / folder);
      std::ofstream(root_ / folder / "file") << "text";
    }
  }
  void TearDown() override {
    if (!root_.empty()) std::filesystem::remove_all(root_);
  }

  std::filesystem::path root_;
};

// On a thread, which alone is confined.
TEST_F(ConfinementTest, LeavesWhatWasGivenAndNothingElse) {
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

TEST_F(ConfinementTest, LetsASingleFileBeGiven) {
  std::thread([&] {
    const AllowedPath allowed[] = {{.path = root_ / "other/file", .read_only = true}, {.path = "/dev/null"}};
    const auto confined = confine_files(allowed);
    ASSERT_TRUE(confined) << confined.error();
    EXPECT_EQ(error_of_opening(root_ / "other/file", O_RDONLY), 0);
    EXPECT_EQ(error_of_opening(root_ / "other", O_RDONLY | O_DIRECTORY), EACCES);
    EXPECT_EQ(error_of_opening("/dev/null", O_RDWR), 0);
  }).join();
}

}  // namespace
}  // namespace shallop
