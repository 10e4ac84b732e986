// SPDX-License-Identifier: Apache-2.0
#include "compare/child.hpp"

#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"

namespace shallop::compare {
namespace {

constexpr int64_t grace_ms = 10'000;

TEST(Child, WritesItsStreamsToTheirFiles) {
  const TemporaryDirectory directory;
  const std::atomic<bool> stop = false;
  auto child = Child::start({.command = {"sh", "-c", "echo result; echo warning >&2; exit 3"},
                             .cores = {},
                             .output_file = directory / "output",
                             .error_file = directory / "errors"});
  ASSERT_TRUE(child) << child.error();
  const auto ending = child->wait(grace_ms, stop);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->status, 3);
  EXPECT_EQ(directory.read("output"), "result\n");
  EXPECT_EQ(directory.read("errors"), "warning\n");
}

TEST(Child, IsNotStartedWithoutAFileThatItShouldWrite) {
  const TemporaryDirectory directory;
  const std::string missing = directory / "missing/file";
  const std::string sentence = missing + ": it cannot be written: No such file or directory";
  const auto no_output = Child::start({.command = {"true"}, .cores = {}, .output_file = missing, .error_file = {}});
  ASSERT_FALSE(no_output);
  EXPECT_EQ(no_output.error(), sentence);
  const auto no_errors =
      Child::start({.command = {"true"}, .cores = {}, .output_file = directory / "output", .error_file = missing});
  ASSERT_FALSE(no_errors);
  EXPECT_EQ(no_errors.error(), sentence);
}

}  // namespace
}  // namespace shallop::compare
