// SPDX-License-Identifier: Apache-2.0
#include "embedder/control_groups.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string_view>

namespace shallop {
namespace {

// A hierarchy of files as the kernel shows it.
class ControlGroupsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "shallop-groups-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void write(const std::filesystem::path& path, std::string_view text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  ControlGroups groups(std::string_view membership) const {
    write("membership", membership);
    return ControlGroups(root_ / "cgroup", root_ / "membership");
  }

  std::filesystem::path root_;
};

TEST_F(ControlGroupsTest, AreReadInVersion2) {
  write("cgroup/cpu.max", "150000 100000\n");
  write("cgroup/memory.max", "67108864\n");
  const ControlGroups inside = groups("0::/\n");
  EXPECT_EQ(inside.processors(), 2U) << "one and a half";
  EXPECT_EQ(inside.memory_bytes(), 64U << 20);
}

TEST_F(ControlGroupsTest, AreReadInVersion1) {
  write("cgroup/cpu/cpu.cfs_quota_us", "25000\n");
  write("cgroup/cpu/cpu.cfs_period_us", "100000\n");
  write("cgroup/memory/memory.limit_in_bytes", "8388608\n");
  // In a container the path is the host's, and is not there.
  const ControlGroups inside = groups("4:memory:/docker/1f\n3:cpu,cpuacct:/docker/1f\n0::/docker/1f\n");
  EXPECT_EQ(inside.processors(), 1U);
  EXPECT_EQ(inside.memory_bytes(), 8U << 20);
}

TEST_F(ControlGroupsTest, TheSmallestLimitOnTheWayUpCounts) {
  write("cgroup/a/cpu.max", "100000 100000\n");
  write("cgroup/a/b/cpu.max", "400000 100000\n");
  write("cgroup/a/memory.max", "1000\n");
  write("cgroup/a/b/memory.max", "max\n");
  const ControlGroups nested = groups("0::/a/b\n");
  EXPECT_EQ(nested.processors(), 1U);
  EXPECT_EQ(nested.memory_bytes(), 1000U);
}

TEST_F(ControlGroupsTest, NoLimitIsNone) {
  write("cgroup/cpu.max", "max 100000\n");
  write("cgroup/memory.max", "max\n");
  write("cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  write("cgroup/cpu/cpu.cfs_period_us", "100000\n");
  write("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  const ControlGroups free = groups("0::/\n2:cpu:/\n1:memory:/\n");
  EXPECT_EQ(free.processors(), std::nullopt);
  EXPECT_EQ(free.memory_bytes(), std::nullopt);
}

TEST_F(ControlGroupsTest, WhatCannotBeReadIsNoLimit) {
  EXPECT_EQ(ControlGroups("/nowhere", "/nowhere").processors(), std::nullopt);
  write("cgroup/cpu.max", "150000\n");
  write("cgroup/memory.max", "much\n");
  const ControlGroups odd = groups("0::/\nno colons\n");
  EXPECT_EQ(odd.processors(), std::nullopt);
  EXPECT_EQ(odd.memory_bytes(), std::nullopt);
  write("cgroup/cpu.max", "9223372036854775807 1\n");
  EXPECT_EQ(odd.processors(), 1U << 20);
}

}  // namespace
}  // namespace shallop
