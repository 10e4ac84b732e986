// SPDX-License-Identifier: Apache-2.0
#include "oci/exec.hpp"

#include <gtest/gtest.h>

#include "unit/oci/bundle_on_disk.hpp"

namespace shallop::oci {
namespace {

using Words = std::vector<std::string>;

class ExecTest : public testing::Test {
 protected:
  std::variant<NotOurs, Words, Refusal> result(Words arguments) const {
    return translate({.arguments = std::move(arguments), .environment = {"PATH=/bin"}, .directory = "/"},
                     ContainerFiles(disk.directory / "rootfs"),
                     {.runner = "/dev/.shallop/shallop", .options = {"--net"}}, allow_programs);
  }
  // The words joined; "refused" or "not ours".
  std::string translated(Words arguments) const {
    const auto got = result(std::move(arguments));
    if (std::holds_alternative<NotOurs>(got)) return "not ours";
    if (const auto* refusal = std::get_if<Refusal>(&got)) return "refused: " + refusal->sentence;
    std::string text;
    for (const std::string& each : std::get<Words>(got)) text += (text.empty() ? "" : " ") + each;
    return text;
  }

  BundleOnDisk disk;
  bool allow_programs = false;
};

TEST_F(ExecTest, RunsAModule) {
  EXPECT_EQ(translated({"/app.wasm", "x"}), "/dev/.shallop/shallop --net -- /app.wasm x");
}

TEST_F(ExecTest, ChecksHealthWithoutAShell) {
  EXPECT_EQ(translated({"shallop", "health", "8080"}), "/dev/.shallop/shallop health 8080");
  EXPECT_EQ(translated({"/bin/sh", "-c", "shallop  health 8080 /ready"}), "/dev/.shallop/shallop health 8080 /ready");
  EXPECT_EQ(translated({"/bin/sh", "-c", "/app.wasm x"}), "/dev/.shallop/shallop --net -- /app.wasm x");
}

// What is in the container may have been written by the guest.
TEST_F(ExecTest, RunsNoProgramOfTheContainerUnlessThatIsAllowed) {
  disk.make_directory("/bin");
  disk.write_file("/bin/sh",
                  "\x7F"
                  "ELF\2\1\1");
  EXPECT_EQ(translated({"/bin/sh", "-c", "shallop health"}), "/dev/.shallop/shallop health");
  EXPECT_NE(translated({"sh"}).find("refused: sh: permission denied; what can be run"), std::string::npos);
  EXPECT_NE(translated({"/bin/sh", "-c", "sh -i"}).find("refused: sh: permission denied"), std::string::npos);
  EXPECT_NE(translated({"/bin/sh", "-c", "a && b"}).find("refused: /bin/sh: permission denied"), std::string::npos);
  allow_programs = true;
  EXPECT_EQ(translated({"sh"}), "not ours");
  EXPECT_EQ(translated({"/bin/sh", "-c", "a && b"}), "not ours");
  EXPECT_EQ(translated({"/bin/sh", "-c", "echo a"}), "not ours") << "the shell knows the word itself";
  EXPECT_EQ(translated({"/bin/sh", "-c", "shallop health"}), "/dev/.shallop/shallop health");
}

TEST_F(ExecTest, TellsWhatCanBeRun) {
  EXPECT_NE(translated({"ls"}).find("refused: ls: no such file or directory; what can be run"), std::string::npos);
  EXPECT_NE(translated({"/bin/sh", "-c", "shallop health || exit 1"}).find("needs a shell"), std::string::npos);
  EXPECT_NE(translated({"/bin/sh", "-c", " "}).find("needs a shell"), std::string::npos);
  EXPECT_EQ(translated({}), "not ours");
}

}  // namespace
}  // namespace shallop::oci
